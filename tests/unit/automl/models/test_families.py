"""Every family keeps the same promises."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from automl.errors import SpecError
from automl.models import FAMILIES, available_families, get_family
from automl.models.base import FitData, Params, TaskSpec
from automl.preprocessing.features import Features
from automl.preprocessing.text_encoder import EncodedFeatures, TextEncoder

# TensorFlow's import alone takes longer than all other families together: it has a test of its own.
QUICK = [name for name in FAMILIES if name != "neural"]
TASKS = ("binary", "multiclass", "regression")


def encoded(n: int = 200, seed: int = 0) -> EncodedFeatures:
    rng = np.random.default_rng(seed)
    numeric = rng.normal(size=(n, 3)).astype(np.float32)
    numeric[rng.random((n, 3)) < 0.1] = np.nan
    categorical = rng.integers(-1, 5, (n, 1)).astype(np.int32)  # 4 labels: -1 is missing, 4 unseen
    words = ["sun", "rain", "wind", "snow"]
    texts = np.array([" ".join(rng.choice(words, 4)) for _ in range(n)], dtype=object)
    features = Features(numeric, categorical, (texts,), ("a", "b", "c"), ("d",), ("e",), (tuple("wxyz"),))
    return TextEncoder.fit(features).encode(features)


def problem_and_target(task: str, table: EncodedFeatures) -> tuple[TaskSpec, np.ndarray]:
    signal = np.nan_to_num(table.numeric_without_text[:, 0]) + (table.categorical[:, 0] == 2)
    if task == "binary":
        return TaskSpec("binary", 2, "auc"), (signal > 0.3).astype(np.int64)
    if task == "multiclass":
        return TaskSpec("multiclass", 3, "log_loss"), np.digitize(signal, [-0.5, 0.5]).astype(np.int64)
    return TaskSpec("regression", 0, "rmse"), (signal - signal.mean()) / signal.std()


def quick_params(name: str, problem: TaskSpec) -> Params:
    params = get_family(name).defaults(problem)[0]
    return {**params, **{key: 3 for key in ("depth", "max_depth") if key in params}}


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", QUICK)
def test_a_saved_model_predicts_the_same(name: str, task: str, tmp_path: Path) -> None:
    table = encoded()
    problem, y = problem_and_target(task, table)
    train, valid = np.arange(150), np.arange(150, 200)
    fold = FitData(table.take(train), y[train], time.monotonic() + 1, table.take(valid), y[valid])
    model = get_family(name).fit(quick_params(name, problem), problem, fold)
    before = model.predict(table)
    model.save(tmp_path)
    after = get_family(name).load(tmp_path).predict(table)
    np.testing.assert_allclose(after, before, atol=1e-6)
    assert np.isfinite(before).all()
    if problem.is_classification:
        assert before.shape == (200, problem.n_classes)
        np.testing.assert_allclose(before.sum(axis=1), 1, atol=1e-4)
    else:
        assert before.shape == (200,)
    assert not [each for each in tmp_path.iterdir() if each.suffix in (".pkl", ".joblib")]


@pytest.mark.parametrize("name", QUICK)
def test_a_single_row_is_answered_like_many(name: str) -> None:
    table = encoded()
    problem, y = problem_and_target("binary", table)
    model = get_family(name).fit(
        quick_params(name, problem), problem, FitData(table, y, time.monotonic() + 1, rounds=20)
    )
    many = model.predict(table)
    np.testing.assert_allclose(model.predict(table.take(slice(7, 8))), many[7:8], atol=1e-5)
    assert model.predict(table.take(slice(0, 0))).shape == (0, 2) or name == "xgboost"


@pytest.mark.parametrize("name", QUICK)
def test_two_fits_at_once_are_as_good_as_one_after_the_other(name: str) -> None:
    table = encoded()
    problem, y = problem_and_target("binary", table)
    params = quick_params(name, problem)

    def fit(rows: np.ndarray) -> np.ndarray:
        fold = FitData(table.take(rows), y[rows], time.monotonic() + 60, rounds=10)
        return get_family(name).fit(params, problem, fold).predict(table)

    halves = [np.arange(100), np.arange(100, 200)]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(fit, halves))
    for rows, answers in zip(halves, together, strict=True):
        np.testing.assert_array_equal(answers, fit(rows))


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", list(FAMILIES))
def test_defaults_lie_inside_the_search_space(name: str, task: str) -> None:
    problem, _ = problem_and_target(task, encoded(20))
    space = get_family(name).search_space(problem)
    assert get_family(name).defaults(problem)
    for params in get_family(name).defaults(problem):
        assert set(params) == set(space)
        for key, value in params.items():
            assert space[key]._contains(space[key].to_internal_repr(value)), (key, value)


@pytest.mark.parametrize("name", ["lightgbm", "xgboost", "catboost", "random_forest", "extra_trees"])
def test_a_deadline_already_over_still_gives_a_small_model(name: str) -> None:
    table = encoded()
    problem, y = problem_and_target("regression", table)
    fold = FitData(table, y, time.monotonic() - 1, table, y)
    model = get_family(name).fit(get_family(name).defaults(problem)[0], problem, fold)
    assert model.rounds is not None
    assert 1 <= model.rounds <= 10
    assert np.isfinite(model.predict(table)).all()


@pytest.mark.parametrize("name", ["linear", "lightgbm", "xgboost", "catboost", "random_forest", "neighbours"])
def test_a_class_absent_from_the_rows_keeps_its_column(name: str) -> None:
    table = encoded()
    problem, y = problem_and_target("multiclass", table)
    rows = np.flatnonzero(y != 1)
    fold = FitData(table.take(rows), y[rows], time.monotonic() + 1, rounds=10)
    prediction = get_family(name).fit(quick_params(name, problem), problem, fold).predict(table)
    assert prediction.shape == (200, 3)
    assert prediction[:, 1].max() < 0.3


def test_an_unknown_family_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SpecError, match="lightgbm") as caught:
        get_family("magic")
    assert caught.value.reason == "UNKNOWN_MODEL"
    assert "constant" not in available_families()
