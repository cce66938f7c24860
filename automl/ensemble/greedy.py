"""Greedy ensemble selection (Caruana et al. 2004): weights by adding, again and again, whichever member helps most."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from automl.metrics import Metric

STEPS = 30
MAX_MEMBERS = 25
MAX_ROWS = 20_000
MIN_WEIGHT = 0.03
BAGGED_ROWS = 2_500
BAGS = 15
"""On few rows greedy weights are luck: the mean of those of random halves (bagged selection, as in Caruana's paper)."""
# Rows -> members that so many rows can distinguish (AutoGluon's caps).
CAPS = ((100, 4), (500, 8), (2_500, 15), (10_000, MAX_MEMBERS))


@dataclass(frozen=True)
class SelectionSettings:
    """Bound a selection.

    Attributes:
        max_row_ms: members are passed over that would take the cost of a row beyond it; the cheapest is always allowed.
        together_share: share of `max_row_ms` that several members may take together; a single one may take all.
        max_members: only the weightiest so many keep their weights.
        deadline: `time.monotonic()` at which the weights reached so far are taken.
        seed: of samples of rows.
    """

    max_row_ms: float = float("inf")
    together_share: float = 1.0
    max_members: int = MAX_MEMBERS
    deadline: float = float("inf")
    seed: int = 0

    @property
    def together_ms(self) -> float:
        """What several members may take together."""
        return self.together_share * self.max_row_ms

    def until(self, deadline: float) -> SelectionSettings:
        """Bound it by another deadline."""
        return replace(self, deadline=deadline)


def max_members_for(n_rows: int) -> int:
    """Return how many members may be considered."""
    return next((cap for rows, cap in CAPS if n_rows <= rows), MAX_MEMBERS)


def greedy_weights(
    predictions: Sequence[npt.NDArray[Any]],
    y: npt.NDArray[Any],
    metric: Metric,
    row_ms: Sequence[float] = (),
    settings: SelectionSettings = SelectionSettings(),
) -> npt.NDArray[np.float64]:
    """Choose weights of shape (members,), summing to 1, that make the mean prediction score best on y.

    Args:
        predictions: of each member, shape (n, k) or (n,), best member first.
        y: shape (n,).
        metric: to be good at.
        row_ms: what each member costs a row.
        settings: limits of cost, members and time; its seed is of the sample of rows, where there are more than
            `MAX_ROWS`, and of the halves.
    """
    costs = np.asarray(row_ms if len(row_ms) else np.zeros(len(predictions)), dtype=np.float64)
    rng = np.random.default_rng(settings.seed)
    cap = max_members_for(len(y))
    if len(y) > MAX_ROWS:
        rows = np.sort(rng.choice(len(y), MAX_ROWS, replace=False))
        predictions, y = [each[rows] for each in predictions], y[rows]
    allowed = np.flatnonzero(costs[:cap] <= settings.max_row_ms)
    if not len(allowed):
        allowed = np.array([int(np.argmin(costs))])
    weights = _greedy(predictions, y, metric, allowed, costs, settings)
    if len(y) <= BAGGED_ROWS and len(allowed) > 1:
        total, bags = np.zeros(len(predictions)), 0
        while bags < BAGS and time.monotonic() < settings.deadline:
            rows = rng.choice(len(y), max(1, len(y) // 2), replace=False)
            halves = [each[rows] for each in predictions]
            total += _greedy(halves, y[rows], metric, allowed, costs, settings)
            bags += 1
        if bags:
            bagged = _pruned(total / bags, costs, settings)
            # Halves of very few rows may lead astray all together.
            if metric.signed(y, weighted_mean(predictions, bagged)) >= metric.signed(y, predictions[allowed[0]]):
                return bagged
    return _pruned(weights, costs, settings)


def _greedy(
    predictions: Sequence[npt.NDArray[Any]],
    y: npt.NDArray[Any],
    metric: Metric,
    allowed: npt.NDArray[np.intp],
    costs: npt.NDArray[np.float64],
    settings: SelectionSettings,
) -> npt.NDArray[np.float64]:
    counts = np.zeros(len(predictions))
    total = np.zeros_like(predictions[0], dtype=np.float64)
    best_score, best_counts = -np.inf, counts
    for step in range(1, STEPS + 1):
        spent = costs[counts > 0].sum()
        scores = {
            member: metric.signed(y, (total + predictions[member]) / step)
            for member in map(int, allowed)
            if counts[member] or step == 1 or spent + costs[member] <= settings.together_ms
        }
        chosen = max(scores, key=lambda member: scores[member])
        total += predictions[chosen]
        counts[chosen] += 1
        if scores[chosen] > best_score + 1e-9:
            best_score, best_counts = scores[chosen], counts.copy()
        if time.monotonic() >= settings.deadline:
            break
    if not best_counts.any():  # the metric is undefined on these rows
        best_counts[allowed[0]] = 1
    return np.asarray(best_counts / best_counts.sum(), dtype=np.float64)


def _pruned(
    weights: npt.NDArray[np.float64], costs: npt.NDArray[np.float64], settings: SelectionSettings
) -> npt.NDArray[np.float64]:
    """Keep the weightiest members that are affordable together; trifles go, but for the first."""
    kept = np.zeros_like(weights)
    for place, member in enumerate(np.argsort(-weights, kind="stable")[: settings.max_members]):
        cost_ms = costs[kept > 0].sum() + costs[member]
        if place == 0 or (weights[member] >= MIN_WEIGHT and cost_ms <= settings.together_ms):
            kept[member] = weights[member]
    return np.asarray(kept / kept.sum(), dtype=np.float64)


def weighted_mean(predictions: Sequence[npt.NDArray[Any]], weights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the weighted mean of the members' predictions."""
    chosen = [(weight, each) for weight, each in zip(weights, predictions, strict=True) if weight]
    total = np.zeros_like(predictions[0], dtype=np.float64)
    for weight, each in chosen:
        total += weight * each
    return total
