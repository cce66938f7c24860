"""What a threshold earns: the profit of calling rows positive at and above a probability, with its error.

A label that is answered has consequences, and what each is worth is for the user to say: a hit, a false alarm, a miss,
a row rightly passed over. The threshold of most profit follows from these worths alone where probabilities are right
(Elkan 2001); where rows say otherwise, and more than by chance, they are believed.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from automl._typing import Array
from automl.errors import SpecError

PER_ROWS = 1_000
"""Profits are of so many rows."""
RESAMPLES = 500
CONFIDENCE = 0.95
GRID = np.arange(1, 100) / 100
QUANTILES = np.linspace(0, 1, 101)
"""Of the probabilities: where the class is rare, all interesting thresholds lie far below one half."""
MAX_GAIN = 1e12

METHOD = f"bootstrap of the rows, {RESAMPLES:,} resamples, {CONFIDENCE:.0%}"
BY_GAINS = "from the gains alone: the probabilities are calibrated, and no other threshold earns more than by chance"
BY_ROWS = "from the rows: it earns more than the threshold that follows from the gains, by more than its error"


@dataclass(frozen=True)
class Gains:
    """What an answer is worth; negative is a cost.

    Attributes:
        tp: a positive row called positive, a hit.
        fp: another row called positive, a false alarm.
        fn: a positive row that is not called so, a miss.
        tn: another row that is not called positive.

    Raises:
        SpecError: `BAD_GAINS`; `GAINS_DECIDE_NOTHING`, where one label is the better answer for every row.
    """

    tp: float = 0.0
    fp: float = -1.0
    fn: float = -1.0
    tn: float = 0.0

    def __post_init__(self) -> None:
        if not all(math.isfinite(value) and abs(value) <= MAX_GAIN for value in asdict(self).values()):
            raise SpecError("BAD_GAINS", f"A gain is a number of at most {MAX_GAIN:g}.", "Use a larger unit.")
        if self.tp <= self.fn or self.tn <= self.fp:
            better = "a miss as a hit" if self.tp <= self.fn else "a false alarm as passing the row over"
            raise SpecError(
                "GAINS_DECIDE_NOTHING",
                f"These gains make {better} worth as much, or more: one answer would do for all rows.",
                "Make tp greater than fn, and tn greater than fp.",
            )

    @property
    def threshold(self) -> float:
        """The probability at which both answers are worth the same."""
        passed, caught = self.tn - self.fp, self.tp - self.fn
        return passed / (passed + caught)


def profit_curve(positive: Array, probability: Array, gains: Gains, own: float, *, seed: int = 0) -> dict[str, Any]:
    """Compute the profit of each threshold on rows that the model has not seen.

    Args:
        positive: bool (n,).
        probability: (n,) of the positive class.
        gains: what answers are worth.
        own: the threshold that is used at present, in (0, 1).
        seed: of the bootstrap.

    Returns:
        `{rows, positive_rows, gains, points, current, best, improvement, always, never, method}`. A point is
        `{threshold, profit, low, high, tp, fp, fn, tn, called}`, all but the last of `PER_ROWS` rows; `best` has in
        addition `why`, and `threshold_low`, `threshold_high`: where resampled rows put the best threshold. Its profit
        is that to be expected on new rows: what a threshold gains by having been chosen on these is taken off.
    """
    n = len(positive)
    thresholds = _thresholds(probability, own, gains.threshold)
    # A row is called positive at all thresholds up to its probability.
    reached = np.searchsorted(thresholds, probability, side="right")
    cells = np.bincount(reached + (len(thresholds) + 1) * positive, minlength=2 * len(thresholds) + 2)
    resampled = np.random.default_rng(seed).multinomial(n, cells / n, size=RESAMPLES)
    profit, drawn = _profits(cells, gains, n), _profits(resampled, gains, n)
    low, high = _interval(drawn)
    counts = _counts(cells)
    points = [
        {
            "threshold": float(thresholds[i]), "profit": float(profit[i]), "low": float(low[i]), "high": float(high[i]),
            **{name: float(PER_ROWS * each[i] / n) for name, each in counts.items()},
            "called": float((counts["tp"][i] + counts["fp"][i]) / n),
        }
        for i in range(len(thresholds))
    ]  # fmt: skip
    current = int(np.searchsorted(thresholds, own))
    chosen, found = _best(thresholds, profit, drawn, gains.threshold)
    shift = found["profit"] - float(profit[chosen])
    difference = _interval(drawn[:, chosen] - drawn[:, current])
    n_positive = int(positive.sum())
    return {
        "rows": n,
        "positive_rows": n_positive,
        "gains": asdict(gains),
        "points": points,
        "current": points[current],
        "best": points[chosen] | found,
        "improvement": {
            "value": float(profit[chosen] - profit[current]) + shift,
            "low": float(difference[0]) + shift,
            "high": float(difference[1]) + shift,
        },
        "always": PER_ROWS * (gains.tp * n_positive + gains.fp * (n - n_positive)) / n,
        "never": PER_ROWS * (gains.fn * n_positive + gains.tn * (n - n_positive)) / n,
        "method": METHOD,
    }


def _thresholds(probability: Array, *wanted: float) -> Array:
    """Return thresholds in (0, 1), ascending: a grid, the quantiles in few digits, and those that are wanted."""
    quantiles = [float(f"{each:.3g}") for each in np.quantile(probability, QUANTILES)]
    found = np.unique([*GRID, *quantiles, *wanted])
    return np.asarray(found[(found > 0) & (found < 1)])


def _counts(cells: Array) -> dict[str, Array]:
    """Return tp, fp, fn, tn of each threshold, (..., k), from counts of rows by class and thresholds reached."""
    by_class = cells.reshape(*cells.shape[:-1], 2, -1)
    called = np.cumsum(by_class[..., ::-1], axis=-1)[..., ::-1]
    rows, called = called[..., :1], called[..., 1:]
    missed = rows - called
    return {"tp": called[..., 1, :], "fp": called[..., 0, :], "fn": missed[..., 1, :], "tn": missed[..., 0, :]}


def _profits(cells: Array, gains: Gains, n: int) -> Array:
    total: Any = sum(getattr(gains, name) * count for name, count in _counts(cells).items())
    return np.asarray(PER_ROWS * total / n)


def _interval(drawn: Array) -> Array:
    return np.asarray(np.quantile(drawn, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=0))


def _best(thresholds: Array, profit: Array, drawn: Array, by_gains: float) -> tuple[int, dict[str, Any]]:
    """Return the place of the best threshold, and its profit on new rows with the interval."""
    safe = int(np.searchsorted(thresholds, by_gains))
    # Of equals the one that is nearest to what the gains ask for.
    equal = np.flatnonzero(np.isclose(profit, profit.max(), rtol=1e-12, atol=1e-9))
    top = int(equal[np.argmin(np.abs(thresholds[equal] - thresholds[safe]))])
    picks = drawn.argmax(axis=1)
    picked = drawn[np.arange(len(drawn)), picks]
    low, high = np.quantile(thresholds[picks], [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    found: dict[str, Any] = {"threshold_low": float(low), "threshold_high": float(high)}
    expected = float(profit[top] - (picked - profit[picks]).mean())
    if expected - profit[safe] > float((drawn[:, top] - drawn[:, safe]).std()):
        shift = expected - picked.mean()
        edges = _interval(picked) + shift
        return top, found | {"profit": expected, "low": float(edges[0]), "high": float(edges[1]), "why": BY_ROWS}
    return safe, found | {"profit": float(profit[safe]), "why": BY_GAINS}
