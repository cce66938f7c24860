"""The gate: what is held out of a pipeline's trainings, and what a comparison with the champion says, in a few words.

Nothing is read or written here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from core.domain import states
from core.domain.pipelines import Pipeline
from core.domain.records import Json, TaskState
from vocabulary import METRICS

BETTER, NOT_BETTER, TOO_FEW_ROWS, NOT_COMPARABLE = "better", "not_better", "too_few_rows", "not_comparable"

DEFAULTS: Json = {
    "metric": "auto",
    "min_gain": 0.0,
    "margin": 0.0,
    "confidence": 0.95,
    "min_rows": 100,
    "holdout": 0.2,
    "test_dataset_id": None,
    "must_not_worsen": [],
    "max_latency_ms": None,
    "if_too_few_rows": "ask",
}
IF_TOO_FEW_ROWS = ("ask", "refuse")
MAX_HOLDOUT = 0.5

_TOO_FEW = frozenset({
    "TOO_FEW_UNSEEN_ROWS", "TOO_FEW_ROWS", "TARGET_ALL_MISSING", "METRIC_NEEDS_TWO_CLASSES",
})  # fmt: skip
_NOT_COMPARABLE = frozenset({
    "MODELS_DIFFER", "MISSING_FEATURE", "TARGET_NOT_FOUND", "LABELS_UNKNOWN", "TARGET_NOT_NUMERIC",
    "TARGET_UNIT_DIFFERS", "COLUMN_NAMED_TWICE", "UNKNOWN_METRIC", "METRIC_DOES_NOT_FIT", "METRIC_NEEDS_NO_NEGATIVES",
    "METRIC_NEEDS_NO_ZEROS", "SEGMENT_COLUMN_NOT_FOUND", "SEGMENT_WITHOUT_GROUPS", "SAME_MODEL_TWICE",
})  # fmt: skip

Action = Literal["promote", "ask", "refuse"]


def complete(said: Mapping[str, Any]) -> Json:
    """Return the settings of a gate, defaults filled in."""
    return {**DEFAULTS, **{name: value for name, value in said.items() if value is not None}}


def wrong_settings(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the field and what is wrong with it of settings that cannot be kept."""
    gate = complete(said)
    for name in ("min_gain", "margin", "confidence", "holdout"):
        if not math.isfinite(gate[name]):
            yield name, "It must be a finite number."
    if gate["margin"] < 0:
        yield "margin", "A margin is by how much it may be worse: 0 or more."
    if not 0.5 <= gate["confidence"] < 1:
        yield "confidence", "A confidence lies between 0.5 and 1."
    if not 0 <= gate["holdout"] <= MAX_HOLDOUT:
        yield "holdout", f"A share from 0, for none, to {MAX_HOLDOUT:g}: the model learns from the rest."
    if gate["if_too_few_rows"] not in IF_TOO_FEW_ROWS:
        yield "if_too_few_rows", f"It is one of {', '.join(IF_TOO_FEW_ROWS)}."


def holdout_of(pipeline: Pipeline, champion: Mapping[str, Any] | None, keys: list[str]) -> Json | None:
    """Return what is to be held out of a training of the pipeline, as `holdout` of its job; None for nothing.

    All trainings of a pipeline hold out the same rows, so that the champion has not seen them if it is one of its
    models; a model of another pipeline tells by its digests what it has seen.

    Args:
        pipeline: the pipeline.
        champion: the summary of the model that is served; None where nothing is.
        keys: columns that name what a row is about.
    """
    gate = complete(pipeline.gate)
    if pipeline.promote == "never" or gate["test_dataset_id"] or not gate["holdout"]:
        return None
    found: Json = {"salt": pipeline.id, "share": gate["holdout"], "keys": keys}
    before = (champion or {}).get("holdout") or {}
    if before.get("salt") == pipeline.id and before.get("by") in ("rows", "copies"):
        found["columns"] = list(before["columns"])
    return found


def comparison_settings(gate: Mapping[str, Any]) -> Json:
    """Return what the comparison is told of complete settings."""
    names = ("metric", "min_gain", "margin", "confidence", "min_rows", "must_not_worsen", "max_latency_ms")
    return {**{name: gate[name] for name in names}, "is_test": bool(gate["test_dataset_id"])}


def verdict_of(task_state: TaskState) -> Json | None:
    """Return {outcome, why, …} of a comparison that is over; None where it has come to nothing."""
    if task_state.state == states.SUCCEEDED:
        return (task_state.result or {}).get("gate")
    return verdict_of_failure(task_state.error or {})


def verdict_of_failure(error: Mapping[str, Any]) -> Json | None:
    """Return {outcome, why, reason} where the error says of the models or the rows why they cannot be compared."""
    reason = error.get("reason")
    outcome = TOO_FEW_ROWS if reason in _TOO_FEW else NOT_COMPARABLE if reason in _NOT_COMPARABLE else None
    if outcome is None:
        return None
    why = " ".join(str(error[name]) for name in ("detail", "hint") if error.get(name))
    return {"outcome": outcome, "why": why, "reason": reason}


def decide(promote: str, verdict: Mapping[str, Any], if_too_few_rows: str) -> tuple[Action, str]:
    """Return what becomes of a challenger, and why.

    Whoever is to be asked is asked whatever the comparison says, as it is for them to decide; but for models that
    cannot be compared at all, which are refused: who calls the endpoint would notice.

    Args:
        promote: what the pipeline says: auto or ask.
        verdict: of the comparison with the champion.
        if_too_few_rows: what the gate says for a comparison that cannot tell.
    """
    outcome, why = verdict["outcome"], str(verdict["why"])
    if outcome == NOT_COMPARABLE:
        return "refuse", f"It cannot be compared with the champion: {why}"
    if promote == "ask":
        return "ask", why
    if outcome == TOO_FEW_ROWS and if_too_few_rows == "ask":
        return "ask", f"Too few rows to decide by itself: {why}"
    return ("promote" if outcome == BETTER else "refuse"), why


def decide_first(promote: str, summary: Mapping[str, Any]) -> tuple[Action, str]:
    """Return what becomes of the first version of an endpoint, which has no champion beside it, and why."""
    why = "It is the first: nothing is served yet that it could make worse."
    if promote == "ask":
        return "ask", why
    if not beats_constant(summary):
        return "ask", f"{why} But it is no better than the best constant answer."
    return "promote", why


def beats_constant(summary: Mapping[str, Any]) -> bool:
    """Return whether a model did better in training than the best constant; True where that is not known."""
    metric, scores = summary.get("metric"), summary.get("scores") or {}
    reported, constant = (((scores.get(kind) or {}).get(metric) or {}).get("mean") for kind in ("reported", "baseline"))
    if metric not in METRICS or reported is None or constant is None:
        return True
    gain = float(reported) - float(constant)
    return gain > 0 if METRICS[metric].greater_is_better else gain < 0
