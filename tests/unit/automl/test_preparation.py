from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from automl.errors import AutoMLError
from automl.preparation import Prepared, prepare


def prepared(frame: pd.DataFrame, **changes: Any) -> Prepared:
    settings: dict[str, Any] = {
        "task": "auto",
        "metric_name": "auto",
        "positive_class": None,
        "types": None,
        "exclude_columns": (),
        "group_column": None,
        "time_column": None,
        "budget_s": 10.0,
        "n_jobs": 1,
        "seed": 0,
        "should_stop": lambda: False,
    }
    return prepare(frame, "y", **{**settings, **changes})


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
