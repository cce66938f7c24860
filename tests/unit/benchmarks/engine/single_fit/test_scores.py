from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from benchmarks.engine.single_fit.scores import bootstrapped, matrix, score


def test_columns_are_matched_by_label_and_unknown_classes_cost_much() -> None:
    truth = np.array(["a", "b", "c"])
    codes, full = matrix(truth, np.array([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]]), ["b", "a"])
    assert codes.tolist() == [0, 1, 2]
    assert full[:, :2] == pytest.approx(np.array([[0.1, 0.9], [0.8, 0.2], [0.5, 0.5]]), abs=1e-6)
    assert score("multiclass", codes, full) == pytest.approx(metrics.log_loss(codes, full))


def test_scores_are_those_that_rank() -> None:
    truth, proba = np.array([0, 1, 1, 0]), np.array([[0.9, 0.1], [0.3, 0.7], [0.6, 0.4], [0.5, 0.5]])
    assert score("binary", truth, proba) == 0.75
    assert score("regression", np.array([1.0, 3.0]), np.array([1.0, 1.0])) == pytest.approx(2**0.5)


def test_the_bootstrap_knows_the_error_of_a_mean() -> None:
    truth = np.random.default_rng(0).normal(size=1000)
    # RMSE of standard normal errors: its standard error is about 1 / sqrt(2 n).
    assert bootstrapped("regression", truth, np.zeros(1000)) == pytest.approx(1 / np.sqrt(2000), rel=0.3)
