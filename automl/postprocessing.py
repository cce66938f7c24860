"""The last steps between a blend and an answer: the target's scale, calibration, and the choice of a class."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from automl._typing import Array
from automl.errors import SpecError
from automl.metrics import Metric

MIN_ROWS_BINARY = 3_000
MIN_ROWS_MULTICLASS = 500
MIN_ROWS_REGRESSION = 200
"""Minimum out-of-fold rows for calibration, by task: with fewer a temperature is noise."""
MIN_PROBABILITY = 1e-9
"""Minimum probability; smaller ones count as this where logarithms or powers of them are taken."""
THRESHOLDS = np.linspace(0.02, 0.98, 97)
PRIOR_POWERS = np.linspace(0.0, 1.2, 13)
TIE = 1e-12
"""So much below a threshold a probability still reaches it: whoever is on the very threshold is called positive."""


@dataclass(frozen=True)
class TargetScaler:
    """Between a regression target and what models learn: mean 0, deviation 1, so that penalties mean the same in all.

    Attributes:
        kind: linear; log1p for metrics of logarithms; log for relative errors of positive targets.
        mean, deviation: of the target after `kind`.
        low, high: of the scaled target; predicted logarithms stay near them, or their exponentials would run away.
    """

    kind: str = "linear"
    mean: float = 0.0
    deviation: float = 1.0
    low: float = -np.inf
    high: float = np.inf

    @classmethod
    def fit(cls, y: Array, metric: str) -> TargetScaler:
        """Fit the scale that suits the metric."""
        kind = "linear"
        if metric == "rmsle" and y.min() >= 0:
            kind = "log1p"
        elif metric == "mape" and y.min() > 0:
            kind = "log"
        values = cls(kind)._apply_log(y)
        deviation = float(values.std()) or 1.0
        mean = float(values.mean())
        low, high = ((float(edge) - mean) / deviation for edge in (values.min(), values.max()))
        return cls(kind, mean, deviation, low, high)

    def transform(self, y: Array) -> Array:
        """Convert the target to the model's scale, float64."""
        return np.asarray((self._apply_log(y) - self.mean) / self.deviation)

    def inverse_transform(self, values: Array) -> Array:
        """Convert the model's output to the target's scale, float64."""
        # First the type: a target far from 0 may vary by less than float32 resolves there.
        values = np.asarray(values, dtype=np.float64)
        if self.kind == "linear":
            return np.asarray(values * self.deviation + self.mean)
        margin = 0.1 * (self.high - self.low)
        turned = np.clip(values, self.low - margin, self.high + margin) * self.deviation + self.mean
        return np.asarray(np.expm1(turned) if self.kind == "log1p" else np.exp(turned))

    def _apply_log(self, y: Array) -> Array:
        values = np.asarray(y, dtype=np.float64)
        if self.kind == "linear":
            return values
        return np.asarray(np.log1p(values) if self.kind == "log1p" else np.log(values))


def apply_temperature(probabilities: Array, temperature: float) -> Array:
    """Apply temperature scaling (Guo et al. 2017): p^(1/T), normalised; T > 1 is more modest."""
    if temperature == 1.0:
        return probabilities
    powered = np.clip(probabilities, MIN_PROBABILITY, 1.0) ** (1.0 / temperature)
    return np.asarray(powered / powered.sum(axis=1, keepdims=True))


def fit_temperature(probabilities: Array, y: Array, metric: Metric) -> float:
    """Fit the temperature of least log loss, or 1 where there are too few rows for it.

    Weights chosen by log loss have settled the level already, and many rows are needed to find fault with it; weights
    chosen by another metric (ranks, labels) have not.
    """
    from scipy.optimize import minimize_scalar

    enough = MIN_ROWS_REGRESSION
    if metric.name == "log_loss":
        enough = MIN_ROWS_BINARY if probabilities.shape[1] == 2 else MIN_ROWS_MULTICLASS
    if len(y) < enough:
        return 1.0
    rows = np.arange(len(y))

    def loss(log_temperature: float) -> float:
        tempered = apply_temperature(probabilities, float(np.exp(log_temperature)))
        return float(-np.log(np.maximum(tempered[rows, y], MIN_PROBABILITY)).mean())

    found = minimize_scalar(loss, bounds=(-1.0, 1.0), method="bounded")
    return float(np.exp(found.x)) if found.fun < loss(0.0) else 1.0


def fit_class_multipliers(probabilities: Array, y: Array, metric: Metric) -> Array:
    """Fit factors (k,) to multiply probabilities with before taking the likeliest class.

    Ones, unless the metric scores labels and weighs classes otherwise than accuracy does: then a threshold for two
    classes, and for more a power of the class frequencies.
    """
    k = probabilities.shape[1]
    if metric.needs_proba or metric.name == "accuracy":
        return np.ones(k)
    if k == 2:
        options = [np.array([threshold, 1 - threshold]) * 2 for threshold in THRESHOLDS]
    else:
        shares = np.maximum(np.bincount(y, minlength=k), 1) / len(y)
        options = [shares**-power for power in PRIOR_POWERS]
    scores = np.array([metric.signed(y, (probabilities * option).argmax(axis=1)) for option in options])
    if k > 2:
        return np.asarray(options[int(np.argmax(scores))])
    # The middle of the best stretch: a single peak is luck.
    smooth = np.convolve(np.pad(scores, 2, mode="edge"), np.ones(5) / 5, mode="valid")
    return np.asarray(options[int(np.argmax(smooth))])


@dataclass(frozen=True)
class DecisionRule:
    """Which of two labels is answered: the positive one where its probability is at least the threshold.

    Attributes:
        positive: one of the two labels, as text.
        threshold: in (0, 1).
    """

    positive: str
    threshold: float

    def class_multipliers(self, labels: Sequence[Any]) -> tuple[float, float]:
        """Return factors of the probabilities of both labels, of which the greater product decides.

        Raises:
            SpecError: `DECISION_NEEDS_TWO_CLASSES`, `UNKNOWN_POSITIVE_CLASS`, `BAD_THRESHOLD`.
        """
        names = [str(label) for label in labels]
        if len(names) != 2:
            raise SpecError(
                "DECISION_NEEDS_TWO_CLASSES",
                f"A threshold decides between two labels, and the model has {len(names) or 'none'}.",
                "Use it with a binary model.",
            )
        if self.positive not in names:
            hint = f"Choose {names[0]!r} or {names[1]!r}."
            raise SpecError("UNKNOWN_POSITIVE_CLASS", f"The model has no label {self.positive!r}.", hint)
        if not 0 < self.threshold < 1:
            detail = f"A threshold lies between 0 and 1, and {self.threshold!r} does not."
            raise SpecError("BAD_THRESHOLD", detail, "Choose one such as 0.3.")
        least = self.threshold - TIE
        own, other = 2 * (1 - least), 2 * least
        return (own, other) if names[0] == self.positive else (other, own)

    def to_json(self) -> dict[str, Any]:
        """Return {positive, threshold}."""
        return asdict(self)
