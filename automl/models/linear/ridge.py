"""Ridge regression: exact where its normal equations are small, else by conjugate gradients that end at a deadline."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from automl._typing import Array
from automl.models.base import FitData

MAX_EXACT_COLUMNS = 2_000
FLOPS = 4e9
"""Floating point operations a second of one thread, cautiously."""
MAX_ITERATIONS = 300
TOLERANCE = 1e-5


def fit_ridge(
    matrix: Any, strength: float, fold: FitData, iterations: int = MAX_ITERATIONS
) -> tuple[Array, Array, int | None]:
    """Minimize L2-penalised least squares with an intercept that is not penalised.

    Args:
        matrix: (n, p), dense or CSR.
        strength: inverse of the penalty, as in logistic regression.
        fold: whose `y` is learnt and whose deadline holds; at the deadline the weights reached are returned.
        iterations: maximum number of them.

    Returns:
        Weights (p,) as float32, and the bias, of shape (). And the iterations after which the deadline ended it, None
        where it did not.
    """
    n, p = matrix.shape
    mean = np.asarray(matrix.mean(axis=0), dtype=np.float64).ravel()
    level = float(np.mean(fold.y))
    centred = np.asarray(fold.y, dtype=np.float64) - level
    # A column's mean times a residual that sums to zero adds nothing, so the right side needs no centring.
    right = np.asarray(matrix.T @ centred.astype(np.float32), dtype=np.float64)
    affordable = FLOPS * max(0.0, fold.deadline - time.monotonic()) / 2
    reached: int | None = None
    if isinstance(matrix, np.ndarray) and p <= MAX_EXACT_COLUMNS and float(n) * p * p < affordable:
        weights = _solve(matrix, mean, right, 1.0 / strength)
    else:
        weights, reached = _descend(matrix, mean, right, 1.0 / strength, fold, iterations)
    return weights.astype(np.float32), np.asarray(level - mean @ weights), reached


def _solve(matrix: Array, mean: Array, right: Array, penalty: float) -> Array:
    from scipy.linalg import cho_factor, cho_solve

    gram = (matrix.T @ matrix).astype(np.float64) - len(matrix) * np.outer(mean, mean)
    # float32 sums may leave the smallest eigenvalues slightly below zero.
    gram[np.diag_indices(len(gram))] += penalty + 1e-6 * gram.diagonal().max(initial=0.0)
    return np.asarray(cho_solve(cho_factor(gram), right))


def _descend(
    matrix: Any, mean: Array, right: Array, penalty: float, fold: FitData, iterations: int
) -> tuple[Array, int | None]:
    n = matrix.shape[0]
    weights = np.zeros_like(right)
    residual = right.copy()
    direction = residual.copy()
    squared = first = float(residual @ residual)
    for taken in range(iterations):
        if squared <= TOLERANCE**2 * first:
            break
        if fold.is_over():
            return weights, taken
        values = matrix @ direction.astype(np.float32)
        image = np.asarray(matrix.T @ values, dtype=np.float64) - n * mean * (mean @ direction) + penalty * direction
        step = squared / float(direction @ image)
        weights += step * direction
        residual -= step * image
        squared, before = float(residual @ residual), squared
        direction = residual + squared / before * direction
    return weights, None
