"""Linear models: the same weights as scikit-learn's, knots, deadlines."""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy import sparse
from scipy.special import softmax
from sklearn.linear_model import LogisticRegression, Ridge

from automl.models import get_family
from automl.models.base import FitData, TaskSpec
from automl.models.linear.logistic import fit_logistic
from automl.models.linear.ridge import fit_ridge
from automl.preprocessing.text_encoder import EncodedFeatures

LATE = -1.0


def rows(y: np.ndarray, seconds: float = 60.0) -> FitData:
    empty = EncodedFeatures(np.empty((len(y), 0), dtype=np.float32), np.empty((len(y), 0), dtype=np.int32))
    return FitData(empty, y, time.monotonic() + seconds)


def matrix(n: int = 300, p: int = 5) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(n, p)).astype(np.float32)


@pytest.mark.parametrize("n_classes", [2, 4])
def test_logistic_regression_finds_the_maximum(n_classes: int) -> None:
    x = matrix()
    noise = np.random.default_rng(1).normal(size=len(x))
    y = np.digitize(x[:, 0] + noise, np.linspace(-1, 1, n_classes - 1)).astype(np.int64)
    weights, bias, _ = fit_logistic(x, n_classes, 0.5, rows(y))
    expected = LogisticRegression(C=0.5, tol=1e-8, max_iter=1000).fit(x, y).predict_proba(x)
    np.testing.assert_allclose(softmax(x @ weights + bias, axis=1), expected, atol=2e-3)


def test_an_absent_class_gets_probability_zero() -> None:
    x = matrix()
    y = np.where(x[:, 0] > 0, 3, 1)
    answers = softmax(x @ fit_logistic(x, 4, 1.0, rows(y))[0] + fit_logistic(x, 4, 1.0, rows(y))[1], axis=1)
    assert (answers[:, [0, 2]] == 0).all()
    assert (answers.argmax(axis=1) == y).mean() > 0.95


@pytest.mark.parametrize("is_sparse", [False, True])
def test_ridge_finds_the_minimum(is_sparse: bool) -> None:
    x = matrix() + 3  # means other than zero: the intercept must not be penalised
    y = x @ np.arange(5) + 7
    weights, bias, _ = fit_ridge(sparse.csr_matrix(x) if is_sparse else x, 0.1, rows(y))
    expected = Ridge(alpha=10).fit(x, y)
    np.testing.assert_allclose(weights, expected.coef_, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(bias, expected.intercept_, rtol=1e-3)


def test_at_the_deadline_there_are_weights_anyway() -> None:
    x, y = matrix(), matrix()[:, 0]
    assert np.isfinite(fit_ridge(x, 1.0, rows(y, LATE))[0]).all()
    assert np.isfinite(fit_logistic(x, 2, 1.0, rows((y > 0).astype(np.int64), LATE))[0]).all()


def test_knots_follow_a_bend() -> None:
    numeric = np.linspace(-3, 3, 400, dtype=np.float32)[:, None]
    table = EncodedFeatures(numeric, np.empty((400, 0), dtype=np.int32), numeric_names=("a",))
    y = np.abs(numeric[:, 0].astype(np.float64))
    errors = []
    for knots in (0, 5):
        fold = FitData(table, y, time.monotonic() + 60)
        params = {"C": 10.0, "knots": knots, "crosses": False}
        model = get_family("linear").fit(params, TaskSpec("regression", 0, "rmse"), fold)
        errors.append(float(np.abs(model.predict(table) - y).mean()))
    assert errors[1] < errors[0] / 5
