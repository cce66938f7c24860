"""Ridge and multinomial logistic regression on scaled, one-hot features: a valid model within seconds."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from scipy.special import softmax

from automl._typing import Array
from automl.models.base import Effort, FitData, FittedModel, Params, Space, TaskSpec
from automl.models.crosses.family import CrossingFamily
from automl.models.dense_encoder import MAX_LEVELS, DenseEncoder
from automl.models.linear import logistic, ridge
from automl.models.linear.logistic import fit_logistic
from automl.models.linear.ridge import fit_ridge
from automl.preprocessing.text_encoder import EncodedFeatures

MAX_CELLS = 100_000_000
"""One-hot columns shrink until the matrix has no more cells than this (400 MB)."""
MIN_ROWS = 20_000
CELLS_PER_SECOND = 4e6
KNOT_ROWS = 100_000
"""Rows from which the quantiles of the knots are estimated, about."""


class Linear(CrossingFamily):
    """Linear model on the dense columns; with knots it is linear between quantiles of each number (a spline)."""

    name = "linear"
    library = "numpy"
    portfolio_ranks = (10, 80, 230)
    onnx_converter = "linear:linear_to_onnx"
    max_trials = 15
    anytime = True
    uses_terms = False

    def search_space(self, problem: TaskSpec) -> Space:
        return {
            "C": FloatDistribution(1e-3, 1e3, log=True),
            "knots": IntDistribution(0, 10),
            "crosses": CategoricalDistribution((False, True)),
        }

    def defaults(self, problem: TaskSpec) -> list[Params]:
        return [
            {"C": 0.3, "knots": 5, "crosses": False},
            {"C": 0.3, "knots": 5, "crosses": True},
            {"C": 1.0, "knots": 0, "crosses": False},
        ]

    def estimate_fit_seconds(self, problem: TaskSpec, n_rows: int, n_columns: int) -> float:
        passes = 200 if problem.is_classification else n_columns / 2
        return 0.02 + passes * n_rows * 2.0 * n_columns * max(1, problem.n_classes - 1) / 2e9

    def estimate_memory_bytes(self, problem: TaskSpec, n_rows: int, n_columns: int) -> int:
        width = min(2 * MAX_CELLS, 6 * n_rows * n_columns)
        return 8 * width + 24 * n_rows * max(1, problem.n_classes)

    def fit_columns(self, params: Mapping[str, Any], problem: TaskSpec, fold: FitData) -> FittedModel:
        n_rows, repeat = len(fold.train), fold.repeat or Effort()
        fold = _affordable(fold, int(params["knots"]), problem.seed)
        levels = MAX_CELLS // max(1, len(fold.train) * len(fold.train.categories))
        encoder = DenseEncoder.fit(
            fold.train, text_vectors=not self.uses_terms, max_levels=int(min(MAX_LEVELS, levels))
        )
        dense = encoder.transform(fold.train)
        knots = choose_knots(dense[:, : fold.train.numeric_without_text.shape[1]], int(params["knots"]))
        matrix = design_matrix(dense, knots, fold.train.tfidf if self.uses_terms else None)
        if problem.is_classification:
            iterations = int(repeat.rounds or logistic.MAX_ITERATIONS)
            weights, bias, reached = fit_logistic(matrix, problem.n_classes, params["C"], fold, iterations)
        else:
            weights, bias, reached = fit_ridge(matrix, params["C"], fold, int(repeat.rounds or ridge.MAX_ITERATIONS))
        rows = len(fold.train) if len(fold.train) < n_rows else None
        fitted = FittedLinear(encoder, knots, weights, bias, self.uses_terms)
        is_truncated = reached is not None or (rows is not None and rows != repeat.rows)
        return fitted.with_effort(Effort(rows=rows, rounds=reached), is_truncated=is_truncated)

    def load_columns(self, folder: Path) -> FittedModel:
        with np.load(folder / "linear.npz", allow_pickle=False) as file:
            arrays = dict(file)
        return FittedLinear(
            DenseEncoder.from_arrays(arrays),
            arrays["knots"],
            arrays["weights"],
            arrays["bias"],
            bool(arrays["uses_terms"]),
        )


class FittedLinear(FittedModel):
    """Knots of shape (q, knots); weights (p, k), bias (k,); for regression weights (p,) and bias ()."""

    def __init__(self, encoder: DenseEncoder, knots: Array, weights: Array, bias: Array, uses_terms: bool) -> None:
        self._encoder = encoder
        self._knots = knots
        self._weights = weights
        self._bias = bias
        self._uses_terms = uses_terms

    def predict(self, table: EncodedFeatures) -> Array:
        matrix = design_matrix(self._encoder.transform(table), self._knots, table.tfidf if self._uses_terms else None)
        values = np.asarray(matrix @ self._weights + self._bias)
        return np.asarray(softmax(values, axis=1)) if values.ndim == 2 else values

    def save(self, folder: Path) -> None:
        np.savez(
            folder / "linear.npz",
            allow_pickle=False,
            knots=self._knots,
            weights=self._weights,
            bias=self._bias,
            uses_terms=np.array(self._uses_terms),
            **self._encoder.to_arrays(),
        )


def _affordable(fold: FitData, knots: int, seed: int) -> FitData:
    """Return the fold, or a random part of its rows that leaves time for making the matrix and some steps."""
    n, categories = len(fold.train), fold.train.categories
    if fold.repeat is not None:
        return _sample(fold, min(fold.repeat.rows or n, n), seed)
    width = fold.train.numeric.shape[1] * (1 + knots) + sum(min(len(labels), MAX_LEVELS) for labels in categories)
    count = max(MIN_ROWS, CELLS_PER_SECOND * (fold.deadline - time.monotonic()) / max(1, width))
    return _sample(fold, int(min(count, n)), seed)


def _sample(fold: FitData, count: int, seed: int) -> FitData:
    if count == len(fold.train):
        return fold
    rows = np.sort(np.random.default_rng(seed).choice(len(fold.train), count, replace=False))
    return replace(fold, train=fold.train.take(rows), y=fold.y[rows])


def choose_knots(numbers: Array, count: int) -> Array:
    """Choose inner quantiles of each scaled number, (columns, count); without knots or for too many cells, (0, 0)."""
    if count == 0 or not len(numbers) or numbers.size * count > MAX_CELLS:
        return np.empty((0, 0), dtype=np.float32)
    some = numbers[:: -(-len(numbers) // KNOT_ROWS)]
    return np.asarray(np.quantile(some, np.arange(1, count + 1) / (count + 1), axis=0).T, dtype=np.float32)


def design_matrix(dense: Array, knots: Array, terms: Any) -> Any:
    """Make a linear model's matrix: dense columns, how far each number is beyond its knots, terms of text."""
    if knots.size:
        beyond = np.maximum(dense[:, : len(knots), None] - knots, 0.0)
        dense = np.concatenate([dense, beyond.reshape(len(dense), knots.size)], axis=1)
    if terms is None:
        return dense
    from scipy import sparse

    return sparse.hstack([sparse.csr_matrix(dense), terms], format="csr")
