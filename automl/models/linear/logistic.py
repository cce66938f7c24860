"""Multinomial logistic regression by L-BFGS that can be ended after any step."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np

from automl._typing import Array
from automl.models.base import FitData

MAX_ITERATIONS = 500
TOLERANCE = 1e-4


def fit_logistic(
    matrix: Any, n_classes: int, strength: float, fold: FitData, iterations: int = MAX_ITERATIONS
) -> tuple[Array, Array, int | None]:
    """Maximize the L2-penalised likelihood; at the deadline, return the weights reached.

    The loss is scikit-learn's: the sum of the log losses times `strength` plus half the squared weights. Unlike
    scikit-learn's solver this one checks after every step whether time is up.

    Args:
        matrix: (n, p), dense or CSR.
        n_classes: columns of the result.
        strength: inverse of the penalty.
        fold: whose `y` is learnt and whose deadline holds.
        iterations: maximum number of them.

    Returns:
        Weights (p, n_classes) as float32 and bias (n_classes,); a class that is not in the rows has bias -inf. And the
        iterations after which the deadline ended it, None where it did not.
    """
    from scipy.optimize import minimize

    classes, codes = np.unique(fold.y, return_inverse=True)
    p = matrix.shape[1]
    # The first class is the reference where there are two: one set of weights, half the work.
    k = 1 if len(classes) == 2 else len(classes)
    wanted = np.eye(len(classes), dtype=np.float32)[codes][:, -k:]

    reached, taken, is_truncated = np.zeros((p + 1) * k), 0, True

    def loss(point: Array) -> tuple[float, Array]:
        if fold.is_over():
            raise TimeoutError
        return _penalized_log_loss(point, matrix, wanted, strength)

    def watch(point: Array) -> None:
        nonlocal taken
        reached[:], taken = point, taken + 1

    with suppress(TimeoutError):
        minimize(
            loss,
            reached.copy(),
            jac=True,
            method="L-BFGS-B",
            callback=watch,
            options={"maxiter": iterations, "gtol": TOLERANCE, "ftol": 1e-9},
        )
        is_truncated = False
    weights = np.zeros((p, n_classes), dtype=np.float32)
    bias = np.full(n_classes, -np.inf)
    bias[classes] = 0.0
    weights[:, classes[-k:]] = reached[:-k].reshape(p, k)
    bias[classes[-k:]] = reached[-k:]
    return weights, bias, taken if is_truncated else None


def _penalized_log_loss(point: Array, matrix: Any, wanted: Array, strength: float) -> tuple[float, Array]:
    """Return the loss a row and its gradient at weights (p, k) and bias (k,), laid out in a row."""
    (n, p), k = matrix.shape, wanted.shape[1]
    weights, bias = point[:-k].reshape(p, k), point[-k:]
    logits = np.asarray(matrix @ weights.astype(np.float32), dtype=np.float64) + bias
    if k == 1:
        log_total = np.logaddexp(0.0, logits)
    else:
        top = logits.max(axis=1, keepdims=True)
        log_total = top + np.log(np.exp(logits - top).sum(axis=1, keepdims=True))
    error = (np.exp(logits - log_total) - wanted).astype(np.float32)
    value = (log_total.sum() - (logits * wanted).sum()) / n + (weights**2).sum() / (2 * strength * n)
    slope = np.asarray(matrix.T @ error, dtype=np.float64) / n + weights / (strength * n)
    return float(value), np.concatenate([slope.ravel(), error.sum(axis=0, dtype=np.float64) / n])
