"""The paired bootstrap: its intervals hold what they say, and pairing takes out what is hard for both models."""

from __future__ import annotations

import numpy as np
import pytest

from automl.metrics import METRICS
from automl.model_evaluation.comparison.paired_bootstrap import Predictions, adjust_p, resample_scores

ACCURACY, AUC, MAE, LOG_LOSS = (METRICS[name] for name in ("accuracy", "auc", "mae", "log_loss"))


def two_models(seed: int, n: int, skill: tuple[float, float]) -> tuple[np.ndarray, list[Predictions]]:
    """Truths, and probabilities of two models that see the same signal, each through noise of its own."""
    rng = np.random.default_rng(seed)
    signal = rng.normal(size=n)
    y = (rng.random(n) < 1 / (1 + np.exp(-2 * signal))).astype(np.int64)
    models: list[Predictions] = []
    for part in skill:
        p = 1 / (1 + np.exp(-2 * (part * signal + (1 - part) * rng.normal(size=n))))
        output = np.column_stack([1 - p, p])
        models.append({"auc": output, "log_loss": output, "accuracy": output.argmax(axis=1)})
    return y, models


METRICS_OF_ALL = [AUC, ACCURACY, LOG_LOSS]


def test_intervals_of_a_difference_cover_it() -> None:
    y, models = two_models(0, 200_000, (0.8, 0.6))
    truth = [each.score(y, models[0][each.name]) - each.score(y, models[1][each.name]) for each in METRICS_OF_ALL]
    inside = np.zeros(3)
    for seed in range(1, 101):
        y, models = two_models(seed, 150, (0.8, 0.6))
        found = resample_scores(METRICS_OF_ALL, y, models, seed=seed, n_resamples=150)
        differences = [found.difference(0, 1, j) for j in range(3)]
        inside += [each.low <= value <= each.high for each, value in zip(differences, truth, strict=True)]
    assert (inside >= 90).all()


def test_equal_models_are_seldom_called_different() -> None:
    called = np.zeros(2)
    for seed in range(100):
        y, models = two_models(seed, 150, (0.7, 0.7))
        found = resample_scores([ACCURACY, LOG_LOSS], y, models, seed=seed, n_resamples=150)
        called += [found.difference(0, 1, j).p < 0.05 for j in range(2)]
    assert (called <= 10).all()


def test_a_difference_is_surer_than_the_two_scores() -> None:
    y, models = two_models(3, 2000, (0.9, 0.85))
    found = resample_scores([AUC], y, models)
    a, b, difference = found.score(0, 0), found.score(1, 0), found.difference(0, 1, 0)
    assert difference.standard_error < 0.6 * np.hypot(a.standard_error, b.standard_error)
    assert difference.value == pytest.approx(a.value - b.value)
    assert found.difference(1, 0, 0).value == -difference.value


def test_more_rows_than_are_drawn_make_intervals_narrower() -> None:
    rng = np.random.default_rng(0)
    y = rng.normal(size=40_000)
    models = [{"mae": y + rng.normal(size=len(y))}, {"mae": y + 1.1 * rng.normal(size=len(y))}]
    found = resample_scores([MAE], y, models, n_resamples=300)
    assert found.drawn_units == 10_000
    error = np.std(np.abs(models[0]["mae"] - y)) / 200
    assert found.score(0, 0).standard_error == pytest.approx(error, rel=0.15)


def test_the_same_seed_draws_the_same_rows() -> None:
    y, models = two_models(1, 100, (0.8, 0.6))
    again = resample_scores([AUC, ACCURACY], y, models, seed=5)
    np.testing.assert_array_equal(resample_scores([AUC, ACCURACY], y, models, seed=5).drawn, again.drawn)


def test_models_that_answer_alike_do_not_differ() -> None:
    y, models = two_models(1, 100, (0.8, 0.6))
    found = resample_scores([AUC], y, [models[0], models[0]]).difference(0, 1, 0)
    assert (found.value, found.low, found.high, found.p) == (0, 0, 0, 1)


def test_a_score_that_is_undefined_has_no_interval() -> None:
    y, models = two_models(1, 100, (0.8, 0.6))
    found = resample_scores([AUC], np.ones_like(y), models, n_resamples=100).difference(0, 1, 0)
    assert np.isnan([found.value, found.low, found.p]).all()


def test_p_is_adjusted_by_how_many_comparisons_there_are() -> None:
    assert adjust_p([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert adjust_p([0.5, 0.9]) == [1.0, 1.0]
    adjusted = adjust_p([float("nan"), 0.01])
    assert np.isnan(adjusted[0])
    assert adjusted[1] == 0.01
