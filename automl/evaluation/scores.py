"""Several metrics beside the one that was optimised, each with its bootstrap error and what a constant would get."""

from __future__ import annotations

from typing import Any

import numpy as np

from automl._typing import Array
from automl.errors import SpecError
from automl.evaluation.bootstrap import report_standard_error
from automl.metrics import METRICS, Metric, check_computable

HIGH_CLASSES = 50
"""Maximum classes for which AUC is always reported: with one ROC curve a class, more of them take seconds."""


def scores(y: Array, output: Array, answers: Array, *, task: str, metric: str, seed: int) -> list[dict[str, Any]]:
    """Score the output by every metric that is defined for it, the one that was optimised first.

    Args:
        y: (n,) codes or values.
        output: probabilities (n, k) or values (n,).
        answers: (n,) class codes, for metrics of labels; values once more for regression.
        task: name of the task.
        metric: name of the metric that was optimised.
        seed: of the resamples, the same rows for all metrics.

    Returns:
        `{metric, value, standard_error, baseline, greater_is_better, goal}` of each metric.

    The baseline is the score of a constant prediction: the frequencies of the classes, the most frequent one,
    the mean, or the median for errors that are not squared.
    """
    chosen = sorted((each for each in METRICS.values() if task in each.tasks), key=lambda each: each.name != metric)
    width = output.shape[1] if output.ndim == 2 else 1
    if width > HIGH_CLASSES:
        chosen = [each for each in chosen if each.name != "auc" or metric == "auc"]
    found = []
    for each in chosen:
        prediction = output if each.needs_proba or task == "regression" else answers
        value = _score(each, y, prediction)
        if value is None:
            continue
        found.append(
            {
                "metric": each.name,
                "value": value,
                "standard_error": report_standard_error(each, y, prediction, n_outputs=width, seed=seed),
                "baseline": _score(each, y, _constant(each, y, output, task)),
                "greater_is_better": each.greater_is_better,
                "goal": each.name == metric,
            }
        )
    return found


def _score(metric: Metric, y: Array, prediction: Array) -> float | None:
    """Score, or return None if undefined: a class is absent, or the target has values that the metric cannot take."""
    try:
        check_computable(metric.name, y)
        value = metric.score(y, prediction)
    except SpecError:
        return None
    return value if np.isfinite(value) else None


def _constant(metric: Metric, y: Array, output: Array, task: str) -> Array:
    if task == "regression":
        absolute = metric.name in ("mae", "mape")
        return np.full(len(y), np.median(y) if absolute else np.mean(y))
    counts = np.bincount(y, minlength=output.shape[1])
    if metric.needs_proba:
        return np.tile(counts / len(y), (len(y), 1))
    return np.full(len(y), counts.argmax())
