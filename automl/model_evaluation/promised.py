"""What was promised of a model when it was trained, and how far the scores on new rows are from that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from automl.inference.servable import ServableModel
from automl.metrics import METRICS


def reported_scores(model: ServableModel) -> dict[str, dict[str, Any]]:
    """Return `{metric: {value, standard_error}}` on the unseen rows of its training; {} where nothing is known."""
    evaluation = getattr(model, "review", {}).get("evaluation", {})
    found = {
        each["metric"]: {"value": each["value"], "standard_error": each["standard_error"]}
        for each in evaluation.get("scores", ())
    }
    # The headline is stricter: for it the ensemble's weights were chosen on other rows, too.
    for metric, score in model.summary.get("scores", {}).get("reported", {}).items():
        if score.get("mean") is not None:
            found[metric] = {"value": score["mean"], "standard_error": score.get("standard_error")}
    return found


def compare(
    metrics: Mapping[str, Mapping[str, Any]], reported: Mapping[str, Mapping[str, Any]], metric: str
) -> dict[str, Any]:
    """Return `{metric: {value, standard_error, z}, z}`: below 0 where the new rows are predicted worse than promised.

    Args:
        metrics: scores on new rows, each with `value` and `standard_error`.
        reported: those that were promised.
        metric: whose z is that of the whole.
    """
    found: dict[str, Any] = {name: {**each, "z": _z(name, metrics.get(name), each)} for name, each in reported.items()}
    return {**found, "z": found.get(metric, {}).get("z")}


def _z(name: str, new: Mapping[str, Any] | None, promised: Mapping[str, Any]) -> float | None:
    """Return the difference in units of its standard error; None where either is unknown."""
    if new is None:
        return None
    errors = [new["standard_error"], promised["standard_error"]]
    if None in (new["value"], promised["value"], *errors):
        return None
    error = float(np.hypot(*errors))
    if not error > 0:
        return None
    away = (new["value"] - promised["value"]) / error
    return float(away if METRICS[name].greater_is_better else -away)
