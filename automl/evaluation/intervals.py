"""Where the score of a model on all rows of its kind may lie, given its score on some: 95 % intervals.

Shares (accuracy) have Wilson's interval. Scores of chosen classes have that of the percentile bootstrap of the
confusion matrix, whose cells are each given a trace of a row: what has not been seen in a few rows is not impossible.
Rankings (AUC, average precision) have that of the rows, means of losses the bootstrap-t. What asks how well classes are
told apart, whatever their frequency, is resampled within each class.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import stats

from automl._typing import Array
from automl.evaluation.calibration import wilson
from automl.evaluation.loss_intervals import LOSSES, METHOD, loss_interval
from automl.metrics import Metric

N_RESAMPLES = 1_000
MIN_DEFINED = 0.5
"""Minimum share of the resamples on which a score is defined: fewer tell nothing of its spread."""
MAX_ROWS = 20_000
"""Maximum rows of one resample: the spread shrinks with the square root of the rows, so that fewer tell it as well."""
MAX_CELLS = 100_000
"""Maximum probabilities of one resample: with many classes it has fewer rows."""
MIN_ROWS = 2_000
LEVEL = 0.95
WITHIN_CLASSES = ("auc", "balanced_accuracy")
"""Metrics that do not depend on how frequent the classes are."""
_UNIT = (0.0, 1.0)
BOUNDS = {
    **dict.fromkeys(("auc", "average_precision", "f1", "f1_macro", "balanced_accuracy", "accuracy"), _UNIT),
    "mcc": (-1.0, 1.0),
}
"""Least and greatest values of what is resampled here."""
TRACE = 2.0
"""Rows that all cells of a confusion matrix are given together: of two classes half a one each (Jeffreys)."""


@dataclass(frozen=True)
class ScoreInterval:
    """The 95 % interval of a score; None where it cannot be told.

    Attributes:
        low, high: its ends.
        standard_error: of the score.
        method: how it was found, in words.
    """

    low: float | None
    high: float | None
    standard_error: float | None
    method: str


def score_interval(
    metric: Metric, y: Array, prediction: Array, *, n_resamples: int = N_RESAMPLES, seed: int = 0
) -> ScoreInterval:
    """Return the interval of a score.

    Args:
        metric: to score with.
        y: (n,) codes or values.
        prediction: probabilities (n, k), codes (n,) or values (n,), as the metric takes them.
        n_resamples: how many to draw.
        seed: of the resamples.
    """
    truth, guess = np.asarray(y), np.asarray(prediction)
    n, value = len(truth), metric.score(truth, guess)
    if metric.name == "accuracy":
        low, high = wilson(value, n)
        return ScoreInterval(low, high, float(np.sqrt(value * (1 - value) / n)), "Wilson")
    within = metric.name in WITHIN_CLASSES
    method = f"{'stratified ' if within else ''}bootstrap, {n_resamples}"
    if n < 2 or not np.isfinite(value):
        return ScoreInterval(None, None, None, method)
    width = guess.shape[1] if guess.ndim == 2 else 1
    m = min(n, MAX_ROWS, max(MIN_ROWS, MAX_CELLS // width))
    tail = _tail(_rarest(truth) if within else n)
    if metric.name in LOSSES:
        found = loss_interval(metric.name, truth, guess, _draw(n, m, n_resamples, seed), tail, np.sqrt(m / n))
        method = f"{METHOD}, {n_resamples}"
        return ScoreInterval(None, None, None, method) if found is None else ScoreInterval(*found, method)
    if metric.needs_proba:
        resamples = _draw_within(truth, m, n_resamples, seed) if within else _draw(n, m, n_resamples, seed)
        drawn = np.array([metric.score(truth[rows], guess[rows]) for rows in resamples])
    else:
        tables = _draw_tables(truth, guess, m, n_resamples, seed, within=within)
        drawn = np.array([metric.score(*pair) for pair in tables])
    drawn = drawn[np.isfinite(drawn)]
    if len(drawn) < MIN_DEFINED * n_resamples:
        return ScoreInterval(None, None, None, method)
    away = (drawn - value) * np.sqrt(m / n)
    low, high = (float(value + np.quantile(away, share)) for share in (tail, 1 - tail))
    least, greatest = BOUNDS[metric.name]
    if low == high:
        low, high = _unseen_errors(value, least, greatest, _rarest(truth))
    # The score itself is always inside, also where traces of rows have moved all that was drawn.
    low, high = max(min(low, value), least), min(max(high, value), greatest)
    return ScoreInterval(low, high, float(away.std(ddof=1)), method)


def _tail(n: int) -> float:
    """Return the share of resamples beyond either end: below 2.5 % for few rows, whose spread is too narrow."""
    if n < 2:
        return 0.0
    return float(stats.norm.cdf(-np.sqrt(n / (n - 1)) * stats.t.ppf((1 + LEVEL) / 2, n - 1)))


def _unseen_errors(value: float, least: float, greatest: float, n: int) -> tuple[float, float]:
    """Return the interval of a score that no resample moves, as nothing (or everything) was wrong in n rows."""
    margin = (1 - wilson(1.0, n)[0]) * (greatest - least)
    return value - margin, value + margin


def _rarest(classes: Array) -> int:
    return int(np.unique(classes, return_counts=True)[1].min())


def _draw(n: int, m: int, n_resamples: int, seed: int) -> Iterator[Array]:
    rng = np.random.default_rng(seed)
    for _ in range(n_resamples):
        yield rng.integers(0, n, m)


def _draw_within(classes: Array, m: int, n_resamples: int, seed: int) -> Iterator[Array]:
    """Draw m of the rows, of each class its share, at least one."""
    sizes = np.unique(classes, return_counts=True)[1]
    members = np.split(np.argsort(classes, kind="stable"), np.cumsum(sizes)[:-1])
    wanted = np.maximum(np.round(sizes * (m / len(classes))), 1).astype(int).tolist()
    rng = np.random.default_rng(seed)
    for _ in range(n_resamples):
        pairs = zip(members, wanted, strict=True)
        yield np.concatenate([rows[rng.integers(0, len(rows), count)] for rows, count in pairs])


def _draw_tables(
    truth: Array, chosen: Array, m: int, n_resamples: int, seed: int, *, within: bool
) -> Iterator[tuple[Array, Array]]:
    """Draw m rows as truth and choice, by the frequencies of the confusion matrix."""
    k = int(max(truth.max(), chosen.max())) + 1
    cells = np.bincount(truth * k + chosen, minlength=k * k).astype(np.float64)
    # Classes that do not occur get no traces: no score counts them.
    occurs = np.bincount(truth, minlength=k) > 0
    named = occurs | (np.bincount(chosen, minlength=k) > 0)
    possible = np.outer(occurs, named).ravel()
    cells[possible] += TRACE / k**2
    shares = cells / cells.sum()
    pairs = np.divmod(np.arange(k * k), k)
    rng = np.random.default_rng(seed)
    sizes = np.maximum(np.round(np.bincount(truth, minlength=k) * (m / len(truth))), occurs).astype(int)
    rows = shares.reshape(k, k) / np.maximum(shares.reshape(k, k).sum(axis=1, keepdims=True), 1e-300)
    for _ in range(n_resamples):
        if within:
            counts = np.concatenate([rng.multinomial(size, p) for size, p in zip(sizes, rows, strict=True) if size])
            places = np.flatnonzero(np.repeat(occurs, k))
        else:
            counts, places = rng.multinomial(m, shares), np.arange(k * k)
        yield np.repeat(pairs[0][places], counts), np.repeat(pairs[1][places], counts)
