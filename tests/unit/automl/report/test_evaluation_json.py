"""A model's report as JSON: complete, and writable as strict JSON."""

from __future__ import annotations

import json

import numpy as np

from automl.evaluation import evaluate
from automl.report import model_evaluation

SUMMARY = {
    "target": "y", "task": "binary", "metric": "auc", "classes": ["no", "yes"], "warnings": ["It is small."],
    "scores": {"reported": {"auc": {"mean": 0.8, "standard_error": 0.01, "method": "5 folds"}},
               "baseline": {"auc": {"mean": 0.5}}},
}  # fmt: skip


def test_it_has_the_verdict_and_all_parts() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 400)
    share = np.clip(0.5 * y + rng.uniform(0, 0.5, 400), 0, 1)
    evaluation = evaluate(y, np.column_stack([1 - share, share]), task="binary", metric="auc", classes=["no", "yes"])
    learning = [{"rows": 100, "score": 0.7}, {"rows": 200, "score": 0.8}]
    document = model_evaluation(SUMMARY, {"evaluation": evaluation, "learning": learning, "greater_is_better": True})
    assert document["verdict"]["skill"] == 0.6
    assert document["verdict"]["tone"] == "good"
    assert {note["tone"] for note in document["trust"]} >= {"good", "fair"}
    assert document["outlook"].startswith("More rows would probably help")
    assert document["evaluation"]["roc"][0]["class"] == "yes"
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_it_says_what_it_can_where_nothing_was_measured() -> None:
    scores = {"reported": {"auc": {"mean": None}}, "baseline": {"auc": {}}}
    document = model_evaluation({**SUMMARY, "scores": scores}, {})
    assert document["verdict"]["skill"] is None
    assert document["outlook"] == ""
