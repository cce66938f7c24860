"""Folds: deterministic, fair, and honest about groups and time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automl.search.splits import choose_n_splits, folds


@settings(max_examples=60)
@given(st.lists(st.integers(0, 4), min_size=10, max_size=80), st.integers(2, 6), st.integers(0, 3))
def test_every_class_is_in_every_training_part(labels: list[int], n_splits: int, seed: int) -> None:
    y = np.array(labels)
    made = folds(y, "multiclass", n_splits, seed)
    validated = np.concatenate([valid for _, valid in made]) if made else np.array([], dtype=int)
    codes, counts = np.unique(y, return_counts=True)
    assert sorted(validated) == sorted(np.flatnonzero(np.isin(y, codes[counts > 1])))
    for train, valid in made:
        assert set(y[train]) == set(codes)
        assert not set(train) & set(valid)
        assert len(train) + len(valid) == len(y)


def test_classes_are_dealt_evenly() -> None:
    y = np.repeat([0, 1], [90, 10])
    for _, valid in folds(y, "binary", 5, 0):
        assert (y[valid] == 1).sum() == 2


def test_targets_are_dealt_evenly() -> None:
    y = np.random.default_rng(0).lognormal(size=1000)
    means = [y[valid].mean() for _, valid in folds(y, "regression", 5, 0)]
    assert np.ptp(means) < 0.2 * np.mean(means)


def test_the_same_data_and_seed_give_the_same_folds() -> None:
    y = np.random.default_rng(0).normal(size=50)
    for first, again in zip(folds(y, "regression", 4, 7), folds(y.copy(), "regression", 4, 7), strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    other = folds(y, "regression", 4, 8)
    assert not np.array_equal(folds(y, "regression", 4, 7)[0][1], other[0][1])


def test_a_holdout_is_one_fold() -> None:
    y = np.repeat([0, 1], 500)
    ((train, valid),) = folds(y, "binary", 1, 0)
    assert len(valid) == 200
    assert len(train) == 800
    ((_, large),) = folds(np.zeros(1_000_000), "regression", 1, 0)
    assert len(large) == 20_000


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_a_group_is_on_one_side(task: str) -> None:
    rng = np.random.default_rng(0)
    groups = rng.integers(0, 30, 300).astype(str)
    y = rng.integers(0, 2, 300) if task == "binary" else rng.normal(size=300)
    made = folds(y, task, 5, 0, groups=groups)
    assert sorted(np.concatenate([valid for _, valid in made])) == list(range(300))
    for train, valid in made:
        assert not set(groups[train]) & set(groups[valid])
        assert 30 < len(valid) < 90


def test_time_trains_on_the_past() -> None:
    times = np.random.default_rng(0).integers(0, 40, 200)
    for n_splits in (1, 4):
        made = folds(np.zeros(200), "regression", n_splits, 0, times=times)
        assert len(made) == n_splits
        for train, valid in made:
            assert times[train].max() < times[valid].min()


@pytest.mark.parametrize(("rows", "columns", "budget_s", "n_classes", "expected"), [
    (500, 10, 60, 0, (8, 8)), (2000, 100, 2, 0, (8, 8)), (5, 1, 60, 2, (2, 2)),
    (10_000, 10, 60, 2, (6, 6)), (10_000, 100, 600, 2, (6, 6)),
    (10_000, 10, 30, 2, (6, 2)), (10_000, 10, 60, 26, (6, 2)),
    (1_000_000, 20, 60, 2, (1, 1)),
])  # fmt: skip
def test_the_time_decides_how_many(
    rows: int, columns: int, budget_s: float, n_classes: int, expected: tuple[int, int]
) -> None:
    assert choose_n_splits(rows, columns, budget_s, n_classes) == expected
