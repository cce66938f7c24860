"""Residuals: how far predicted values are from the truth, and where."""

from __future__ import annotations

from typing import Any

import numpy as np

from automl._typing import Array

N_BARS = 30
N_BANDS = 20
BAND_ROWS = 20
MAX_POINTS = 200
MAX_WORST = 10
QUANTILES = (0.5, 0.8, 0.9, 0.95, 0.99)
TAIL = 0.005
"""Share of the errors on either side that are counted with the outermost bar: one huge error would squeeze all others
into a single one."""


def residuals(y: Array, predicted: Array, rows: Array, seed: int) -> dict[str, Any]:
    """Summarize the errors, predicted minus actual.

    Args:
        y: float64 (n,), the true values.
        predicted: float64 (n,), in the same unit.
        rows: (n,) numbers by which the user knows the rows.
        seed: of the sample of points.

    Returns:
        `{histogram: {edges, counts}, quantiles: [{share, error}…] of the absolute error, bias (the mean error),
        points: [[predicted, actual]…] of 200 rows, bands: [{predicted, low, middle, high, rows}…]: the 10th, 50th and
        90th percentile of the truth where so much was predicted, worst: [{row, actual, predicted}…]}`.
    """
    errors = predicted - y
    order = np.argsort(predicted, kind="stable")
    bands = []
    for part in np.array_split(order, int(np.clip(len(y) // BAND_ROWS, 1, N_BANDS))):
        low, middle, high = np.quantile(y[part], (0.1, 0.5, 0.9))
        bands.append(
            {"predicted": predicted[part].mean(), "low": low, "middle": middle, "high": high, "rows": len(part)}
        )
    sample = np.random.default_rng(seed).permutation(len(y))[:MAX_POINTS]
    worst = np.argsort(-np.abs(errors), kind="stable")[:MAX_WORST]
    return {
        "histogram": _histogram(errors),
        "quantiles": [{"share": share, "error": np.quantile(np.abs(errors), share)} for share in QUANTILES],
        "bias": errors.mean(),
        "points": np.column_stack([predicted[sample], y[sample]]),
        "bands": bands,
        "worst": [{"row": rows[i], "actual": y[i], "predicted": predicted[i]} for i in worst],
    }


def _histogram(errors: Array) -> dict[str, Any]:
    low, high = np.quantile(errors, (TAIL, 1 - TAIL))
    if not high - low > 1e-12 * max(abs(low), abs(high), 1e-300):  # all errors are one
        return {"edges": [low, high], "counts": [len(errors)]}
    edges = np.linspace(low, high, N_BARS + 1)
    return {"edges": edges, "counts": np.histogram(np.clip(errors, low, high), edges)[0]}
