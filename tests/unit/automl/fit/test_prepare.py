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


@pytest.mark.parametrize(
    ("y", "changes", "reason"),
    [
        (np.linspace(-1, 1, 60), {"metric": "rmsle"}, "METRIC_NEEDS_NO_NEGATIVES"),
        (np.arange(60) // 2, {"metric": "mape"}, "METRIC_NEEDS_NO_ZEROS"),
        (np.linspace(1, 2, 60), {"metric": "auc"}, "METRIC_DOES_NOT_FIT"),
        (["a", "b"] * 30, {"metric": "rmse"}, "METRIC_DOES_NOT_FIT"),
        (["a", "b", "c"] * 20, {"metric": "f1"}, "METRIC_DOES_NOT_FIT"),
        (["a", "b", "c"] * 20, {"positive_class": "a"}, "POSITIVE_CLASS_NOT_BINARY"),
        (["a", "b"] * 30, {"positive_class": "c"}, "UNKNOWN_POSITIVE_CLASS"),
        (["a", "b"] * 30, {"models": ["text"]}, "MODELS_DO_NOT_SUIT"),
        (["a", "b"] * 30, {"models": ["nope"]}, "UNKNOWN_MODEL"),
        (["a"] * 20 + ["b"] * 40, {"metric": "auc", "time_column": "when"}, "METRIC_NEEDS_TWO_CLASSES"),
    ],
)
def test_what_cannot_be_scored_or_fitted_is_refused_before_the_search(
    y: Any, changes: dict[str, Any], reason: str
) -> None:
    table = frame().assign(y=y, when=pd.date_range("2024-01-01", periods=60).astype(str))
    with pytest.raises(AutoMLError) as caught:
        prepared(table, **changes)
    assert caught.value.reason == reason
    assert caught.value.hint


def test_the_method_names_groups_time_and_copies() -> None:
    table = frame().assign(who=np.arange(60) // 4, when=pd.date_range("2024-01-01", periods=60).astype(str))
    assert "kept together" not in prepared(table).training.validation
    assert "groups kept together" in prepared(table, group_column="who").training.validation
    assert "judged on later rows" in prepared(table, time_column="when").training.validation
    both = prepared(table, group_column="who", time_column="when")
    assert "judged on later rows" in both.training.validation
    assert any("rows of one group" in warning for warning in both.warnings)


def test_copies_of_a_row_stand_in_one_fold_and_are_counted() -> None:
    table = pd.concat([frame()] * 2, ignore_index=True)
    made = prepared(table.assign(noise=np.tile(np.random.default_rng(3).normal(size=60), 2)))
    assert "repeated rows kept together" in made.training.validation
    assert any(warning.startswith("60 of 120 rows repeat") for warning in made.warnings)
    for train, valid in made.training.splits:
        assert not set(table["x"].iloc[train]) & set(table["x"].iloc[valid])


def test_two_columns_of_one_name_are_refused_unless_excluded() -> None:
    table = frame()
    table.insert(1, "x", table["x"] ** 2, allow_duplicates=True)
    with pytest.raises(AutoMLError) as caught:
        prepared(table)
    assert caught.value.reason == "COLUMN_NAMED_TWICE"
    assert prepared(table.assign(z=frame(61)["x"].iloc[1:].to_numpy()), exclude_columns=["x"]).features.n_columns == 1


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
    assert "1,000 of 5,000 rows" in made.warnings[0]


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
