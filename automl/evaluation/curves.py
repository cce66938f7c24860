"""ROC and precision-recall curves (definitions as scikit-learn's), thinned so that the eye misses nothing."""

from __future__ import annotations

from typing import Any

import numpy as np

from automl._typing import Array
from automl.metrics import METRICS

MAX_POINTS = 200


def roc_curve(positive: Array, score: Array) -> dict[str, Any]:
    """Return `{auc, points: [[false positive rate, true positive rate]…]}`; no points where one class is absent.

    Args:
        positive: bool (n,).
        score: (n,) greater where positive is likelier.
    """
    hits, misses = _counts(positive, score)
    if not hits[-1] or not misses[-1]:
        return {"auc": None, "points": []}
    points = thin(np.append(0, misses) / misses[-1], np.append(0, hits) / hits[-1])
    return {"auc": METRICS["auc"].score(positive, score), "points": points}


def precision_recall_curve(positive: Array, score: Array) -> dict[str, Any]:
    """Return `{average_precision, prevalence, points: [[recall, precision]…]}`; no points if the class is absent."""
    hits, misses = _counts(positive, score)
    if not hits[-1]:
        return {"average_precision": None, "prevalence": 0.0, "points": []}
    return {
        "average_precision": METRICS["average_precision"].score(positive, score),
        "prevalence": positive.mean(),
        "points": thin(hits / hits[-1], hits / (hits + misses)),
    }


def thin(x: Array, y: Array, most: int = MAX_POINTS) -> Array:
    """Thin the points (n, 2) to a maximum, the ends among them, spread evenly along the curve."""
    points = np.column_stack([x, y])
    if len(points) <= most:
        return points
    way = np.append(0.0, np.cumsum(np.abs(np.diff(points, axis=0)).sum(axis=1)))
    kept = np.searchsorted(way, np.linspace(0, way[-1], most))
    return np.asarray(points[np.unique(np.append(kept[:-1], [0, len(points) - 1]))])


def _counts(positive: Array, score: Array) -> tuple[Array, Array]:
    """Return positives and negatives at or above each distinct score, from the highest down."""
    order = np.argsort(-score, kind="stable")
    ranked, flags = score[order], positive[order]
    ends = np.flatnonzero(np.append(ranked[1:] != ranked[:-1], True))
    hits = np.cumsum(flags)[ends]
    return hits, ends + 1 - hits
