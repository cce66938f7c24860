"""Realised performance: intervals, and labels that came for some rows rather than for others."""

from __future__ import annotations

import numpy as np
import pytest

from automl.evaluation.calibration import wilson
from automl.monitoring.performance.class_scorer import ClassScorer, one_hot
from automl.monitoring.performance.realised import bands, labelled_rows, realised_score


def classifier(n: int, seed: int) -> tuple[ClassScorer, np.ndarray]:
    """Right in 9 of 10 rows answered with the first class, in 6 of 10 with the second."""
    rng = np.random.default_rng(seed)
    answers = rng.integers(0, 2, n)
    right = rng.random(n) < np.where(answers == 0, 0.9, 0.6)
    output = np.where(answers[:, None] == [0, 1], 0.75, 0.25)
    return ClassScorer(output, answers), np.where(right, answers, 1 - answers)


def realised(n: int, seed: int, labelled: np.ndarray, metric: str = "accuracy"):
    scorer, codes = classifier(n, seed)
    found = labelled_rows(labelled, scorer.answers, ["a", "b"])
    part = ClassScorer(scorer.output[found.rows], scorer.answers[found.rows])
    truth = one_hot(codes[found.rows], 2)
    score = realised_score(metric, lambda weights: part.score(metric, truth * weights[:, None]), found,
                           np.random.default_rng(0))  # fmt: skip
    return found, score


def test_accuracy_has_wilsons_interval():
    found, (interval, method) = realised(500, 0, np.ones(500, dtype=bool))
    assert (interval.low, interval.high) == pytest.approx(wilson(interval.value, 500))
    assert method == "Wilson"
    assert not found.weighted


def test_intervals_hold_the_truth_in_about_95_of_100_windows():
    scorer, codes = classifier(100_000, 1_000)
    true = scorer.score("f1_macro", one_hot(codes, 2))
    intervals = [realised(200, seed, np.ones(200, dtype=bool), "f1_macro")[1][0] for seed in range(100)]
    assert sum(each.low <= true <= each.high for each in intervals) >= 88


def test_rows_that_are_labelled_rarely_count_more():
    rng = np.random.default_rng(3)
    scorer, _ = classifier(4_000, 3)
    labelled = rng.random(4_000) < np.where(scorer.answers == 0, 0.8, 0.1)
    found, (interval, method) = realised(4_000, 3, labelled)
    assert found.weighted
    assert "weighted" in method
    assert interval.value == pytest.approx(0.75, abs=0.03)
    assert interval.low < 0.75 < interval.high
    assert found.effective < len(found.rows)
    assert {each["answer"] for each in found.by_answer} == {"a", "b"}


def test_answers_of_which_no_row_is_labelled_are_told():
    scorer, _ = classifier(1_000, 4)
    found, _ = realised(1_000, 4, scorer.answers == 0)
    assert found.uncovered == pytest.approx((scorer.answers == 1).mean())


def test_a_handful_of_labels_says_nothing():
    labelled = np.zeros(500, dtype=bool)
    labelled[:5] = True
    assert realised(500, 0, labelled)[1] is None


def test_numbers_are_grouped_into_fifths():
    codes, names = bands(np.arange(100.0))
    assert np.bincount(codes).tolist() == [20] * 5
    assert len(names) == 5
    assert bands(np.zeros(10))[0].max() < len(bands(np.zeros(10))[1])
