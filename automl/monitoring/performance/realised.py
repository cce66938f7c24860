"""Realised performance: the score on those rows of a window whose truth is known, with its interval.

Labels rarely come for a fair share of the rows: who was refused a loan never pays one back. Where the labelled rows
differ from the window by what was answered to them, each counts by the inverse of how often such a row is labelled.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from automl._typing import Array
from automl.evaluation.calibration import wilson
from automl.monitoring.columns.statistics import compare_labels
from automl.monitoring.performance.uncertainty import Interval, count_resamples, resample

Floats = npt.NDArray[np.float64]

N_RESAMPLES = 300
MIN_ROWS = 10
MAX_P = 0.01
N_BANDS = 5


@dataclass(frozen=True)
class LabelledRows:
    """Which rows of a window are labelled, and how much each counts.

    Attributes:
        rows: places of the labelled ones.
        weights: of these, with mean 1.
        by_answer: `{answer, rows, labelled}` of each answer.
        weighted: whether the weights differ.
        uncovered: share of the window's rows with an answer of which no row is labelled.
    """

    rows: npt.NDArray[np.intp]
    weights: Floats
    by_answer: list[dict[str, Any]]
    weighted: bool
    uncovered: float

    @property
    def effective(self) -> float:
        """How many rows that count alike would say as much (Kish 1965)."""
        return float(self.weights.sum() ** 2 / (self.weights**2).sum()) if len(self.rows) else 0.0


def labelled_rows(labelled: Array, groups: Array, names: list[str]) -> LabelledRows:
    """Weigh the labelled rows so that they stand for the window.

    Args:
        labelled: bool (n,).
        groups: (n,) codes of what was answered to each row.
        names: of the codes.
    """
    all_of = np.bincount(groups, minlength=len(names))
    known = np.bincount(groups[labelled], minlength=len(names))
    p = compare_labels(all_of - known, known).p
    weighted = p is not None and p < MAX_P
    rows = np.flatnonzero(labelled)
    weights = np.ones(len(rows))
    if weighted:
        weights = (all_of / np.maximum(known, 1))[groups[rows]]
        weights = weights / weights.mean()
    by_answer = [
        {"answer": name, "rows": int(n), "labelled": int(part)}
        for name, n, part in zip(names, all_of, known, strict=True)
        if n
    ]
    uncovered = float(all_of[known == 0].sum() / max(all_of.sum(), 1))
    return LabelledRows(rows, weights, by_answer, weighted, uncovered)


def bands(values: Array) -> tuple[npt.NDArray[np.intp], list[str]]:
    """Group numbers (n,) into fifths: their codes, and the name of each."""
    edges = np.unique(np.quantile(values, np.linspace(0, 1, N_BANDS + 1)[1:-1]))
    bounds = [f"{edge:.4g}" for edge in edges.tolist()]
    names = [f"below {bounds[0]}", *(f"{a} to {b}" for a, b in pairwise(bounds))]
    return np.searchsorted(edges, values, side="right"), [*names, f"{bounds[-1]} or more"]


def realised_score(
    metric: str, score: Callable[[Floats], float], labelled: LabelledRows, rng: np.random.Generator, width: int = 1
) -> tuple[Interval, str] | None:
    """Return the score with its interval, and how that was made; None where it is undefined or rows are too few.

    Args:
        metric: its name.
        score: of the labelled rows, each counting by a weight.
        labelled: the labelled rows.
        rng: of resamples.
        width: numbers that the score takes a row: the more, the fewer resamples.
    """
    n = len(labelled.rows)
    if n < MIN_ROWS or not np.isfinite(value := score(labelled.weights)):
        return None
    by = f"weighted, {labelled.effective:,.0f} effective rows, " if labelled.weighted else ""
    if metric == "accuracy":
        low, high = wilson(value, max(1, round(labelled.effective)))
        return Interval(value, min(low, value), max(high, value)), f"{by}Wilson"
    n_resamples = count_resamples(N_RESAMPLES, n * width)
    drawn = np.array([score(labelled.weights * resample(n, rng)) for _ in range(n_resamples)])
    known = drawn[np.isfinite(drawn)]
    if len(known) < n_resamples / 2:
        return None
    low, high = np.quantile(known, (0.025, 0.975))
    return Interval(value, float(low), float(high)), f"{by}bootstrap, {n_resamples} resamples"
