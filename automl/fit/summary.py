"""What is to be said about a finished model, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from automl.inference.model import Member
from automl.metrics import Metric
from automl.preprocessing.preprocessor import Preprocessor
from automl.search.trial import Trial


def leaderboard(trials: Sequence[Trial], members: Sequence[Member], metric: Metric) -> list[dict[str, Any]]:
    """`{name, model, params, score, weight, fit_s, predict_ms_per_row}` of every complete trial, best first."""
    weights = {member.name: member.weight for member in members}
    sign = -1.0 if metric.greater_is_better else 1.0
    complete = [trial for trial in trials if trial.state == "complete" and trial.score is not None]
    return [
        {
            "name": trial.name,
            "model": trial.model,
            "params": trial.params,
            "score": trial.score,
            "weight": weights.get(trial.name, 0.0),
            "fit_s": round(trial.fit_s, 3),
            "predict_ms_per_row": round(trial.row_ms, 3),
        }
        for trial in sorted(complete, key=lambda trial: sign * (trial.score or 0.0))
    ]


def summarize(
    *,
    task: str,
    metric: Metric,
    plan: Preprocessor,
    classes: Sequence[str],
    reported: Mapping[str, Any],
    baseline: Mapping[str, Any],
    board: list[dict[str, Any]],
    importance: list[dict[str, Any]],
    warnings: Sequence[str],
) -> dict[str, Any]:
    """The fields of a model that its owner sees; JSON values only."""

    def by_metric(score: Mapping[str, Any]) -> dict[str, Any]:
        return {score["metric"]: {key: value for key, value in score.items() if key != "metric"}}

    summary: dict[str, Any] = {
        "target": plan.target,
        "task": task,
        "metric": metric.name,
        "features": list(plan.input_schema),
        "scores": {"reported": by_metric(reported), "baseline": by_metric(baseline)},
        "leaderboard": board,
        "importance": importance,
        "data_actions": list(plan.column_decisions),
        "warnings": list(warnings),
    }
    if classes:
        summary["classes"] = list(classes)
    return summary
