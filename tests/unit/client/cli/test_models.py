"""The commands that compare models and give them names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request

from tests.unit.client.cli.conftest import Run


def measured(id: str, value: float) -> Any:
    scores = {"auc": {"value": value, "low": value - 0.02, "high": value + 0.02}}
    return {"id": id, "name": id, "metrics": scores, "latency": {"row_ms": 1.5}}


DONE = {
    "id": "c1",
    "state": "succeeded",
    "metric": "auc",
    "title": "m1 is better",
    "models": [measured("m1", 0.91), measured("m2", 0.88)],
    "verdict": {"sentences": ["m1 is better by 0.03."]},
}
SIDES = {
    "models": [{"id": "m1", "name": "spring"}, {"id": "m2", "name": None}],
    "sections": [
        {"name": "Data", "rows": [{"name": "rows", "values": [100, 200], "differs": True}]},
        {"name": "Job", "rows": []},
    ],
    "notes": ["They have different targets."],
}


@pytest.fixture
def sent(app: Flask) -> list[Any]:
    bodies: list[Any] = []
    app.post("/api/v1/comparisons")(lambda: (bodies.append(request.get_json()) or {"id": "c1"}, 202))
    app.get("/api/v1/comparisons/c1")(lambda: DONE)
    app.get("/api/v1/comparisons/c1/report")(lambda: "<p>which")
    app.get("/api/v1/compare")(lambda: bodies.append(dict(request.args.lists())) or SIDES)
    app.patch("/api/v1/models/m1")(
        lambda: bodies.append(request.get_json()) or {"id": "m1", "name": "Churn", "tags": {"stage": "tested"}}
    )
    return bodies


def test_models_and_a_version_are_measured_on_a_dataset(run: Run, sent: list[Any], tmp_path: Path) -> None:
    page = tmp_path / "march.html"
    shown = run("compare", "m1", "income/champion", "--dataset", "d1", "-o", str(page)).stdout
    assert sent[0]["models"] == ["m1"]
    assert "income" in str(sent[0])
    assert page.read_text() == "<p>which"
    for words in ("m1 is better", "by 0.03.", "0.91", "0.86"):
        assert words in shown


def test_without_a_dataset_they_stand_side_by_side(run: Run, sent: list[Any]) -> None:
    shown = run("compare", "m1", "m2").stdout
    assert sent[0] == {"model": ["m1", "m2"], "only_differences": ["true"]}
    for words in ("spring", "m2", "100", "200", "They have different targets."):
        assert words in shown


@pytest.mark.usefixtures("sent")
@pytest.mark.parametrize("words", [("income/1", "m2"), ("income/1", "income/2", "--dataset", "d1")])
def test_versions_that_cannot_be_compared_so_are_said(run: Run, words: tuple[str, ...]) -> None:
    done = run("compare", *words)
    assert done.exit_code == 2
    assert "one version of each endpoint" in " ".join(done.stderr.replace("│", " ").split())


def test_a_model_gets_a_name_and_tags(run: Run, sent: list[Any]) -> None:
    shown = run("edit-model", "m1", "--name", "Churn", "--tag", "stage:tested", "--untag", "old").stdout
    assert sent == [{"name": "Churn", "tags": {"old": None, "stage": "tested"}}]
    assert "Model m1 is Churn; stage: tested." in shown
