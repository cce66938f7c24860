"""McNemar's and DeLong's tests, beside their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from automl.metrics import METRICS
from automl.model_evaluation.comparison.paired_bootstrap import resample_scores
from automl.model_evaluation.comparison.paired_tests import delong, mcnemar


def pair(n: int = 120, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rounded scores, so that there are ties."""
    rng = np.random.default_rng(seed)
    positive = rng.random(n) < 0.4
    a = np.round(positive + rng.normal(size=n), 1)
    b = np.round(0.5 * positive + rng.normal(size=n), 1)
    return positive, a, b


def test_delong_is_what_its_definition_says() -> None:
    positive, a, b = pair()
    columns = []
    for score in (a, b):
        wins = (score[positive][:, None] > score[~positive]) + 0.5 * (score[positive][:, None] == score[~positive])
        columns.append((wins.mean(axis=1), wins.mean(axis=0)))
    cov = [np.cov(columns[0][side], columns[1][side]) / len(columns[0][side]) for side in (0, 1)]
    variance = sum(each[0, 0] + each[1, 1] - 2 * each[0, 1] for each in cov)
    found = delong(positive, a, b)
    assert found is not None
    assert found["value"] == pytest.approx(roc_auc_score(positive, a) - roc_auc_score(positive, b))
    assert found["standard_error"] == pytest.approx(np.sqrt(variance))


def test_delong_and_the_paired_bootstrap_agree() -> None:
    positive, a, b = pair(600, 3)
    models = [{"auc": np.column_stack([-score, score])} for score in (a, b)]
    drawn = resample_scores([METRICS["auc"]], positive.astype(np.int64), models).difference(0, 1, 0)
    found = delong(positive, a, b)
    assert found is not None
    assert found["value"] == pytest.approx(drawn.value)
    assert found["standard_error"] == pytest.approx(drawn.standard_error, rel=0.1)


def test_delong_of_one_score_twice_and_of_one_class() -> None:
    positive, a, _ = pair()
    same = delong(positive, a, a)
    assert same is not None
    assert (same["value"], same["standard_error"], same["p"]) == (0, 0, 1)
    assert delong(np.ones(20, dtype=bool), a[:20], a[:20]) is None


def test_mcnemar_counts_what_only_one_has_right() -> None:
    a_right = np.array([True] * 60 + [False] * 40)
    b_right = np.array([True] * 55 + [False] * 5 + [True] * 15 + [False] * 25)
    found = mcnemar(a_right, b_right)
    assert (found["only_a"], found["only_b"]) == (5, 15)
    assert found["p"] == pytest.approx(0.04138946533203125)  # 2 * P(X <= 5), X of 20 tosses
    assert mcnemar(a_right, a_right)["p"] == 1
