"""Performance of a regression without labels: a small model of how far it is off, given the row (DLE)."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from automl._typing import Array
from automl.errors import SpecError
from automl.metrics import check_computable
from automl.monitoring.columns.feature_matrix import FeatureMatrix, boost
from vocabulary import METRICS_BY_TASK

Floats = npt.NDArray[np.float64]

N_TREES = 60
N_FOLDS = 3
MAX_FIT_ROWS = 10_000
MIN_ROWS = 100


def _relative(y: Floats, predicted: Floats) -> Floats:
    return np.asarray(np.abs(y - predicted) / np.maximum(np.abs(y), np.finfo(np.float64).eps))


def _squared_log(y: Floats, predicted: Floats) -> Floats:
    return np.asarray((np.log1p(np.maximum(y, 0)) - np.log1p(np.maximum(predicted, 0))) ** 2)


_LOSSES: dict[str, Callable[[Floats, Floats], Floats]] = {
    "absolute": lambda y, predicted: np.abs(y - predicted),
    "squared": lambda y, predicted: (y - predicted) ** 2,
    "relative": _relative,
    "squared_log": _squared_log,
}
LOSS_OF = {"mae": "absolute", "rmse": "squared", "r2": "squared", "mape": "relative", "rmsle": "squared_log"}


class ValueEstimate:
    """Direct loss estimation: LightGBM learns the out-of-fold error from the row and the prediction.

    Args:
        features: of the reference's m rows.
        y: (m,) their truth.
        predicted: (m,) by models that have not seen them.
        features_now: of n new rows.
        predicted_now: (n,) what was answered to them.
        seed: of the folds.
        deadline: `time.monotonic()`; metrics not reached by then are left out.
    """

    method = "DLE"

    def __init__(
        self,
        features: FeatureMatrix,
        y: Array,
        predicted: Array,
        features_now: FeatureMatrix,
        predicted_now: Array,
        *,
        seed: int = 0,
        deadline: float | None = None,
    ) -> None:
        self.y, self.predicted = np.asarray(y, dtype=np.float64), np.asarray(predicted, dtype=np.float64)
        self.predicted_now = np.asarray(predicted_now, dtype=np.float64)
        self.losses: dict[str, Floats] = {}
        self.expected: dict[str, Floats] = {}
        self.expected_now: dict[str, Floats] = {}
        both = features.with_column(self.predicted), features_now.with_column(self.predicted_now)
        for loss in dict.fromkeys(LOSS_OF[metric] for metric in computable_metrics(self.y)):
            if deadline is not None and self.losses and time.monotonic() > deadline:
                break
            self.losses[loss] = _LOSSES[loss](self.y, self.predicted)
            self.expected[loss], self.expected_now[loss] = _expected_losses(self.losses[loss], *both, seed)

    @property
    def metrics(self) -> tuple[str, ...]:
        """Metrics that can be estimated."""
        return tuple(metric for metric in METRICS_BY_TASK["regression"] if LOSS_OF[metric] in self.losses)

    @property
    def n_reference(self) -> int:
        """Rows of the reference."""
        return len(self.y)

    @property
    def width(self) -> int:
        """Numbers a row."""
        return 1

    def on_reference(self, metric: str, weights: Floats | None = None) -> tuple[float, float]:
        """Return the score on the rows of the reference, and what would have been estimated of them.

        Args:
            metric: one of `metrics`.
            weights: (m,) of the rows; None is 1 each.
        """
        loss = LOSS_OF[metric]
        by = np.ones(len(self.y)) if weights is None else weights
        real = finished(metric, _mean(self.losses[loss], by), variance=_variance(self.y, by))
        return real, self._score(metric, self.expected[loss], self.predicted, by)

    def estimated(self, metric: str) -> float:
        """Return the expected score on the new rows."""
        return self._score(metric, self.expected_now[LOSS_OF[metric]], self.predicted_now)

    def simulated(self, metric: str, rng: np.random.Generator) -> float:
        """Return a score on the new rows as it would be if errors spread around the estimate as on the reference."""
        loss = LOSS_OF[metric]
        drawn = self.expected_now[loss] * self._ratios(loss, len(self.predicted_now), rng)
        return self._score(metric, drawn, self.predicted_now)

    def simulated_on_reference(self, metric: str, weights: Floats, rng: np.random.Generator) -> float:
        """Return the same on weighted rows of the reference."""
        loss = LOSS_OF[metric]
        drawn = self.expected[loss] * self._ratios(loss, len(self.y), rng)
        return self._score(metric, drawn, self.predicted, weights)

    def _ratios(self, loss: str, n: int, rng: np.random.Generator) -> Floats:
        ratios = self.losses[loss] / self.expected[loss]
        return np.asarray(rng.choice(ratios / max(float(ratios.mean()), 1e-300), n))

    def _score(self, metric: str, losses: Floats, predicted: Floats, weights: Floats | None = None) -> float:
        by = np.ones(len(losses)) if weights is None else weights
        mean = _mean(losses, by)
        # Of a calibrated prediction, the target varies as the prediction does and as far as that is off.
        return finished(metric, mean, variance=_variance(predicted, by) + mean)


def finished(metric: str, mean_loss: float, *, variance: float) -> float:
    """Return the metric that a mean loss makes.

    Args:
        metric: of regression.
        mean_loss: mean of its loss over the rows.
        variance: of the target, for R².
    """
    if metric in ("rmse", "rmsle"):
        return float(np.sqrt(mean_loss))
    if metric == "r2":
        return 1 - mean_loss / variance if variance > 0 else float("nan")
    return mean_loss


def score_values(metric: str, y: Floats, predicted: Floats, weights: Floats) -> float:
    """Return the score of weighted rows."""
    loss = _LOSSES[LOSS_OF[metric]](y, predicted)
    return finished(metric, _mean(loss, weights), variance=_variance(y, weights))


def computable_metrics(y: Floats) -> list[str]:
    """List the metrics that have a meaning for such a target."""
    found = []
    for metric in METRICS_BY_TASK["regression"]:
        try:
            check_computable(metric, y)
        except SpecError:
            continue
        found.append(metric)
    return found


def _expected_losses(losses: Floats, reference: FeatureMatrix, now: FeatureMatrix, seed: int) -> tuple[Floats, Floats]:
    """Return the expected loss of each row of the reference, by a model that has not seen it, and of each new row."""
    scale = float(losses.mean())
    if len(losses) < MIN_ROWS or not scale > 0 or not np.isfinite(scale):
        return np.full(len(losses), max(scale, 1e-300)), np.full(len(now.values), max(scale, 1e-300))
    fold = np.random.default_rng(seed).permutation(len(losses)) % N_FOLDS
    expected, expected_now = np.empty(len(losses)), np.zeros(len(now.values))
    # Tweedie: losses are positive, skewed, and spread with their mean.
    objective = {"objective": "tweedie", "tweedie_variance_power": 1.5}
    for index in range(N_FOLDS):
        inside, outside = np.flatnonzero(fold != index)[:MAX_FIT_ROWS], np.flatnonzero(fold == index)
        model = boost(reference, losses / scale, inside, objective, N_TREES, seed)
        expected[outside] = model.predict(reference.values[outside]) * scale
        expected_now += model.predict(now.values) * (scale / N_FOLDS)
    level = scale / float(expected.mean())
    return expected * level, expected_now * level


def _mean(values: Floats, weights: Floats) -> float:
    total = float(weights.sum())
    return float((values * weights).sum() / total) if total > 0 else float("nan")


def _variance(values: Floats, weights: Floats) -> float:
    return _mean((values - _mean(values, weights)) ** 2, weights)
