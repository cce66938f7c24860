"""Metrics agree with scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from automl.errors import SpecError
from automl.metrics import METRICS, get_metric


def classified(seed: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    y = np.append(np.arange(k), rng.integers(0, k, 60))
    # Rounded, so that scores tie.
    proba = rng.dirichlet(np.ones(k), len(y)).round(1) + 0.01
    return y, proba / proba.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("auc", lambda y, p: reference.roc_auc_score(y, p[:, 1])),
        ("average_precision", lambda y, p: reference.average_precision_score(y, p[:, 1])),
        ("log_loss", lambda y, p: reference.log_loss(y, p)),
        ("accuracy", lambda y, p: reference.accuracy_score(y, p.argmax(1))),
        ("balanced_accuracy", lambda y, p: reference.balanced_accuracy_score(y, p.argmax(1))),
        ("f1", lambda y, p: reference.f1_score(y, p.argmax(1))),
        ("f1_macro", lambda y, p: reference.f1_score(y, p.argmax(1), average="macro")),
        ("mcc", lambda y, p: reference.matthews_corrcoef(y, p.argmax(1))),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_binary(name: str, expected: object, seed: int) -> None:
    y, proba = classified(seed, 2)
    assert get_metric(name, "binary").score(y, proba) == pytest.approx(expected(y, proba))  # type: ignore[operator]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("auc", lambda y, p: reference.roc_auc_score(y, p, multi_class="ovr")),
        ("log_loss", lambda y, p: reference.log_loss(y, p)),
        ("balanced_accuracy", lambda y, p: reference.balanced_accuracy_score(y, p.argmax(1))),
        ("f1_macro", lambda y, p: reference.f1_score(y, p.argmax(1), average="macro")),
        ("mcc", lambda y, p: reference.matthews_corrcoef(y, p.argmax(1))),
    ],
)
def test_multiclass(name: str, expected: object) -> None:
    y, proba = classified(0, 4)
    assert get_metric(name, "multiclass").score(y, proba) == pytest.approx(expected(y, proba))  # type: ignore[operator]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("rmse", reference.root_mean_squared_error),
        ("mae", reference.mean_absolute_error),
        ("r2", reference.r2_score),
        ("rmsle", reference.root_mean_squared_log_error),
        ("mape", reference.mean_absolute_percentage_error),
    ],
)
def test_regression(name: str, expected: object) -> None:
    rng = np.random.default_rng(0)
    y, prediction = rng.gamma(2, size=50), rng.gamma(2, size=50)
    assert get_metric(name, "regression").score(y, prediction) == pytest.approx(expected(y, prediction))  # type: ignore[operator]


@settings(max_examples=50)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=2, max_size=30))
def test_auc_counts_ties_half(pairs: list[tuple[bool, int]]) -> None:
    y, score = np.array([pair[0] for pair in pairs], dtype=int), np.array([pair[1] for pair in pairs], dtype=float)
    value = get_metric("auc").score(y, score)
    if 0 < y.sum() < len(y):
        assert value == pytest.approx(reference.roc_auc_score(y, score))
    else:
        assert np.isnan(value)


def test_labels_may_be_given_instead_of_probabilities() -> None:
    assert get_metric("f1").score(np.array([0, 1, 1]), np.array([0, 1, 1])) == 1.0


def test_signed_is_greater_for_the_better() -> None:
    y, good, bad = np.array([0.0, 1.0]), np.array([0.0, 1.0]), np.array([5.0, 5.0])
    for name in METRICS["rmse"].name, "mae", "r2":
        assert get_metric(name).signed(y, good) > get_metric(name).signed(y, bad)


def test_a_sure_mistake_costs_much_but_not_everything() -> None:
    value = get_metric("log_loss").score(np.array([0]), np.array([[0.0, 1.0]]))
    assert 10 < value < 20


@pytest.mark.parametrize(
    ("name", "task"), [("rmse", "binary"), ("f1", "multiclass"), ("nonsense", "binary"), ("auc", "sorting")]
)
def test_misfits_are_refused(name: str, task: str) -> None:
    with pytest.raises(SpecError) as caught:
        get_metric(name, task)
    assert caught.value.hint


def test_auto_is_the_default_of_the_task() -> None:
    assert [get_metric("auto", task).name for task in ("binary", "multiclass", "regression")] == [
        "auc",
        "log_loss",
        "rmse",
    ]


def test_rmsle_refuses_negative_targets() -> None:
    with pytest.raises(SpecError):
        get_metric("rmsle").score(np.array([-1.0]), np.array([1.0]))
