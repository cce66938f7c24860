"""The commands about evaluations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request

from tests.unit.client.cli.conftest import Run
from tests.unit.client.resources.test_evaluations import FOUND


@pytest.fixture
def sent(app: Flask) -> list[Any]:
    """The bodies that went out."""
    bodies: list[Any] = []
    app.post("/api/v1/evaluations")(lambda: (bodies.append(request.get_json()) or {"id": "e"}, 202))
    app.get("/api/v1/evaluations/e")(lambda: FOUND)
    app.get("/api/v1/evaluations/e/report")(lambda: "<p>well")
    app.post("/api/v1/datasets")(lambda: ({"id": "uploaded", "state": "ready"}, 201))
    app.get("/api/v1/datasets/uploaded")(lambda: {"id": "uploaded", "state": "ready"})
    headline = {"metric": "auc", "value": 0.9, "low": 0.8, "high": 0.95, "title": "As good as promised"}
    app.get("/api/v1/evaluations")(
        lambda: {"items": [{"id": "e", "state": "succeeded", "endpoint": "income", "version": 7, "headline": headline}]}
    )
    return bodies


def test_a_model_is_measured_on_a_dataset_and_the_report_kept(run: Run, sent: list[Any], tmp_path: Path) -> None:
    page = tmp_path / "november.html"
    shown = run("evaluate", "m1", "d1", "--slices", "sex, region", "--pairs", "-o", str(page)).stdout
    assert sent == [{"model_id": "m1", "dataset_id": "d1", "slices": ["sex", "region"], "pairs": True, "name": ""}]
    assert page.read_text() == "<p>well"
    for words in ("As good as promised.", "0.8 to 0.95", "sex", "worse", f"Wrote {page}."):
        assert words in shown


def test_a_file_is_uploaded_first(run: Run, sent: list[Any], tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text("a,y\n1,2\n")
    shown = run("evaluate", "--endpoint", "income", "--version", "7", str(tmp_path / "new.csv"), "--json").stdout
    assert (sent[0]["dataset_id"], sent[0]["endpoint"], sent[0]["version"]) == ("uploaded", "income", "7")
    assert json.loads(shown)["rows"] == 40


@pytest.mark.usefixtures("sent")
def test_they_are_listed(run: Run) -> None:
    shown = run("evaluations").stdout
    assert "income 7" in shown
    assert "0.8 to 0.95" in shown


@pytest.mark.usefixtures("sent")
@pytest.mark.parametrize(("words", "said"), [
    (["evaluate", "d1"], "Expected MODEL and DATASET"),
    (["evaluate", "m1", "d1", "--endpoint", "income"], "Expected DATASET"),
    (["evaluate", "m1", "d1", "--version", "2"], "--version needs --endpoint"),
])  # fmt: skip
def test_what_cannot_be_meant_is_said(run: Run, words: list[str], said: str) -> None:
    done = run(*words)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.replace("│", " ").split())
