"""The gate in pure words: what is held out, what a comparison has come to, and what follows from it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.domain.pipelines import Pipeline
from core.domain.records import TaskState
from core.pipelines.gate import (
    DEFAULTS,
    beats_constant,
    comparison_settings,
    complete,
    decide,
    decide_first,
    holdout_of,
    verdict_of,
    wrong_settings,
)

PIPELINE = Pipeline("p1", "ada", "Weekly", "income", "", "", promote="auto")


def verdict(outcome: str) -> dict[str, Any]:
    return {"outcome": outcome, "why": "AUC is so much."}


@pytest.mark.parametrize(
    ("promote", "outcome", "action"),
    [
        ("auto", "better", "promote"),
        ("auto", "not_better", "refuse"),
        ("auto", "too_few_rows", "ask"),
        ("auto", "not_comparable", "refuse"),
        ("ask", "better", "ask"),
        ("ask", "not_better", "ask"),
        ("ask", "too_few_rows", "ask"),
        ("ask", "not_comparable", "refuse"),
    ],
)
def test_what_follows_from_a_comparison(promote: str, outcome: str, action: str) -> None:
    found, why = decide(promote, verdict(outcome), "ask")
    assert found == action
    assert "AUC is so much." in why


def test_who_will_not_be_asked_for_too_few_rows_has_them_refused() -> None:
    assert decide("auto", verdict("too_few_rows"), "refuse")[0] == "refuse"


def summary(reported: float, baseline: float, metric: str = "auc") -> dict[str, Any]:
    return {
        "metric": metric,
        "scores": {"reported": {metric: {"mean": reported}}, "baseline": {metric: {"mean": baseline}}},
    }


def test_the_first_version_is_promoted_unless_a_constant_is_as_good() -> None:
    assert decide_first("auto", summary(0.8, 0.5))[0] == "promote"
    assert decide_first("ask", summary(0.8, 0.5))[0] == "ask"
    action, why = decide_first("auto", summary(0.5, 0.5))
    assert action == "ask"
    assert "constant" in why
    assert beats_constant(summary(0.3, 0.6, "log_loss"))
    assert not beats_constant(summary(0.7, 0.6, "log_loss"))
    assert beats_constant({})


def test_a_comparison_that_failed_for_the_rows_or_the_models_is_a_verdict_and_any_other_failure_is_not() -> None:
    def failed(reason: str) -> Any:
        return verdict_of(TaskState("failed", "", error={"reason": reason, "detail": "So it is.", "hint": "Mend it."}))

    assert failed("TOO_FEW_UNSEEN_ROWS")["outcome"] == "too_few_rows"
    assert failed("MODELS_DIFFER")["outcome"] == "not_comparable"
    assert failed("MISSING_FEATURE")["why"] == "So it is. Mend it."
    assert failed("COMPARISON_CRASHED") is None
    done = TaskState("succeeded", "", result={"gate": verdict("better")})
    assert verdict_of(done) == verdict("better")


def test_all_trainings_of_a_pipeline_hold_out_the_same_rows() -> None:
    first = holdout_of(PIPELINE, None, ["patient"])
    assert first == {"salt": "p1", "share": 0.2, "keys": ["patient"]}
    own = {"holdout": {"salt": "p1", "by": "rows", "columns": ["a", "b"]}}
    assert holdout_of(PIPELINE, own, []) == {"salt": "p1", "share": 0.2, "keys": [], "columns": ["a", "b"]}
    foreign = {"holdout": {"salt": "p2", "by": "rows", "columns": ["a", "b"]}}
    assert holdout_of(PIPELINE, foreign, []) == {"salt": "p1", "share": 0.2, "keys": []}


def test_nothing_is_held_out_where_nothing_will_be_compared_on_it() -> None:
    assert holdout_of(replace(PIPELINE, promote="never"), None, []) is None
    assert holdout_of(replace(PIPELINE, gate={"test_dataset_id": "d1"}), None, []) is None
    assert holdout_of(replace(PIPELINE, gate={"holdout": 0}), None, []) is None


def test_settings_have_defaults_and_bounds() -> None:
    assert complete({"metric": None, "min_rows": 50}) == {**DEFAULTS, "min_rows": 50}
    assert list(wrong_settings({})) == []
    wrong = {"margin": -1, "confidence": 1.0, "holdout": 0.9, "min_gain": float("nan"), "if_too_few_rows": "promote"}
    assert {field for field, _ in wrong_settings(wrong)} == set(wrong)
    assert comparison_settings(complete({"test_dataset_id": "d1"}))["is_test"] is True
    assert "holdout" not in comparison_settings(complete({}))
