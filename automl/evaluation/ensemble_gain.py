"""What each member of an ensemble adds to the score, and what it costs a row."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from automl._typing import Array
from automl.evaluation.to_json import to_json


def ensemble_gain(
    names: Sequence[str],
    weights: Array,
    row_ms: Sequence[float],
    score: Callable[[Array], float],
    *,
    deadline: float,
) -> list[dict[str, Any]]:
    """Score the ensemble as its members join in order of weight.

    Args:
        names: of the members.
        weights: (members,) of the ensemble.
        row_ms: milliseconds each takes for one row.
        score: of the ensemble with such weights, shape (members,), sum 1, on rows its members had not seen.
        deadline: `time.monotonic()`; members not reached by then are left out.

    Returns:
        `{name, weight, score, predict_ms_per_row}`; score and time are those of all members so far.
    """
    found: list[dict[str, Any]] = []
    joined, cost_ms = np.zeros(len(names)), 0.0
    for i in np.argsort(-np.asarray(weights), kind="stable"):
        if not weights[i] or time.monotonic() >= deadline:
            break
        joined[i], cost_ms = weights[i], cost_ms + row_ms[i]
        step = {"name": names[i], "weight": weights[i], "score": score(joined / joined.sum())}
        found.append({**step, "predict_ms_per_row": cost_ms})
    return list(to_json(found))
