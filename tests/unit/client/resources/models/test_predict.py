"""Predicting rows, files and frames."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd
import pytest
from flask import Flask, Response, request

import nobrains_client as sdk
from nobrains_client import Client


@pytest.fixture(autouse=True)
def _model(app: Flask) -> None:
    """Predicts the label "01" for every row, as JSON or as CSV, whichever comes in."""

    @app.post("/api/v1/models/m/predict")
    def predict() -> Any:
        if request.is_json:
            rows = request.get_json()["instances"]
            explained = request.get_json()["explain"]
            return {
                "predictions": ["01"] * len(rows),
                "probabilities": [{"00": 0.1, "01": 0.9}] * len(rows),
                "explanations": rows if explained else None,
            }
        out = io.StringIO()
        header, *rows = csv.reader(request.get_data(as_text=True).splitlines())
        csv.writer(out).writerows([[*header, "prediction", "probability"], *([*row, "01", "0.9"] for row in rows)])
        delimiter = request.args.get("delimiter", ",")
        text = out.getvalue().replace(",", delimiter)
        return Response(text, mimetype="text/csv", headers={"CSV-Delimiter": quote(delimiter)})

    app.get("/api/v1/models/m")(lambda: {"id": "m", "task": "binary"})


def test_rows_go_out_as_json(client: Client) -> None:
    answer = client.predict("m", [{"a": 1}, {"a": None}])
    assert answer.predictions == ("01", "01")
    assert answer.probabilities is not None
    assert answer.probabilities[0] == {"00": 0.1, "01": 0.9}
    assert answer.explanations is None


def test_values_are_those_of_json(client: Client) -> None:
    row = {
        "a": np.int64(3),
        "b": float("nan"),
        "c": pd.NaT,
        "d": pd.Timestamp("2026-01-02"),
        "e": True,
        "f": pd.NA,
    }
    answer = client.predict("m", [row], explain=True)
    assert answer.raw["explanations"] == [
        {"a": 3, "b": None, "c": None, "d": "2026-01-02 00:00:00", "e": True, "f": None}
    ]


def test_a_frame_keeps_its_index_and_types_and_gains_columns(client: Client) -> None:
    frame = pd.DataFrame({"a": ["007", "008"]}, index=[5, 6])
    answer = client.predict("m", frame)
    assert list(answer.index) == [5, 6]
    assert list(answer["a"]) == ["007", "008"]
    assert list(answer["prediction"]) == ["01", "01"]
    assert list(answer["probability"]) == [0.9, 0.9]
    assert list(frame.columns) == ["a"]


def test_a_file_becomes_a_file(client: Client, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text("a\n1\n")
    path = client.predict("m", tmp_path / "new.csv", output=tmp_path / "out.csv")
    assert path.read_text().split() == ["a,prediction,probability", "1,01,0.9"]


def test_a_file_without_an_output_becomes_a_frame(client: Client, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text("a\n1\n2\n")
    assert list(client.predict("m", str(tmp_path / "new.csv"))["prediction"]) == ["01", "01"]


def test_a_broken_answer_leaves_no_file(app: Flask, client: Client, tmp_path: Path) -> None:
    too_short = {"Content-Length": "99"}
    app.post("/api/v1/models/short/predict")(lambda: Response(iter([b"a\n1"]), headers=too_short))
    (tmp_path / "new.csv").write_text("a\n1\n")
    with pytest.raises(sdk.ConnectionFailed):
        client.predict("short", tmp_path / "new.csv", output=tmp_path / "out.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["new.csv"]


def test_a_missing_column_is_named(app: Flask, client: Client, problem: Any) -> None:
    errors = [{"field": "age", "detail": "is required"}]
    app.post("/api/v1/models/strict/predict")(
        lambda: problem(422, "COLUMN_MISSING", "A column is missing.", errors=errors)
    )
    with pytest.raises(sdk.ValidationFailed, match="age: is required"):
        client.predict("strict", [{"x": 1}])


def test_a_table_of_another_delimiter_comes_back_as_a_frame(client: Client, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text("a\n1\n")
    frame = client.predict("m", tmp_path / "new.csv", delimiter="~", header=True)
    assert list(frame.columns) == ["a", "prediction", "probability"]
