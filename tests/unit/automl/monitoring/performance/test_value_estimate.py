"""Estimates of regressions without labels follow what the errors follow."""

from __future__ import annotations

import numpy as np
import pytest

from automl.metrics import METRICS
from automl.monitoring.columns.feature_matrix import FeatureMatrix
from automl.monitoring.performance.value_estimate import ValueEstimate, computable_metrics, score_values


def estimate(where: float, offset: float = 10.0) -> tuple[ValueEstimate, np.ndarray]:
    """Of rows whose errors grow with a column, and of new rows around a place along it; and their true values."""
    rng = np.random.default_rng(0)
    column, predicted = rng.uniform(0, 1, 2_000), rng.normal(offset, 1, 2_000)
    y = predicted + rng.normal(size=2_000) * (0.2 + column)
    new, said = rng.uniform(where - 0.1, where + 0.1, 1_000), rng.normal(offset, 1, 1_000)
    truth = said + rng.normal(size=1_000) * (0.2 + new)
    made = ValueEstimate(FeatureMatrix(column[:, None], ()), y, predicted, FeatureMatrix(new[:, None], ()), said)
    return made, truth


@pytest.mark.parametrize("where", [0.2, 0.8])
@pytest.mark.parametrize("metric", ["rmse", "mae", "r2", "mape", "rmsle"])
def test_the_estimate_is_near_what_the_labels_say(where, metric):
    made, truth = estimate(where)
    real = METRICS[metric].score(truth, made.predicted_now)
    assert made.estimated(metric) == pytest.approx(real, rel=0.15, abs=0.02)


def test_on_the_reference_the_estimate_agrees_with_its_labels():
    made, _ = estimate(0.5)
    for metric in made.metrics:
        real, expected = made.on_reference(metric)
        assert expected == pytest.approx(real, rel=0.05), metric


def test_weighted_scores_are_the_houses_scores_of_rows_met_so_often():
    rng = np.random.default_rng(1)
    y, predicted, times = rng.gamma(2, 2, 50), rng.gamma(2, 2, 50), rng.integers(0, 3, 50)
    rows = np.repeat(np.arange(50), times)
    for metric in computable_metrics(y):
        expected = METRICS[metric].score(y[rows], predicted[rows])
        assert score_values(metric, y, predicted, times.astype(float)) == pytest.approx(expected), metric


def test_metrics_that_have_no_meaning_for_the_target_are_left_out():
    assert computable_metrics(np.array([-1.0, 0.0, 2.0])) == ["rmse", "mae", "r2"]
    made, _ = estimate(0.5, offset=-10.0)
    assert "rmsle" not in made.metrics


def test_a_model_that_is_never_wrong_is_estimated_to_be_so():
    table = FeatureMatrix(np.arange(300.0)[:, None], ())
    y = np.arange(300.0)
    made = ValueEstimate(table, y, y, table, y)
    assert made.estimated("mae") == pytest.approx(0.0, abs=1e-9)


def test_out_of_time_one_loss_is_learned():
    table, y = FeatureMatrix(np.arange(300.0)[:, None], ()), np.arange(300.0)
    made = ValueEstimate(table, y, y + 1, table, y, deadline=0.0)
    assert made.metrics == ("rmse", "r2")
