"""Models two by two: their differences by each metric, how sure these are, and which model is the best of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from automl.metrics import Metric
from automl.model_evaluation.comparison.agreement import agreement
from automl.model_evaluation.comparison.candidates import Candidate, CandidateAnswers
from automl.model_evaluation.comparison.paired_bootstrap import Interval, ResampledScores, adjust_p
from automl.model_evaluation.comparison.paired_tests import delong, mcnemar
from automl.model_evaluation.labelled_rows import LabelledRows

ALPHA = 0.05


def compare_pairs(
    metrics: Sequence[Metric],
    resampled: ResampledScores,
    rows: LabelledRows,
    models: Sequence[CandidateAnswers],
    candidates: Sequence[Candidate],
) -> list[dict[str, Any]]:
    """Compare all pairs of models.

    Args:
        metrics: that they were scored by.
        resampled: their scores.
        rows: the labelled rows.
        models: what each answers to them.
        candidates: the models.

    Returns:
        `{a, b, differences: {metric: {value, low, high, standard_error, p, p_adjusted, better}}, agreement, mcnemar?,
        delong?}`: a difference is a's score minus b's; p is adjusted for how many pairs there are.
    """
    places = list(combinations(range(len(models)), 2))
    differences = {metric.name: [resampled.difference(a, b, j) for a, b in places] for j, metric in enumerate(metrics)}
    adjusted = {name: adjust_p([each.p for each in found]) for name, found in differences.items()}
    pairs = []
    for number, (a, b) in enumerate(places):
        shown: dict[str, Any] = {"a": candidates[a].id, "b": candidates[b].id, "differences": {}}
        for metric in metrics:
            found, p = differences[metric.name][number], adjusted[metric.name][number]
            shown["differences"][metric.name] = {
                **interval_to_json(found), "p": found.p, "p_adjusted": p,
                "better": _better(metric, found, p, candidates[a].id, candidates[b].id),
            }  # fmt: skip
        shown["agreement"] = agreement(rows, models[a], models[b])
        if rows.classes:
            shown["mcnemar"] = mcnemar(models[a].chosen == rows.y, models[b].chosen == rows.y)
        if len(rows.classes) == 2:
            shown["delong"] = delong(rows.y == 1, models[a].output[:, 1], models[b].output[:, 1])
        pairs.append(shown)
    return pairs


def _better(metric: Metric, difference: Interval, p: float, a: str, b: str) -> str | None:
    """Return which is better beyond chance, None where that cannot be told."""
    if not p < ALPHA or not (difference.low > 0 or difference.high < 0):
        return None
    return a if (difference.value > 0) == metric.greater_is_better else b


def find_best(
    resampled: ResampledScores, pairs: Sequence[Mapping[str, Any]], goal: Metric, candidates: Sequence[Candidate]
) -> dict[str, Any]:
    """Return `{id, as_good}`: the model with the best score, and those that are not worse beyond chance."""
    scores = resampled.values[:, 0] * (1 if goal.greater_is_better else -1)
    best = candidates[int(np.argmax(np.where(np.isfinite(scores), scores, -np.inf)))].id
    beaten = {
        {each["a"], each["b"]}.difference({best}).pop()
        for each in pairs
        if best in (each["a"], each["b"]) and each["differences"][goal.name]["better"] == best
    }
    return {"id": best, "as_good": [each.id for each in candidates if each.id not in {best, *beaten}]}


def interval_to_json(score: Interval) -> dict[str, float]:
    """Return `{value, low, high, standard_error}`."""
    return {
        "value": score.value, "low": score.low, "high": score.high, "standard_error": score.standard_error,
    }  # fmt: skip
