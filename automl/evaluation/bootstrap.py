"""How far chance in the rows moves a score: its standard error, by the bootstrap."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from automl._typing import Array
from automl.metrics import Metric

MAX_REPORT_ROWS = 5_000
"""Rows of one resample for a report."""
MAX_REPORT_CELLS = 1_000_000
"""Cells of all resamples together for a report: many metrics are resampled, and each has to be quick."""
MIN_REPORT_RESAMPLES, MAX_REPORT_RESAMPLES = 8, 40


def bootstrap_standard_error(
    metric: Metric,
    y: Array,
    prediction: Array,
    *,
    n_resamples: int = 200,
    max_rows: int = 20_000,
    seed: int = 0,
    groups: Array | None = None,
) -> float:
    """Estimate the standard error of a score: its spread over rows drawn with replacement (Efron 1979).

    Resamples on which the metric is undefined (a class did not get drawn) are left out.

    Args:
        metric: to score with.
        y: (n,) codes or values.
        prediction: what the metric takes: probabilities (n, k), codes (n,) or values (n,).
        n_resamples: how many to draw.
        max_rows: rows of one resample; the error is rescaled by the square root of the ratio (m out of n bootstrap).
        seed: of the resamples.
        groups: (n,) labels. Whole groups are drawn, because their rows err alike (Field and Welsh 2007, the cluster
            bootstrap), and `max_rows` does not apply.

    Returns:
        NaN if there are fewer than two rows, or fewer than two resamples with a score.
    """
    truth, guess = np.asarray(y), np.asarray(prediction)
    n = len(truth)
    if n < 2:
        return float("nan")
    m = min(n, max_rows) if groups is None else n
    resamples = _draw_rows(n, m, n_resamples, seed) if groups is None else _draw_groups(groups, n_resamples, seed)
    scores = np.array([metric.score(truth[rows], guess[rows]) for rows in resamples])
    scores = scores[np.isfinite(scores)]
    return float(scores.std(ddof=1) * np.sqrt(m / n)) if len(scores) > 1 else float("nan")


def report_standard_error(metric: Metric, y: Array, prediction: Array, *, n_outputs: int, seed: int) -> float:
    """Estimate the standard error of one score of a report, with as few resamples as do.

    Args:
        metric: the metric to score with.
        y: (n,) codes or values.
        prediction: probabilities (n, k), codes (n,) or values (n,), as the metric takes them.
        n_outputs: number of classes, or 0 or 1 for regression; the more there are, the fewer resamples are drawn.
        seed: of the resamples.
    """
    cells = min(len(y), MAX_REPORT_ROWS) * max(n_outputs, 2)
    n_resamples = int(np.clip(MAX_REPORT_CELLS // max(cells, 1), MIN_REPORT_RESAMPLES, MAX_REPORT_RESAMPLES))
    return bootstrap_standard_error(metric, y, prediction, n_resamples=n_resamples, max_rows=MAX_REPORT_ROWS, seed=seed)


def _draw_rows(n: int, m: int, n_resamples: int, seed: int) -> Iterator[Array]:
    rng = np.random.default_rng(seed)
    for _ in range(n_resamples):
        yield rng.integers(0, n, m)


def _draw_groups(groups: Array, n_resamples: int, seed: int) -> Iterator[Array]:
    sizes = np.unique(groups, return_counts=True)[1]
    members = np.split(np.argsort(groups, kind="stable"), np.cumsum(sizes)[:-1])
    rng = np.random.default_rng(seed)
    for _ in range(n_resamples):
        yield np.concatenate([members[each] for each in rng.integers(0, len(members), len(members))])
