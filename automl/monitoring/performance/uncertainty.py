"""How far an estimate without labels may be off: by chance, by the reference's own error, and by what has shifted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from automl._typing import Array

Floats = npt.NDArray[np.float64]

N_RESAMPLES = 100
MIN_RESAMPLES = 40
MAX_CELLS = 20_000_000
"""Cells of all resamples of one metric together: of large tables fewer are drawn."""
N_DRAWS = 40
N_PART_DRAWS = 8
MIN_PART_ROWS = 50
N_PARTS = 4
Z_95 = 1.96
BOUNDED = ("auc", "average_precision", "f1", "accuracy", "balanced_accuracy", "f1_macro")


class Estimate(Protocol):
    """An estimate of performance, of classes or of numbers; `ClassEstimate` says of each method what it does."""

    method: str

    @property
    def metrics(self) -> tuple[str, ...]: ...
    @property
    def n_reference(self) -> int: ...
    @property
    def width(self) -> int: ...
    def on_reference(self, metric: str, weights: Floats | None = None) -> tuple[float, float]: ...
    def estimated(self, metric: str) -> float: ...
    def simulated(self, metric: str, rng: np.random.Generator) -> float: ...
    def simulated_on_reference(self, metric: str, weights: Floats, rng: np.random.Generator) -> float: ...


@dataclass(frozen=True)
class Interval:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float

    @classmethod
    def around(cls, value: float, error: float, metric: str) -> Interval:
        """Return the interval of a standard error, within what the metric can be."""
        low, high = value - Z_95 * error, value + Z_95 * error
        if metric in BOUNDED:
            return cls(min(max(value, 0.0), 1.0), max(low, 0.0), min(high, 1.0))
        if metric == "r2":
            return cls(value, low, min(high, 1.0))
        return cls(value, max(low, -1.0), min(high, 1.0)) if metric == "mcc" else cls(value, max(low, 0.0), high)

    def to_json(self) -> dict[str, float]:
        """Return `{value, low, high}`."""
        return {"value": self.value, "low": self.low, "high": self.high}


@dataclass(frozen=True)
class Estimated:
    """One metric, estimated.

    Attributes:
        reference: the score on the reference, whose truth is known.
        now: the estimate for the new rows: that of the reference, and how much the estimate has changed since.
        standard_error: of `now`.
        chance, offset, shift: its parts: labels of the new rows, the reference's own error, and the error that the
            estimate makes on parts of the reference that are unlike the whole.
    """

    reference: Interval
    now: Interval
    standard_error: float
    chance: float
    offset: float
    shift: float


def estimate_metric(
    estimate: Estimate, metric: str, parts: Sequence[Array], shift: float, rng: np.random.Generator
) -> Estimated | None:
    """Estimate one metric; None where it is undefined.

    Args:
        estimate: of classes or of numbers.
        metric: one of its metrics.
        parts: bool (m,) each, of the reference: how far estimates are off on them, beyond chance, is how far they may
            be off on rows that have shifted.
        shift: from 0, new rows are like the reference, to 1, a model tells all of them apart.
        rng: of resamples.
    """
    real, estimated = estimate.on_reference(metric)
    now = estimate.estimated(metric)
    if not np.isfinite([real, estimated, now]).all():
        return None
    m = estimate.n_reference
    n_resamples = count_resamples(N_RESAMPLES, m * estimate.width)
    drawn = [estimate.on_reference(metric, resample(m, rng)) for _ in range(n_resamples)]
    reals, estimates = (np.array(each) for each in zip(*drawn, strict=True))
    offset = _deviation(reals - estimates)
    chance = _deviation(np.array([estimate.simulated(metric, rng) for _ in range(N_DRAWS)]))
    off = shift * _error_on_parts(estimate, metric, parts, real - estimated, rng) if shift > 0 else 0.0
    error = float(np.sqrt(chance**2 + offset**2 + off**2))
    return Estimated(
        Interval.around(real, _deviation(reals), metric),
        Interval.around(real + now - estimated, error, metric),
        error,
        chance,
        offset,
        off,
    )


def count_resamples(most: int, cells: int) -> int:
    """Return how many resamples of so many cells to draw."""
    return int(np.clip(MAX_CELLS // max(cells, 1), MIN_RESAMPLES, most))


def resample(n: int, rng: np.random.Generator) -> Floats:
    """Return how often each of n rows stands in a bootstrap sample of them."""
    return np.bincount(rng.integers(0, n, n), minlength=n).astype(np.float64)


def _error_on_parts(
    estimate: Estimate, metric: str, parts: Sequence[Array], offset: float, rng: np.random.Generator
) -> float:
    """Return the deviation of the estimate's errors on parts of the reference, beyond what chance makes of them.

    A moment estimate of the spread between the parts, as in a meta-analysis (DerSimonian and Laird 1986).
    """
    squares = []
    for part in parts:
        weights = part.astype(np.float64)
        real, estimated = estimate.on_reference(metric, weights)
        chance = _deviation(
            np.array([estimate.simulated_on_reference(metric, weights, rng) for _ in range(N_PART_DRAWS)])
        )
        squares.append((real - estimated - offset) ** 2 - chance**2)
    known = [each for each in squares if np.isfinite(each)]
    return float(np.sqrt(max(0.0, float(np.mean(known))))) if known else 0.0


def reference_parts(columns: Sequence[Array]) -> list[Array]:
    """Cut the reference into quarters along each column: bool (m,) each, those that are large enough.

    Args:
        columns: (m,) values or codes, NaN where missing.
    """
    parts = []
    for values in columns:
        known = values[~np.isnan(values)]
        if not len(known):
            continue
        edges = np.unique(np.quantile(known, np.linspace(0, 1, N_PARTS + 1)[1:-1]))
        place = np.searchsorted(edges, values, side="right")
        for index in range(len(edges) + 1):
            part = (place == index) & ~np.isnan(values)
            if MIN_PART_ROWS <= part.sum() < len(values):
                parts.append(part)
    return parts


def _deviation(values: Array) -> float:
    known = values[np.isfinite(values)]
    return float(known.std(ddof=1)) if len(known) > 1 else 0.0
