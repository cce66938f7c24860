"""Kernel machines: exact on few rows, relevance, deadlines."""

from __future__ import annotations

import time

import numpy as np
import pytest

from automl.models.base import FitData, TaskSpec
from automl.models.kernel.kernel import FittedKernel, Kernel
from automl.preprocessing.text_encoder import EncodedFeatures

PARAMS = {"C": 100.0, "width": 1.0, "power": 1.5, "passes": 2}


def wave(n: int, noise_columns: int = 0) -> tuple[EncodedFeatures, np.ndarray]:
    rng = np.random.default_rng(0)
    numeric = rng.uniform(-2, 2, size=(n, 2 + noise_columns)).astype(np.float32)
    table = EncodedFeatures(numeric, np.empty((n, 0), dtype=np.int32))
    return table, np.sin(2 * numeric[:, 0].astype(np.float64)) * numeric[:, 1]


def fitted(
    table: EncodedFeatures, y: np.ndarray, problem: TaskSpec, seconds: float = 60.0, **params: float
) -> FittedKernel:
    model = Kernel().fit({**PARAMS, **params}, problem, FitData(table, y, time.monotonic() + seconds))
    assert isinstance(model, FittedKernel)
    return model


REGRESSION = TaskSpec("regression", 0, "rmse")


def test_a_smooth_surface_is_learnt_from_few_rows() -> None:
    table, y = wave(400)
    model = fitted(table.take(slice(0, 300)), y[:300], REGRESSION)
    held = table.take(slice(300, 400))
    assert np.square(model.predict(held) - y[300:]).mean() < 0.05 * y.var()


def test_passes_lower_the_weight_of_columns_without_relevance() -> None:
    table, y = wave(400, noise_columns=6)
    train, held = table.take(slice(0, 300)), table.take(slice(300, 400))
    plain, weighed = (fitted(train, y[:300], REGRESSION, passes=passes) for passes in (0, 3))
    errors = [np.square(model.predict(held) - y[300:]).mean() for model in (plain, weighed)]
    assert errors[1] < 0.7 * errors[0]


@pytest.mark.parametrize("n_classes", [2, 3])
def test_probabilities_are_those_of_logistic_regression(n_classes: int) -> None:
    table, values = wave(300)
    y = np.digitize(values, np.linspace(-0.5, 0.5, n_classes - 1)).astype(np.int64)
    problem = TaskSpec("binary" if n_classes == 2 else "multiclass", n_classes, "log_loss")
    answers = fitted(table, y, problem).predict(table)
    np.testing.assert_allclose(answers.sum(axis=1), 1)
    assert (answers.argmax(axis=1) == y).mean() > 0.9


def test_equal_rows_do_no_harm() -> None:
    table, y = wave(50)
    rows = np.arange(200) % 50
    model = fitted(table.take(rows), y[rows], REGRESSION)
    assert np.isfinite(model.predict(table)).all()


def test_little_time_means_few_landmarks() -> None:
    table, y = wave(3_000)
    hurried = fitted(table, y, REGRESSION, seconds=0.0)
    assert np.isfinite(hurried.predict(table.take(slice(0, 10)))).all()
    assert len(hurried._landmarks) <= 60
