"""Permutation importance (Breiman 2001; Fisher et al. 2019): how much worse it gets when a column is shuffled."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from automl._typing import Array
from automl.metrics import Metric
from automl.preprocessing.features import Features
from automl.preprocessing.preprocessor import Preprocessor

MAX_ROWS = 1_000
MIN_ROWS = 100


def permutation_importance(
    predict: Callable[[Features], Array],
    plan: Preprocessor,
    features: Features,
    y: Array,
    metric: Metric,
    *,
    deadline: float,
    seed: int,
) -> list[dict[str, Any]]:
    """Compute the loss of score for each raw column, all its features shuffled together; greatest first.

    Args:
        predict: probabilities or values for cleaned rows, by models that have not seen them.
        plan: knows which features come from which column.
        features: n cleaned rows; at most `MAX_ROWS` of them are used, fewer where models are slow.
        y: (n,) codes or values.
        metric: to score with.
        deadline: `time.monotonic()`; columns not reached by then are left out.
        seed: of the sample and the shuffles.

    Returns:
        `{feature, importance}`; importance in units of the metric, positive where the column helps.
    """
    rng = np.random.default_rng(seed)
    features, y = _sample(features, y, MAX_ROWS, rng)
    started = time.monotonic()
    predict(features)
    # All columns on fewer rows say more than some columns on many.
    share = (deadline - time.monotonic()) / max((time.monotonic() - started) * (len(plan.transformers) + 1), 1e-9)
    features, y = _sample(features, y, max(int(min(share, 1.0) * len(features)), MIN_ROWS), rng)
    base = metric.signed(y, predict(features))
    found = []
    p = q = t = 0
    for name, steps in itertools.groupby(plan.transformers, key=lambda step: step.column):
        if time.monotonic() >= deadline:
            break
        numeric, categorical, text = features.numeric.copy(), features.categorical.copy(), list(features.text)
        order = rng.permutation(len(features))
        ends = p, q, t
        for step in steps:
            ends = (
                ends[0] + len(step.numeric_names),
                ends[1] + len(step.categorical_names),
                ends[2] + len(step.text_names),
            )
        numeric[:, p : ends[0]] = features.numeric[order, p : ends[0]]
        categorical[:, q : ends[1]] = features.categorical[order, q : ends[1]]
        text[t : ends[2]] = [column[order] for column in text[t : ends[2]]]
        p, q, t = ends
        shuffled = replace(features, numeric=numeric, categorical=categorical, text=tuple(text))
        loss = base - metric.signed(y, predict(shuffled))
        found.append({"feature": name, "importance": float(loss) if np.isfinite(loss) else 0.0})
    return sorted(found, key=lambda each: -each["importance"])


def _sample(features: Features, y: Array, n: int, rng: np.random.Generator) -> tuple[Features, Array]:
    if len(features) <= n:
        return features, y
    rows = np.sort(rng.choice(len(features), n, replace=False))
    return features.take(rows), y[rows]
