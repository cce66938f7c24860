"""A child measures a model on a labelled dataset: the engine's, or one that was uploaded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from automl import load
from automl.errors import DataError
from automl.io.csv_reader import read_csv
from automl.onnx.export import export
from automl.onnx.uploaded.check import check_file
from automl.onnx.uploaded.options import UploadOptions
from automl.reference import Reference, RowDigests
from csvfile.dialect import Dialect
from tests.unit.api.trained import bundle
from worker.child.measurements.evaluation import evaluate
from worker.messages.to_child import CsvOptions, EvaluateRequest

ABOUT = {"model": "m", "dataset": "d.csv", "name": "", "endpoint": None, "version": None}
LINES = [f"{i % 7 - 3}.5,{'red' if i % 3 else 'green'},{'YES' if i % 7 > 3 else '01'}" for i in range(140)]


NO_PIPE: Any = None  # It has nothing to tell or to ask on the way.


def lay_out(folder: Path) -> None:
    (folder / "model.nb").write_bytes(bundle("answer")[0])
    (folder / "data.csv").write_text("\n".join(["size,colour,answer", *LINES]))


def request(**changes: Any) -> EvaluateRequest:
    options: dict[str, Any] = {"csv": CsvOptions(Dialect(), {}), "slices": ["colour"], "pairs": False, "about": ABOUT}
    return EvaluateRequest(**{**options, **changes})


def test_a_model_is_measured_beside_what_was_promised(tmp_path: Path) -> None:
    lay_out(tmp_path)
    table = read_csv(tmp_path / "data.csv")
    reference = Reference(
        table[["size", "colour"]].assign(size=[str(i % 40 + 50) for i in range(140)]), np.array(["yes"] * 140),
        np.full((140, 2), 0.5), np.zeros(140, dtype=np.int16), ["01", "yes"], "binary", "answer",
    )  # fmt: skip
    reference.save(tmp_path / "reference.parquet")
    RowDigests.of(table.iloc[:14], ["size", "colour", "answer"]).save(tmp_path / "row_digests.npz")
    result = evaluate(request(), tmp_path, NO_PIPE)
    found = json.loads((tmp_path / result.document).read_text())
    assert (found["rows"], found["metric"], result.headline["metric"]) == (140, "auc", "auc")
    promised = bundle("answer")[1]["scores"]["reported"]["auc"]["mean"]
    assert found["reported"]["auc"]["value"] == pytest.approx(promised, abs=1e-6)
    assert result.headline["z"] == found["reported"]["z"]
    assert found["overlap"]["rows_seen_in_training"] >= 14
    assert set(found["fairness"]) == {"colour"}
    assert {each["name"]: each["drifted"] for each in found["drift"]["columns"]} == {"size": True, "colour": False}
    assert any("'size' has drifted" in sentence for sentence in found["verdict"]["sentences"])
    page = (tmp_path / result.report).read_text()
    assert "<h1>Evaluation: answer</h1>" in page
    assert "<h2>Drift</h2>" in page


def test_an_uploaded_model_is_measured_as_well(tmp_path: Path) -> None:
    lay_out(tmp_path)
    export(load(tmp_path / "model.nb"), tmp_path / "model.onnx")
    summary = check_file((tmp_path / "model.onnx").read_bytes(), UploadOptions(target="answer"))
    found = json.loads((tmp_path / evaluate(request(uploaded=summary), tmp_path, NO_PIPE).document).read_text())
    of_engine = json.loads((tmp_path / evaluate(request(), tmp_path, NO_PIPE).document).read_text())
    assert found["metrics"]["auc"]["value"] == pytest.approx(of_engine["metrics"]["auc"]["value"], abs=1e-6)
    assert (found["reported"], found["overlap"]["rows_seen_in_training"]) == ({"z": None}, None)


def test_a_table_without_the_target_says_so(tmp_path: Path) -> None:
    lay_out(tmp_path)
    (tmp_path / "data.csv").write_text("\n".join(["size,colour,other", *LINES]))
    with pytest.raises(DataError) as caught:
        evaluate(request(slices=[]), tmp_path, NO_PIPE)
    assert caught.value.reason == "TARGET_NOT_FOUND"


def test_a_model_with_a_rule_is_measured_by_it(tmp_path: Path) -> None:
    lay_out(tmp_path)

    def metrics(decision: dict[str, Any] | None) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(
            (tmp_path / evaluate(request(decision=decision), tmp_path, NO_PIPE).document).read_text()
        )
        return {name: each["value"] for name, each in found["metrics"].items()}

    plain, always = metrics(None), metrics({"positive": "yes", "threshold": 1e-9})
    assert always["auc"] == plain["auc"]
    assert always["accuracy"] == pytest.approx(sum("YES" in line for line in LINES) / len(LINES))
    assert plain["accuracy"] > always["accuracy"]
