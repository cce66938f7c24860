"""Contributions: what one model's output owes to each feature, and how that carries over to what is made of it.

A contribution is a Shapley value (Lundberg & Lee 2017): base + sum of contributions = output, exactly, at every stage.
Boosters share out their margins; probabilities are made of them, blended and calibrated. A smooth function's change
along the straight line from base to output splits among its inputs as Aumann and Shapley (1974) split a cost, which is
how integrated gradients (Sundararajan et al. 2017) and G-DeepSHAP (Chen et al. 2022) carry contributions on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np
from scipy.special import softmax

from automl._typing import Array
from automl.postprocessing import MIN_PROBABILITY

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(32)
_STEPS, _SHARES = (_NODES + 1) / 2, _WEIGHTS / 2
"""Points in 0..1 and their weights for the integral along the line (Gauss and Legendre)."""


@dataclass(frozen=True)
class Attributions:
    """A model's output for n rows, shared out.

    Attributes:
        values: float64 (n, f, k), of f features to k outputs.
        base: float64 (n, k), the output where nothing is known of a row; `base + values.sum(axis=1)` is the output.
        link: what makes predictions of the output: nothing, or softmax for margins.
    """

    values: Array
    base: Array
    link: Literal["identity", "softmax"] = "identity"

    @property
    def output(self) -> Array:
        """Shape (n, k)."""
        return np.asarray(self.base + self.values.sum(axis=1))

    def to_probabilities(self) -> Attributions:
        """Return attributions of the output of `FittedModel.predict`: of probabilities where these were margins."""
        if self.link == "identity":
            return self
        to_shares = partial(softmax, axis=-1)
        return self._propagated(to_shares, _mean_jacobian(to_shares(_integration_path(self))))

    def through_temperature(self, temperature: float) -> Attributions:
        """Return the attributions of the output with the temperature applied."""
        if temperature == 1.0:
            return self

        def temper(values: Array) -> Array:
            return np.asarray(softmax(np.log(np.clip(values, MIN_PROBABILITY, 1.0)) / temperature, axis=-1))

        points = np.clip(_integration_path(self), MIN_PROBABILITY, 1.0)
        inner = 1.0 / (temperature * points)
        return self._propagated(temper, _mean_jacobian(temper(points), inner))

    def through_monotone(self, function: Callable[[Array], Array]) -> Attributions:
        """Return the attributions of an increasing function of each output, by the secant's slope for each."""
        base, output = function(self.base), function(self.output)
        change = self.output - self.base
        step = 1e-4
        tangent = (function(self.base + step) - function(self.base - step)) / (2 * step)
        still = np.abs(change) < step
        slope = np.where(still, tangent, (output - base) / np.where(still, 1.0, change))
        return Attributions(self.values * slope[:, None, :], base, "identity").rescaled_to(output)

    def scaled(self, weight: float) -> Attributions:
        """Multiply by a weight."""
        return Attributions(self.values * weight, self.base * weight)

    def aggregated_by(self, owners: Array, n_owners: int) -> Attributions:
        """Sum to contributions (n, n_owners, k) of the owners of the features.

        Args:
            owners: intp (f,), each feature's owner.
            n_owners: how many there are.
        """
        belongs = np.eye(n_owners)[:, owners]
        return Attributions(belongs @ self.values, self.base, self.link)

    def rescaled_to(self, output: Array) -> Attributions:
        """Share the rest of rounding and quadrature out by size, so that the sum is `output` (n, k)."""
        sizes = np.abs(self.values)
        total = sizes.sum(axis=1)
        rest = output - self.output
        mute = total <= 0
        share = sizes / np.where(mute, 1.0, total)[:, None, :]
        return Attributions(self.values + share * rest[:, None, :], self.base + np.where(mute, rest, 0.0), self.link)

    def _propagated(self, function: Callable[[Array], Array], jacobian: Array) -> Attributions:
        values = np.einsum("nck,nfk->nfc", jacobian, self.values)
        return Attributions(values, function(self.base)).rescaled_to(function(self.output))


def sum_attributions(parts: list[Attributions]) -> Attributions:
    """Return the attributions of the sum of outputs."""
    return Attributions(sum(part.values for part in parts), sum(part.base for part in parts))  # type: ignore[arg-type]


def binary_margins(values: Array) -> Array:
    """Return contributions (n, f) to the second class's log-odds, or its base (n,), as margins of both: (…, 2)."""
    return np.stack([np.zeros_like(values), values], axis=-1)


def _integration_path(given: Attributions) -> Array:
    """Return points (n, steps, k) between base and output."""
    change = given.output - given.base
    return np.asarray(given.base[:, None, :] + _STEPS[None, :, None] * change[:, None, :])


def _mean_jacobian(points: Array, inner: Array | None = None) -> Array:
    """Compute softmax's derivatives (n, k, k) by its arguments, mean over the line's points (n, steps, k).

    Args:
        points: values of softmax.
        inner: derivatives of its arguments by what they are made of, one each.
    """
    rows = points * _SHARES[None, :, None]
    columns = points if inner is None else points * inner
    jacobian = -np.einsum("nsc,nsk->nck", rows, columns)
    k = points.shape[2]
    jacobian[:, np.arange(k), np.arange(k)] += (rows if inner is None else rows * inner).sum(axis=1)
    return np.asarray(jacobian)
