"""Boosters: when they end, how large their steps are, and their made columns."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from automl.models import get_family
from automl.models.base import FitData, TaskSpec
from automl.models.boosting.base import PROBE_ROUNDS, AdaptiveStopping, patience
from automl.models.crosses.family import FittedWithCrosses
from automl.preprocessing.text_encoder import EncodedFeatures

BOOSTERS = ("lightgbm", "catboost", "xgboost")


def slope(n: int = 400) -> tuple[EncodedFeatures, np.ndarray]:
    """A target that depends on which of two columns is larger: a staircase to splits on one column."""
    rng = np.random.default_rng(0)
    numeric = rng.uniform(1, 3, size=(n, 3)).astype(np.float32)
    table = EncodedFeatures(numeric, np.empty((n, 0), dtype=np.int32), numeric_names=("a", "b", "c"))
    return table, np.sign(numeric[:, 0] - numeric[:, 1]).astype(np.float64)


def fold_of(table: EncodedFeatures, y: np.ndarray, seconds: float, rounds: int | None = None) -> FitData:
    half = np.arange(len(table) // 2)
    rest = np.arange(len(table) // 2, len(table))
    valid = (None, None) if rounds else (table.take(rest), y[rest])
    return FitData(table.take(half), y[half], time.monotonic() + seconds, *valid, rounds=rounds)


def test_patience_is_longer_for_small_steps_and_small_tables() -> None:
    assert patience(500, 0, 0.02) == 300
    assert patience(500, 0, 0.1) < patience(500, 0, 0.05)
    assert patience(1_000_000, 0, 0.02) == 20
    assert patience(1_000_000, 1_000, 0.02) == 320


def test_steps_grow_only_where_the_time_is_too_short() -> None:
    table, y = slope()
    ample = AdaptiveStopping(fold_of(table, y, 1e6), 0.02, distance=20, highest=0.15)
    tight = AdaptiveStopping(fold_of(table, y, 2.0), 0.02, distance=1e9, highest=0.15)
    for progress in (ample, tight):
        assert not progress.stop(PROBE_ROUNDS, 1.0)
    assert not ample.increase_learning_rate(PROBE_ROUNDS)
    assert ample.rate == 0.02
    assert tight.increase_learning_rate(PROBE_ROUNDS)
    assert tight.rate == 0.15
    assert not tight.increase_learning_rate(PROBE_ROUNDS), "it is as high as may be"


def test_rounds_are_counted_in_nominal_steps() -> None:
    table, y = slope()
    progress = AdaptiveStopping(fold_of(table, y, 1e6), 0.05, distance=20, highest=0.15)
    progress.rate = 0.15
    for round_, loss in enumerate((3.0, 2.0, 1.0, 1.5)):
        progress.stop(round_, loss)
    assert progress.best_round == 2
    assert progress.rounds == 9


def test_a_refit_goes_as_far_as_the_folds_went() -> None:
    table, y = slope()
    progress = AdaptiveStopping(fold_of(table, y, 1e6, rounds=9), 0.05, distance=20, highest=0.15)
    progress.rate = 0.15
    assert [progress.stop(round_, None) for round_ in range(3)] == [False, False, True]


@pytest.mark.parametrize("name", BOOSTERS)
def test_a_refit_takes_the_rounds_it_is_told(name: str) -> None:
    table, y = slope()
    problem = TaskSpec("regression", 0, "rmse")
    params = get_family(name).defaults(problem)[0] | {"crosses": False}
    model = get_family(name).fit(params, problem, fold_of(table, y, 60, rounds=12))
    assert model.rounds == 12


@pytest.mark.parametrize("name", BOOSTERS)
def test_made_columns_find_a_slope_and_survive_saving(name: str, tmp_path: Path) -> None:
    table, y = slope()
    problem = TaskSpec("regression", 0, "rmse")
    params = get_family(name).defaults(problem)[0]
    quick = {"learning_rate": 0.1, "eta": 0.2, "depth": 4}
    params |= {key: value for key, value in quick.items() if key in params}
    fold = fold_of(table, y, 60)
    plain = get_family(name).fit({**params, "crosses": False}, problem, fold)
    crossed = get_family(name).fit({**params, "crosses": True}, problem, fold)
    assert isinstance(crossed, FittedWithCrosses)
    assert fold.valid is not None
    wrong, less_wrong = (np.square(model.predict(fold.valid) - fold.y_valid).mean() for model in (plain, crossed))
    assert less_wrong < wrong / 2
    crossed.save(tmp_path)
    again = get_family(name).load(tmp_path)
    np.testing.assert_allclose(again.predict(table), crossed.predict(table), atol=1e-6)


@pytest.mark.parametrize("name", BOOSTERS)
def test_threads_that_predict_at_once_disturb_nobody(name: str) -> None:
    table, y = slope(400)
    family = get_family(name)
    model = family.fit(
        family.defaults(TaskSpec("regression", 0, "rmse"))[0],
        TaskSpec("regression", 0, "rmse"),
        fold_of(table, y, 60, rounds=300),
    )
    # Of sizes that pass through the trees in different ways.
    parts = [table.take(slice(0, size)) for size in (1, 400, 3, 200, 65)] * 20
    alone = [model.predict(part) for part in parts]
    with ThreadPoolExecutor(4) as pool:
        for expected, predicted in zip(alone, pool.map(model.predict, parts), strict=True):
            np.testing.assert_array_equal(predicted, expected)
    np.testing.assert_allclose(alone[0], alone[1][:1])
