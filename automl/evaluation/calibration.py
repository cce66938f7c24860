"""Calibration: does what is called 80 % likely happen in 80 % of cases?

See the reliability diagram of Niculescu-Mizil 2005.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from automl._typing import Array

N_BINS = 10
MIN_ROWS = 20
"""Minimum rows of a bin: a share of fewer says little."""
Z_95 = 1.96
N_BARS = 20


def calibration(y: Array, probabilities: Array, answers: Array) -> dict[str, Any]:
    """Bin rows, about equally many a bin, by the probability of the positive class or, of many, the predicted one.

    Returns:
        `{of, bins: [{predicted, observed, low, high, rows}…], error}`: means and shares of each bin with Wilson's 95 %
        interval, and the expected calibration error: the mean distance of the two.
    """
    of, event = _confidence(y, probabilities, answers)
    n_bins = int(np.clip(len(of) // MIN_ROWS, 1, N_BINS))
    order = np.argsort(of, kind="stable")
    bins, error = [], 0.0
    for part in np.array_split(order, n_bins):
        predicted, observed = float(of[part].mean()), float(event[part].mean())
        low, high = wilson(observed, len(part))
        bins.append({"predicted": predicted, "observed": observed, "low": low, "high": high, "rows": len(part)})
        error += abs(predicted - observed) * len(part) / len(of)
    return {"of": "positive" if probabilities.shape[1] == 2 else "answer", "bins": bins, "error": error}


def score_histogram(y: Array, probabilities: Array, answers: Array, classes: Sequence[str]) -> dict[str, Any]:
    """Count rows by the probability of the positive class or, of many classes, of the predicted one.

    Returns:
        `{of, edges, series: [{name, counts}…]}`: one series a class or, of many classes, one for the right and one for
        the wrong predictions.
    """
    of, _ = _confidence(y, probabilities, answers)
    edges = np.linspace(0, 1, N_BARS + 1)
    if probabilities.shape[1] == 2:
        parts = [(classes[code], of[y == code]) for code in (0, 1)]
    else:
        parts = [("right", of[y == answers]), ("wrong", of[y != answers])]
    series = [{"name": name, "counts": np.histogram(np.clip(part, 0, 1), edges)[0]} for name, part in parts]
    return {"of": "positive" if probabilities.shape[1] == 2 else "answer", "edges": edges, "series": series}


def wilson(share: float, n: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share of n."""
    middle = (share + Z_95**2 / (2 * n)) / (1 + Z_95**2 / n)
    half = Z_95 * np.sqrt(share * (1 - share) / n + Z_95**2 / (4 * n**2)) / (1 + Z_95**2 / n)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def _confidence(y: Array, probabilities: Array, answers: Array) -> tuple[Array, Array]:
    """Return the probability in question (n,), and whether it came true (n,)."""
    if probabilities.shape[1] == 2:
        return probabilities[:, 1], y == 1
    return probabilities[np.arange(len(y)), answers], y == answers
