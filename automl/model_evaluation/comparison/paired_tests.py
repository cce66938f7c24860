"""Tests of two classifiers on the same rows: McNemar's of their answers, DeLong's of their areas under the curve."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from automl._typing import Array

Z_95 = float(stats.norm.ppf(0.975))


def mcnemar(a_right: Array, b_right: Array) -> dict[str, Any]:
    """Test whether two models are right equally often (McNemar 1947), exactly.

    Args:
        a_right: bool (n,), where the first model's answer is right.
        b_right: the same of the second.

    Returns:
        `{only_a, only_b, p, method}`: rows that only one has right, and the binomial probability of so uneven a share.
    """
    only_a, only_b = int((a_right & ~b_right).sum()), int((b_right & ~a_right).sum())
    n = only_a + only_b
    p = float(stats.binomtest(only_a, n, 0.5).pvalue) if n else 1.0
    return {"only_a": only_a, "only_b": only_b, "p": p, "method": "McNemar, exact"}


def delong(positive: Array, a: Array, b: Array) -> dict[str, Any] | None:
    """Test whether two scores have the same area under the ROC curve on the same rows (DeLong et al. 1988).

    Args:
        positive: bool (n,).
        a: (n,) scores of the first model, greater where positive is likelier.
        b: the same of the second.

    Returns:
        `{value, low, high, standard_error, p, method}` of the difference a - b; None where a class has fewer than two
        rows.
    """
    positive = np.asarray(positive, dtype=bool)
    if positive.sum() < 2 or (~positive).sum() < 2:
        return None
    parts = [_components(positive, np.asarray(score, dtype=np.float64)) for score in (a, b)]
    areas = [float(of_positives.mean()) for of_positives, _ in parts]
    covariance = sum(np.cov([part[side] for part in parts]) / len(parts[0][side]) for side in (0, 1))
    contrast = np.array([1.0, -1.0])
    error = float(np.sqrt(max(contrast @ covariance @ contrast, 0.0)))
    value = areas[0] - areas[1]
    p = float(2 * stats.norm.sf(abs(value) / error)) if error else float(value == 0)
    return {
        "value": value,
        "low": value - Z_95 * error,
        "high": value + Z_95 * error,
        "standard_error": error,
        "p": p,
        "method": "DeLong",
    }


def _components(positive: Array, score: Array) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return for each positive the share of negatives below it, and for each negative that of positives above it.

    By ranks within a class and within all rows (Sun and Xu 2014): no pair is looked at.
    """
    of_positives, of_negatives = score[positive], score[~positive]
    n_positive, n_negative = len(of_positives), len(of_negatives)
    ranks = stats.rankdata(np.concatenate([of_positives, of_negatives]))
    below = (ranks[:n_positive] - stats.rankdata(of_positives)) / n_negative
    above = 1.0 - (ranks[n_positive:] - stats.rankdata(of_negatives)) / n_positive
    return below, above
