"""What is to be said about a finished model, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from automl.fit.prepare import PreparedData
from automl.inference.background_sample import fullest_row
from automl.inference.model import Member
from automl.metrics import Metric
from automl.search.trial import Trial
from automl.spec import FitSpec


@dataclass(frozen=True)
class Findings:
    """Hold what was found out about a model and the search it comes from.

    Attributes:
        reported: `{metric, mean, standard_error, method}` of the ensemble on rows it had not seen.
        baseline: the same of the constant.
        leaderboard: one entry a complete trial, best first.
        importance: `{feature, importance}`, greatest first.
        warnings: what a careful user should know.
    """

    reported: dict[str, Any]
    baseline: dict[str, Any]
    leaderboard: list[dict[str, Any]]
    importance: list[dict[str, Any]]
    warnings: list[str]


def baseline(trials: Sequence[Trial], metric: Metric) -> dict[str, Any]:
    """Return `{metric, mean, standard_error, method}` of the constant."""
    constant = next(trial for trial in trials if trial.is_baseline)
    return {
        "metric": metric.name,
        "mean": constant.score,
        "standard_error": None,
        "method": "constant prediction, on the same splits",
    }


def leaderboard(
    trials: Sequence[Trial],
    members: Sequence[Member],
    metric: Metric,
    row_ms: Mapping[str, float],
    reasons: Mapping[str, str],
) -> list[dict[str, Any]]:
    """Describe the complete trials, best first.

    Args:
        trials: of the search.
        members: of the ensemble.
        metric: that the trials are scored by.
        row_ms: what one row takes each member with the models that it answers with.
        reasons: why the other trials are not in the ensemble, by name.

    Returns:
        `{name, model, params, score, folds, truncated_folds, weight, left_out_reason, fit_s, predict_ms_per_row}`.
    """
    weights = {member.name: member.weight for member in members}
    sign = -1.0 if metric.greater_is_better else 1.0
    complete = [trial for trial in trials if trial.state == "complete" and trial.score is not None]
    return [
        {
            "name": trial.name,
            "model": trial.model,
            "params": trial.params,
            "score": trial.score,
            "folds": trial.folds,
            "truncated_folds": trial.truncated_folds,
            "weight": weights.get(trial.name, 0.0),
            "left_out_reason": reasons.get(trial.name),
            "fit_s": round(trial.fit_s, 3),
            "predict_ms_per_row": round(row_ms.get(trial.name, trial.row_ms), 3),
        }
        for trial in sorted(complete, key=lambda trial: sign * (trial.score or 0.0))
    ]


def summarize(prepared: PreparedData, findings: Findings, spec: FitSpec) -> dict[str, Any]:
    """Return the fields of a model that its owner sees; JSON values only."""

    def by_metric(score: Mapping[str, Any]) -> dict[str, Any]:
        return {score["metric"]: {key: value for key, value in score.items() if key != "metric"}}

    summary: dict[str, Any] = {
        "target": prepared.preprocessor.target,
        "task": prepared.training.task_spec.task,
        "metric": prepared.metric.name,
        "features": list(prepared.preprocessor.input_schema),
        "example": fullest_row(prepared.sample),
        "scores": {"reported": by_metric(findings.reported), "baseline": by_metric(findings.baseline)},
        "leaderboard": findings.leaderboard,
        "max_predict_ms": spec.max_predict_ms or None,
        "importance": findings.importance,
        "data_actions": list(prepared.preprocessor.column_decisions),
        "warnings": list(findings.warnings),
        **prepared.target_reading,
    }
    if prepared.csv is not None:
        summary["csv"] = dict(prepared.csv)
    if prepared.target.classes:
        summary["classes"] = list(prepared.target.classes)
    if prepared.target.positive_class is not None:
        summary["positive_class"] = prepared.target.positive_class
        summary["positive_class_rule"] = prepared.target.positive_rule
    return summary
