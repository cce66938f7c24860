"""The paired bootstrap: several models scored on the same resamples of the same rows.

What is hard for all of them cancels out of their differences.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

from automl._typing import Array
from automl.metrics import Metric

N_RESAMPLES = 1_000
MIN_RESAMPLES = 100
MAX_ROWS = 10_000
"""Maximum rows of one resample: the spread shrinks with the square root of the rows, so that fewer tell it as well."""
MAX_CELLS = 1_000_000
"""Maximum probabilities of one resample."""
MIN_DEFINED = 0.5
"""Minimum share of the resamples on which a score is defined: fewer tell nothing of its spread."""
LEVEL = 0.95

Predictions = Mapping[str, Array]
"""What one model answers, by metric: probabilities (n, k), codes (n,) or values (n,), as the metric takes them."""


@dataclass(frozen=True)
class Interval:
    """A value with its interval, NaN where there is none; `p` is of the hypothesis that the value is 0."""

    value: float
    low: float
    high: float
    standard_error: float
    p: float


@dataclass(frozen=True)
class ResampledScores:
    """Scores of all models by all metrics, on all rows and on resamples of them.

    Attributes:
        values: (models, metrics) on all rows.
        drawn: (resamples, models, metrics); NaN where a score is undefined.
        n_units, drawn_units: rows of the table, or clusters where rows are not independent, and those of one resample.
    """

    values: npt.NDArray[np.float64]
    drawn: npt.NDArray[np.float64]
    n_units: int
    drawn_units: int

    def score(self, model: int, metric: int) -> Interval:
        """Return the score of a model with its 95 % interval."""
        return self._interval(self.values[model, metric], self.drawn[:, model, metric], LEVEL)

    def difference(self, a: int, b: int, metric: int, level: float = LEVEL) -> Interval:
        """Return by how much the score of model `a` exceeds that of model `b`, with the interval of that level."""
        drawn = self.drawn[:, a, metric] - self.drawn[:, b, metric]
        return self._interval(self.values[a, metric] - self.values[b, metric], drawn, level)

    def _interval(self, value: float, drawn: npt.NDArray[np.float64], level: float) -> Interval:
        known = drawn[np.isfinite(drawn)]
        if not np.isfinite(value) or len(known) < max(2, MIN_DEFINED * len(drawn)):
            return Interval(float(value), *(float("nan"),) * 4)
        away = (known - value) * np.sqrt(self.drawn_units / self.n_units)
        tail = _tail(self.n_units, level)
        low, high = (float(value + np.quantile(away, share)) for share in (tail, 1 - tail))
        error = float(away.std(ddof=1))
        return Interval(float(value), low, high, error, _p(float(value), error))


def resample_scores(
    metrics: Sequence[Metric],
    y: Array,
    models: Sequence[Predictions],
    *,
    clusters: Array | None = None,
    seed: int = 0,
    n_resamples: int = N_RESAMPLES,
    deadline: float | None = None,
) -> ResampledScores:
    """Score models on all rows and on resamples of them.

    Args:
        metrics: to score by.
        y: (n,) codes or values.
        models: what each answers to the rows.
        clusters: (n,) the same for rows that are not independent, which are drawn together; None where all are.
        seed: of the resamples.
        n_resamples: how many to draw.
        deadline: `time.monotonic()`; after it no more than `MIN_RESAMPLES` are drawn.
    """
    truth, n = np.asarray(y), len(y)
    width = max(array.shape[1] if array.ndim == 2 else 1 for model in models for array in model.values())
    share = min(n, MAX_ROWS, max(1, MAX_CELLS // width)) / max(n, 1)
    members = None if clusters is None else _members(clusters)
    units = n if members is None else len(members)
    m = max(1, round(share * units))
    values = _scores(metrics, truth, models)
    drawn: list[npt.NDArray[np.float64]] = []
    for picked in _draw(units, m, n_resamples, seed):
        rows = picked if members is None else np.concatenate([members[i] for i in picked.tolist()])
        if deadline is not None and len(drawn) >= MIN_RESAMPLES and time.monotonic() > deadline:
            break
        drawn.append(_scores(metrics, truth[rows], [_take(model, rows) for model in models]))
    return ResampledScores(values, np.array(drawn), units, m)


def _members(clusters: Array) -> list[Array]:
    """Return the places of the rows of each cluster."""
    codes = np.unique(clusters, return_inverse=True)[1]
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)


def _take(model: Predictions, rows: Array) -> dict[str, Array]:
    """Return a model's answers to some rows; metrics that read the same array still share one."""
    taken = {id(array): array[rows] for array in model.values()}
    return {name: taken[id(array)] for name, array in model.items()}


def _scores(metrics: Sequence[Metric], y: Array, models: Sequence[Predictions]) -> npt.NDArray[np.float64]:
    return np.array([[metric.score(y, model[metric.name]) for metric in metrics] for model in models])


def _draw(n: int, m: int, n_resamples: int, seed: int) -> Iterator[Array]:
    rng = np.random.default_rng(seed)
    for _ in range(n_resamples):
        yield rng.integers(0, n, m)


def _tail(n: int, level: float) -> float:
    """Return the share beyond either end: less than what is left for few rows, whose spread is too narrow.

    Hesterberg 2015.
    """
    if n < 2:
        return 0.0
    return float(stats.norm.cdf(-np.sqrt(n / (n - 1)) * stats.t.ppf((1 + level) / 2, n - 1)))


def _p(value: float, error: float) -> float:
    if error == 0:
        return 1.0 if value == 0 else 0.0
    return float(2 * stats.norm.sf(abs(value) / error))


def adjust_p(p: Sequence[float]) -> list[float]:
    """Adjust the p of several comparisons, so that any of them errs with that probability at most (Holm 1979).

    NaN stays, and counts as no comparison.
    """
    adjusted = np.full(len(p), np.nan)
    known = [i for i in range(len(p)) if np.isfinite(p[i])]
    greatest = 0.0
    for place, i in enumerate(sorted(known, key=lambda i: p[i])):
        greatest = max(greatest, min(1.0, p[i] * (len(known) - place)))
        adjusted[i] = greatest
    return [float(each) for each in adjusted]
