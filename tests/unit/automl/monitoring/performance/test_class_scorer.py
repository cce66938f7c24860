"""Scores against weights: with 1 for the true class they are the usual ones, and weights are rows drawn again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automl.metrics import METRICS
from automl.monitoring.performance.class_estimate import ClassEstimate
from automl.monitoring.performance.class_scorer import ClassScorer, one_hot
from vocabulary import METRICS_BY_TASK


def answers(n: int, k: int, seed: int, ties: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    output = rng.dirichlet(np.full(k, 0.7), n)
    if ties:
        output = np.maximum(np.round(output, 1), 0.05)
        output /= output.sum(axis=1, keepdims=True)
    codes = (rng.random((n, 1)) > np.cumsum(output, axis=1)[:, :-1]).sum(axis=1)
    return output, output.argmax(axis=1), codes


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 80), st.integers(2, 5), st.integers(0, 1000), st.booleans())
def test_scores_of_known_classes_are_those_of_the_house(n, k, seed, ties):
    output, chosen, codes = answers(n, k, seed, ties)
    scorer = ClassScorer(output, chosen)
    for name in METRICS_BY_TASK["binary" if k == 2 else "multiclass"]:
        metric = METRICS[name]
        expected = metric.score(codes, output if metric.needs_proba else chosen)
        assert scorer.score(name, one_hot(codes, k)) == pytest.approx(expected, nan_ok=True), name


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 4), st.integers(0, 1000), st.booleans())
def test_a_row_of_weight_two_is_a_row_met_twice(k, seed, ties):
    output, chosen, codes = answers(60, k, seed, ties)
    times = np.random.default_rng(seed).integers(0, 3, 60)
    weighted, repeated = ClassScorer(output, chosen), np.repeat(np.arange(60), times)
    twice = ClassScorer(output[repeated], chosen[repeated])
    for name in weighted.metrics:
        once = weighted.score(name, one_hot(codes, k) * times[:, None])
        assert once == pytest.approx(twice.score(name, one_hot(codes[repeated], k)), nan_ok=True), name


@pytest.mark.parametrize("k", [2, 3])
def test_the_expected_score_is_the_mean_of_scores_of_classes_drawn_from_the_probabilities(k):
    output, chosen, codes = answers(3_000, k, 0, False)
    scorer = ClassScorer(output, chosen)
    estimate = ClassEstimate(scorer, codes, scorer)
    rng = np.random.default_rng(0)
    for name in estimate.metrics:
        drawn = [estimate.simulated(name, rng) for _ in range(60)]
        assert estimate.estimated(name) == pytest.approx(np.mean(drawn), abs=0.005), name


def test_a_score_that_is_undefined_is_not_a_number():
    scorer = ClassScorer(np.array([[0.2, 0.8], [0.6, 0.4]]), np.array([1, 0]))
    assert np.isnan(scorer.score("auc", one_hot(np.array([1, 1]), 2)))
    assert np.isnan(scorer.score("accuracy", np.zeros((2, 2))))
