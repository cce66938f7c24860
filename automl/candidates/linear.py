"""Ridge and multinomial logistic regression on scaled, one-hot features: a valid model within seconds."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from optuna.distributions import FloatDistribution

from automl.candidates.base import Array, Candidate, FittedModel, Fold, Params, Problem, Space
from automl.candidates.dense import MAX_LEVELS, DenseEncoder
from automl.encode import Encoded

MAX_CELLS = 100_000_000
"""One-hot columns shrink until the matrix has no more cells than this (400 MB)."""
STEP_ITERATIONS = 50
MAX_ITERATIONS = 500


class Linear(Candidate):
    """Linear model on the dense columns."""

    name = "linear"
    library = "numpy"
    max_trials = 10
    uses_terms = False
    strengths = (1.0, 0.1, 10.0)

    def search_space(self, problem: Problem) -> Space:
        return {"C": FloatDistribution(1e-3, 1e3, log=True)}

    def defaults(self, problem: Problem) -> list[Params]:
        return [{"C": strength} for strength in self.strengths]

    def fit(self, params: Mapping[str, Any], problem: Problem, fold: Fold) -> FittedModel:
        affordable = MAX_CELLS // max(1, len(fold.train) * len(fold.train.categories))
        encoder = DenseEncoder.fit(
            fold.train, text_vectors=not self.uses_terms, max_levels=int(min(MAX_LEVELS, affordable))
        )
        matrix = design(encoder, fold.train, self.uses_terms)
        if problem.is_classification:
            weights, bias = fit_logistic(matrix, problem, params["C"], fold)
        else:
            weights, bias = fit_ridge(matrix, fold.y, params["C"])
        return FittedLinear(encoder, weights, bias, self.uses_terms)

    def load(self, folder: Path) -> FittedModel:
        with np.load(folder / "linear.npz", allow_pickle=False) as file:
            arrays = dict(file)
        return FittedLinear(
            DenseEncoder.from_arrays(arrays), arrays["weights"], arrays["bias"], bool(arrays["uses_terms"])
        )


class FittedLinear(FittedModel):
    """Weights of shape (p, k), bias of shape (k,); for regression (p,) and ()."""

    def __init__(self, encoder: DenseEncoder, weights: Array, bias: Array, uses_terms: bool) -> None:
        self._encoder = encoder
        self._weights = weights
        self._bias = bias
        self._uses_terms = uses_terms

    def predict(self, table: Encoded) -> Array:
        values = np.asarray(design(self._encoder, table, self._uses_terms) @ self._weights + self._bias)
        return softmax(values) if values.ndim == 2 else values

    def save(self, folder: Path) -> None:
        np.savez(
            folder / "linear.npz",
            allow_pickle=False,
            weights=self._weights,
            bias=self._bias,
            uses_terms=np.array(self._uses_terms),
            **self._encoder.to_arrays(),
        )


def design(encoder: DenseEncoder, table: Encoded, uses_terms: bool) -> Any:
    """The matrix a linear model multiplies: dense, or sparse with the terms of the text."""
    dense = encoder.transform(table)
    if not uses_terms:
        return dense
    from scipy import sparse

    return sparse.hstack([sparse.csr_matrix(dense), table.terms], format="csr")


def fit_logistic(matrix: Any, problem: Problem, strength: float, fold: Fold) -> tuple[Array, Array]:
    """L2-penalised maximum likelihood; stops at the deadline with the weights reached."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    # lbfgs cannot be interrupted, so it runs in short stretches, each warm-started from the last.
    model = LogisticRegression(C=strength, max_iter=STEP_ITERATIONS, warm_start=True, tol=1e-4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for _ in range(MAX_ITERATIONS // STEP_ITERATIONS):
            model.fit(matrix, fold.y)
            if model.n_iter_.max() < STEP_ITERATIONS or fold.is_over():
                break
    weights = np.zeros((matrix.shape[1], problem.n_classes), dtype=np.float32)
    bias = np.full(problem.n_classes, -np.inf)  # a class that is not in these rows gets probability 0
    if len(model.classes_) == 2:
        weights[:, model.classes_[1]] = model.coef_[0]
        bias[model.classes_] = 0.0, model.intercept_[0]
    else:
        weights[:, model.classes_] = model.coef_.T
        bias[model.classes_] = model.intercept_
    return weights, bias


def fit_ridge(matrix: Any, y: Array, strength: float) -> tuple[Array, Array]:
    """L2-penalised least squares; `strength` is the inverse of the penalty, as in logistic regression."""
    from sklearn.linear_model import Ridge

    model = Ridge(alpha=1.0 / strength, solver="auto").fit(matrix, y)
    return model.coef_.astype(np.float32), np.asarray(model.intercept_, dtype=np.float64)


def softmax(logits: Array) -> Array:
    """Rows of logits to rows of probabilities."""
    exp = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(exp / exp.sum(axis=1, keepdims=True))
