"""Evaluations: requested, waited for, listed, kept as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request

import nobrains_client as sdk
from nobrains_client import Client

FOUND = {
    "id": "e", "state": "succeeded", "model_id": "m", "dataset_id": "d", "metric": "auc", "rows": 40,
    "metrics": {"auc": {"value": 0.9, "low": 0.8, "high": 0.95, "method": "stratified bootstrap, 1000"}},
    "baseline": {"auc": {"value": 0.5}}, "reported": {"auc": {"value": 0.92}, "z": -0.4},
    "verdict": {"tone": "good", "title": "As good as promised", "sentences": ["AUC is 0.9."]},
    "slices": [{"column": "sex", "value": "f", "rows": 12, "metric": {"value": 0.7}, "worse": True}],
}  # fmt: skip


@pytest.fixture
def sent(app: Flask) -> list[Any]:
    """The bodies that went out."""
    bodies: list[Any] = []
    states = iter([{"id": "e", "state": "running"}, FOUND])
    app.post("/api/v1/evaluations")(
        lambda: (bodies.append((request.get_json(), request.headers["Idempotency-Key"])) or {"id": "e"}, 202)
    )
    app.get("/api/v1/evaluations/e")(lambda: next(states))
    return bodies


def test_a_model_is_measured(sent: list[Any], client: Client) -> None:
    found = client.evaluate("m", "d", slices=["sex"], pairs=True, name="November")
    [(body, key)] = sent
    assert body == {"model_id": "m", "dataset_id": "d", "slices": ["sex"], "pairs": True, "name": "November"}
    assert key
    assert (found.metrics["auc"].low, found.baseline["auc"].value, found.reported["z"]) == (0.8, 0.5, -0.4)
    assert [(part.value, part.worse, part.metric.value) for part in found.slices] == [("f", True, 0.7)]
    assert found.verdict is not None
    assert found.verdict.title == "As good as promised"


def test_a_version_is_measured(sent: list[Any], client: Client) -> None:
    assert client.endpoint("income").evaluate("d", "challenger").rows == 40
    assert sent[0][0] == {
        "endpoint": "income", "version": "challenger", "dataset_id": "d", "slices": [], "pairs": False, "name": "",
    }  # fmt: skip


def test_nobody_has_to_wait(sent: list[Any], client: Client) -> None:
    assert client.evaluate("m", "d", wait=False).state == "queued"


def test_one_that_failed_is_an_exception(app: Flask, client: Client) -> None:
    error = {"reason": "LABELS_UNKNOWN", "detail": "The model knows no such labels."}
    app.post("/api/v1/evaluations")(lambda: ({"id": "e"}, 202))
    app.get("/api/v1/evaluations/e")(lambda: {"id": "e", "state": "failed", "error": error})
    with pytest.raises(sdk.EvaluationFailed, match="knows no such labels"):
        client.evaluate("m", "d")


def test_they_are_listed_read_kept_and_deleted(app: Flask, client: Client, tmp_path: Path) -> None:
    app.get("/api/v1/evaluations")(lambda: {"items": [{"id": "e", "headline": {"of": request.args.get("model_id")}}]})
    app.get("/api/v1/evaluations/e")(lambda: FOUND)
    app.get("/api/v1/evaluations/e/report")(lambda: "<p>well")
    app.delete("/api/v1/evaluations/e")(lambda: ("", 204))
    [listed] = client.stored_evaluations("m")
    assert listed.headline == {"of": "m"}
    assert client.stored_evaluation(listed).rows == 40
    assert client.download_evaluation(listed, tmp_path / "e.html").read_text() == "<p>well"
    client.delete_evaluation(listed)
