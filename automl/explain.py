"""Permutation importance (Breiman 2001; Fisher et al. 2019): how much worse it gets when a column is shuffled."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from automl.candidates.base import Array
from automl.features import Features
from automl.metrics import Metric
from automl.plan import Plan

MAX_ROWS = 1_000


def permutation_importance(
    predict: Callable[[Features], Array],
    plan: Plan,
    features: Features,
    y: Array,
    metric: Metric,
    *,
    deadline: float,
    seed: int,
) -> list[dict[str, Any]]:
    """The loss of score for each raw column, all that it was made into shuffled together; greatest first.

    Args:
        predict: probabilities or values for cleaned rows, by models that have not seen them.
        plan: tells which features come from which column.
        features: n cleaned rows; at most `MAX_ROWS` of them are used.
        y: (n,) codes or values.
        metric: to score with.
        deadline: `time.monotonic()`; columns not reached by then are left out.
        seed: of the sample and the shuffles.

    Returns:
        `{feature, importance}`; importance in units of the metric, positive where the column helps.
    """
    rng = np.random.default_rng(seed)
    if len(features) > MAX_ROWS:
        rows = np.sort(rng.choice(len(features), MAX_ROWS, replace=False))
        features, y = features.take(rows), y[rows]
    base = metric.signed(y, predict(features))
    found = []
    p = q = t = 0
    for step in plan.steps:
        if time.monotonic() >= deadline:
            break
        numeric, categorical, text = features.numeric.copy(), features.categorical.copy(), list(features.text)
        order = rng.permutation(len(features))
        ends = p + len(step.numeric_names), q + len(step.categorical_names), t + len(step.text_names)
        numeric[:, p : ends[0]] = features.numeric[order, p : ends[0]]
        categorical[:, q : ends[1]] = features.categorical[order, q : ends[1]]
        text[t : ends[2]] = [column[order] for column in text[t : ends[2]]]
        p, q, t = ends
        shuffled = replace(features, numeric=numeric, categorical=categorical, text=tuple(text))
        loss = base - metric.signed(y, predict(shuffled))
        found.append({"feature": step.column, "importance": float(loss) if np.isfinite(loss) else 0.0})
    return sorted(found, key=lambda each: -each["importance"])
