"""Made columns: what they hold, and that they give no target away."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from automl.models.base import FitData, TaskSpec
from automl.models.crosses.features import FeatureCrosses, TargetMeanEncoding, arithmetic
from automl.preprocessing.text_encoder import EncodedFeatures


def table_of(categorical: np.ndarray, levels: int) -> EncodedFeatures:
    rng = np.random.default_rng(1)
    numeric = rng.normal(size=(len(categorical), 2)).astype(np.float32)
    labels = tuple(map(str, range(levels)))
    return EncodedFeatures(numeric, categorical.astype(np.int32), categories=(labels,) * categorical.shape[1])


def test_arithmetic_leaves_what_cannot_be_computed_missing() -> None:
    numeric = np.array([[6, 3], [1, 0], [np.nan, 1], [3e38, -3e38]], dtype=np.float32)
    made = arithmetic(numeric, [(0, 0, 1), (0, 1, 1), (0, 2, 1), (0, 3, 1)])
    np.testing.assert_array_equal(made[0], [3, 9, 18, 2])
    assert np.isnan(made[1, 3])
    assert np.isnan(made[2]).all()
    assert np.isnan(made[3, [0, 2]]).all()


def test_means_of_cells_are_drawn_to_the_overall_mean() -> None:
    codes = np.array([[0]] * 950 + [[1]] * 50)
    outputs = np.array([[0.0]] * 950 + [[1.0]] * 50)
    means = TargetMeanEncoding.fit((0,), (4,), codes, outputs)
    answers = means.transform(np.array([[0], [1], [2], [-1]]))
    assert answers[0, 0] < 0.01
    assert 0.4 < answers[1, 0] < 0.6, "as many rows of the mean as of its own"
    np.testing.assert_allclose(answers[2:, 0], 0.05, atol=1e-6)
    assert answers[2, 1] == 0


@pytest.mark.parametrize("n_classes", [0, 2, 4])
def test_a_column_of_noise_says_nothing_of_its_own_rows_target(n_classes: int) -> None:
    rng = np.random.default_rng(0)
    n = 600
    table = table_of(rng.integers(0, 300, (n, 1)), 300)
    if n_classes:
        names = {2: "binary", 4: "multiclass"}
        problem, y = TaskSpec(names[n_classes], n_classes, "log_loss"), rng.integers(0, n_classes, n)  # type: ignore[arg-type]
    else:
        problem, y = TaskSpec("regression", 0, "rmse"), rng.normal(size=n)
    crosses, made = FeatureCrosses.fit(FitData(table, y, time.monotonic() + 60), problem)
    assert len(crosses.tables) == 1
    learnt = made[:, len(crosses.pairs)]
    known = crosses.transform(table).numeric[:, table.numeric.shape[1] + len(crosses.pairs)]
    target = y == 1 if n_classes else y
    assert abs(np.corrcoef(learnt, target)[0, 1]) < 0.2
    assert abs(np.corrcoef(known, target)[0, 1]) > 0.4, "as its own rows would have it"


def test_without_time_to_choose_there_are_no_pairs() -> None:
    rng = np.random.default_rng(0)
    table = table_of(rng.integers(0, 3, (200, 2)), 3)
    y = table.numeric[:, 0] * table.numeric[:, 1]
    crosses, _ = FeatureCrosses.fit(FitData(table, y, time.monotonic() - 1), TaskSpec("regression", 0, "rmse"))
    assert crosses.pairs == ()


def test_arrays_bring_everything_back() -> None:
    rng = np.random.default_rng(0)
    table = table_of(rng.integers(-1, 13, (300, 2)), 12)
    y = (table.numeric[:, 0] > table.numeric[:, 1]).astype(np.int64)
    crosses, made = FeatureCrosses.fit(FitData(table, y, time.monotonic() + 60), TaskSpec("binary", 2, "auc"))
    assert crosses.pairs
    assert len(crosses.tables) == 3
    assert crosses.transform(table).numeric.shape == (300, 2 + made.shape[1])
    again = FeatureCrosses.from_arrays(crosses.to_arrays())
    other = replace(table, categorical=table.categorical[::-1])
    np.testing.assert_array_equal(again.transform(other).numeric, crosses.transform(other).numeric)
