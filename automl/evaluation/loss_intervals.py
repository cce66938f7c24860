"""The 95 % interval of a loss that is a mean over rows: the bootstrap-t on its logarithm (Efron 1981; Hall 1988).

Errors are skewed: a few large ones make up much of the mean, and a table without them shows too small a spread. The
percentiles of resampled means take no notice; those of resampled means in units of their own standard error do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from automl._typing import Array

Floats = npt.NDArray[np.float64]
METHOD = "bootstrap-t"


class _Loss(NamedTuple):
    """A score out of means over rows: `score(mean of of_row)`, the mean divided by the spread if it is `relative`."""

    of_row: Callable[[Array, Array], Floats]
    score: Callable[[Floats], Floats]
    relative: bool = False


def _errors(y: Array, prediction: Array) -> Floats:
    return np.asarray(y, dtype=np.float64) - np.asarray(prediction, dtype=np.float64).ravel()


def _log_errors(y: Array, prediction: Array) -> Floats:
    known = np.maximum(np.asarray(prediction, dtype=np.float64).ravel(), 0)
    return np.asarray(np.log1p(np.asarray(y, dtype=np.float64)) - np.log1p(known))


def _log_losses(y: Array, prediction: Array) -> Floats:
    values = np.clip(np.asarray(prediction, dtype=np.float64), 1e-7, 1.0)
    return np.asarray(np.log(values.sum(axis=1)) - np.log(values[np.arange(len(y)), np.asarray(y, dtype=np.intp)]))


LOSSES: Mapping[str, _Loss] = {
    "log_loss": _Loss(_log_losses, lambda mean: mean),
    "mae": _Loss(lambda y, p: np.abs(_errors(y, p)), lambda mean: mean),
    "mape": _Loss(lambda y, p: np.abs(_errors(y, p)) / np.abs(y), lambda mean: mean),
    "rmse": _Loss(lambda y, p: _errors(y, p) ** 2, np.sqrt),
    "rmsle": _Loss(lambda y, p: _log_errors(y, p) ** 2, np.sqrt),
    "r2": _Loss(lambda y, p: _errors(y, p) ** 2, lambda share: 1 - share, relative=True),
}
"""By the name of the metric; what each is of the truth and the prediction is said in `automl.metrics`."""


class LossInterval(NamedTuple):
    """Ends of the interval, and the standard error of the score."""

    low: float
    high: float
    standard_error: float


def loss_interval(
    name: str, y: Array, prediction: Array, resamples: Iterable[Array], tail: float, shrink: float
) -> LossInterval | None:
    """Return the interval of a score in `LOSSES`; None where it cannot be told, as without any error.

    Args:
        name: of the metric.
        y: (n,) codes or values.
        prediction: what the metric takes.
        resamples: rows of each resample.
        tail: share of the resamples beyond either end.
        shrink: square root of the rows of a resample by n.
    """
    loss = LOSSES[name]
    losses, truth = loss.of_row(y, prediction), np.asarray(y, dtype=np.float64)
    level, error = _log_level(losses, truth, loss.relative)
    if not np.isfinite(level) or not error > 0:
        return None
    drawn = np.array([_log_level(losses[rows], truth[rows], loss.relative) for rows in resamples])
    levels, errors = drawn[:, 0], drawn[:, 1]
    usable = np.isfinite(levels) & (errors > 0)
    if usable.sum() < len(drawn) / 2:
        return None
    away = (levels[usable] - level) / errors[usable]
    least, greatest = np.quantile(away, [tail, 1 - tail])
    ends = loss.score(np.exp(level - error * np.array([greatest, least])))
    spread = loss.score(np.exp(level + (levels[usable] - level) * shrink)).std(ddof=1)
    return LossInterval(float(ends.min()), float(ends.max()), float(spread))


def _log_level(losses: Floats, truth: Floats, relative: bool) -> tuple[float, float]:
    """Return the logarithm of the mean loss, or of its ratio to the variance, and its standard error."""
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = losses.mean()
        level, influence = np.log(mean), losses / mean
        if relative:
            squares = (truth - truth.mean()) ** 2
            spread = squares.mean()
            level, influence = level - np.log(spread), influence - squares / spread
        return float(level), float(influence.std(ddof=1) / np.sqrt(len(losses)))
