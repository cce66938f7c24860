from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from automl.errors import AutoMLError
from automl.fit.prepare import PreparedData, prepare
from automl.resources import Memory
from automl.search.run_context import RunContext
from automl.spec import FitSpec
from automl.time_budget import TimeBudget


def prepared(frame: pd.DataFrame, **changes: Any) -> PreparedData:
    run = RunContext(TimeBudget(changes.pop("budget_s", 10.0)), Memory())
    return prepare(frame, FitSpec("y", n_jobs=1, **changes), run)


def frame(n: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame({"x": rng.normal(size=n).round(3), "y": rng.choice(["a", "b"], n)})


def test_later_rows_validate_what_earlier_ones_teach() -> None:
    table = frame()
    days = np.random.default_rng(1).permutation(60)
    table["when"] = [f"2024-{1 + day // 28:02d}-{1 + day % 28:02d}" for day in days]
    for train, valid in prepared(table, time_column="when").training.splits:
        assert days[train].max() < days[valid].min()


def test_groups_stand_on_one_side() -> None:
    table = frame()
    table["who"] = np.arange(60) // 4
    for train, valid in prepared(table, group_column="who").training.splits:
        assert not set(table["who"].iloc[train]) & set(table["who"].iloc[valid])


def test_the_same_table_and_seed_give_the_same_folds() -> None:
    one, other = prepared(frame()), prepared(frame().copy())
    for a, b in zip(one.training.splits, other.training.splits, strict=True):
        np.testing.assert_array_equal(a[1], b[1])


def test_rows_beyond_what_the_budget_pays_for_are_sampled_and_that_is_said() -> None:
    made = prepared(frame(5_000), budget_s=0.001)
    assert len(made.training.y) == 1_000
    assert "1000 of 5000 rows" in made.warnings[0]


def test_one_group_cannot_be_split() -> None:
    table = frame()
    table["who"] = "me"
    with pytest.raises(AutoMLError) as caught:
        prepared(table, group_column="who")
    assert caught.value.reason == "CANNOT_SPLIT"


@pytest.mark.parametrize(
    "write",
    [
        lambda day: f"{day % 28 + 1:02d}/{day // 28 + 1:02d}/2024",  # the day comes first: 13/01 tells
        lambda day: f"{day + 1} Jan 2024" if day < 31 else f"{day - 30} Feb 2024",
        lambda day: f"{day * 1000:,}",
        lambda day: f"{day} h" if day % 2 else f"{day * 60} min",
        lambda day: {0: -np.inf, 59: np.nan}.get(day, (day - 30) * -0.0 if day == 30 else float(day - 30)),
        lambda day: day - 30,
    ],
)
def test_time_is_read_as_people_write_it(write: Any) -> None:
    table = frame()
    days = np.random.default_rng(1).permutation(60)
    table["when"] = [write(int(day)) for day in days]
    splits = prepared(table, time_column="when").training.splits
    assert splits
    for train, valid in splits:
        finite = [days[rows][(days[rows] >= 12) & (days[rows] < 48)] for rows in (train, valid)]
        assert not len(finite[0]) or not len(finite[1]) or finite[0].max() <= finite[1].min()


def test_groups_of_any_kind_stand_on_one_side() -> None:
    table = frame(90)
    table["who"] = pd.Series([0.0, -0.0, np.nan, np.inf, -np.inf, "a", "A", 1, True, None] * 9, dtype=object)
    for train, valid in prepared(table, group_column="who").training.splits:
        labels = [set(table["who"].iloc[rows].map(str)) - {"nan", "None"} for rows in (train, valid)]
        assert not labels[0] & labels[1]


def test_a_column_named_twice_cannot_be_the_target() -> None:
    table = pd.concat([frame(), frame()[["y"]]], axis=1)
    with pytest.raises(AutoMLError) as caught:
        prepared(table)
    assert caught.value.reason == "COLUMN_NAMED_TWICE"
