"""Slices: in which rows is the model better or worse than in all others, beyond chance?

Each group of rows is compared with the rows outside of it; of the many comparisons a few would seem clear by chance
alone, so that the p-values are adjusted (Benjamini and Hochberg 1995).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from scipy import stats

from automl._typing import Array
from automl.errors import SpecError
from automl.evaluation.bootstrap import bootstrap_standard_error
from automl.evaluation.intervals import score_interval
from automl.metrics import Metric, check_computable
from automl.model_evaluation.groups import Grouping

MIN_ROWS = 20
"""Minimum rows of a slice: the score of fewer says little."""
MIN_CLASS_ROWS = 5
"""Minimum rows of each of two classes for a score that compares them."""
MAX_SLICES = 300
MAX_PAIRED = 6
"""Maximum columns of which all pairs are crossed."""
N_RESAMPLES = 200
MAX_RESAMPLED_ROWS = 5_000
CLEAR = 0.05
"""Adjusted p below which a slice is said to differ."""


@dataclass(frozen=True)
class ScoredRows:
    """Rows whose truth and prediction are known.

    Attributes:
        metric: to score with.
        y: (m,) codes or values.
        prediction: what the metric takes of them.
    """

    metric: Metric
    y: Array
    prediction: Array

    def of(self, rows: Array) -> ScoredRows:
        """Return some of the rows."""
        return ScoredRows(self.metric, self.y[rows], self.prediction[rows])

    def score(self) -> float | None:
        """Return the score, None where it is undefined."""
        try:
            check_computable(self.metric.name, self.y)
            value = self.metric.score(self.y, self.prediction)
        except SpecError:
            return None
        return value if np.isfinite(value) else None


def with_pairs(groupings: Sequence[Grouping]) -> list[Grouping]:
    """Return the groupings, and the groups of rows that share two of them."""
    pairs = combinations(groupings[:MAX_PAIRED], 2)
    return [*groupings, *(first.crossed(second) for first, second in pairs)]


def find_slices(
    scored: ScoredRows, groupings: Sequence[Grouping], *, deadline: float, seed: int
) -> list[dict[str, Any]]:
    """Score every group of rows and compare it with the others; the worst first.

    Args:
        scored: all rows.
        groupings: of these rows.
        deadline: `time.monotonic()`; groups that are not reached by then are left out.
        seed: of the resamples.

    Returns:
        `{column, columns, value, rows, metric: {name, value, low, high}, difference, p, p_adjusted, worse}`: the
        difference from the score of all rows; p, of the comparison with the rows outside, is None where the slice is
        too small for one.
    """
    overall = scored.score()
    if overall is None:
        return []
    spread = bootstrap_standard_error(
        scored.metric, scored.y, scored.prediction, n_resamples=N_RESAMPLES, max_rows=MAX_RESAMPLED_ROWS, seed=seed
    )
    found: list[dict[str, Any]] = []
    for grouping in groupings:
        for group in grouping:
            if time.monotonic() >= deadline or len(found) == MAX_SLICES:
                break
            if len(group.rows) < MIN_ROWS:
                continue
            inside = np.zeros(len(scored.y), dtype=bool)
            inside[group.rows] = True
            entry = _slice(scored, inside, overall, spread, seed)
            found.append({"column": group.column, "columns": list(grouping.columns), "value": group.value, **entry})
    _adjust(found, scored.metric)
    sign = 1 if scored.metric.greater_is_better else -1
    return sorted(found, key=lambda each: (not each["worse"], sign * (each["difference"] or 0.0)))


def _slice(scored: ScoredRows, inside: Array, overall: float, spread: float, seed: int) -> dict[str, Any]:
    part, n, m = scored.of(inside), len(scored.y), int(inside.sum())
    value = part.score() if says_something(part) else None
    entry: dict[str, Any] = {
        "rows": m,
        "metric": {"name": scored.metric.name, "value": value, "low": None, "high": None},
        "difference": None if value is None else value - overall,
        "p": None,
    }
    if value is None:
        return entry
    interval = score_interval(scored.metric, part.y, part.prediction, n_resamples=N_RESAMPLES, seed=seed)
    entry["metric"] |= {"low": interval.low, "high": interval.high}
    rest = scored.of(~inside)
    other = rest.score() if says_something(rest) else None
    if other is None or interval.standard_error is None:
        return entry
    # In a small slice without any error the rows themselves show no spread: that of all rows is what it has by chance.
    errors = max(interval.standard_error, spread * np.sqrt(n / m)), spread * np.sqrt(n / (n - m))
    away = (value - other) / max(float(np.hypot(*errors)), 1e-300)
    entry["p"] = float(2 * stats.norm.sf(abs(away)))
    return entry


def says_something(part: ScoredRows) -> bool:
    """Return whether there are rows enough, of each class where their number is a few."""
    if len(part.y) < MIN_ROWS:
        return False
    if part.metric.name not in ("auc", "average_precision", "f1", "balanced_accuracy", "mcc"):
        return True
    counts = np.unique(part.y, return_counts=True)[1]
    return len(counts) > 1 and int(counts.min()) >= MIN_CLASS_ROWS


def _adjust(found: list[dict[str, Any]], metric: Metric) -> None:
    compared = [each for each in found if each["p"] is not None]
    adjusted = stats.false_discovery_control([each["p"] for each in compared]).tolist() if compared else []
    for each in found:
        each["p_adjusted"], each["worse"] = None, False
    for each, p in zip(compared, adjusted, strict=True):
        is_worse = (each["difference"] < 0) == metric.greater_is_better
        each["p_adjusted"], each["worse"] = p, bool(p < CLEAR and is_worse)
