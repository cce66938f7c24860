"""Rows that come twice: copies are told from rows that are equal by chance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from automl.fit.repeats import RepeatedRows, find_repeated_rows
from automl.preprocessing.fit import fit_preprocessor

RNG = np.random.default_rng(0)


def repeats(frame: pd.DataFrame) -> RepeatedRows:
    y = frame["y"].to_numpy()
    codes = y if y.dtype.kind == "f" else pd.factorize(y)[0]
    return find_repeated_rows(fit_preprocessor(frame, target="y")[1], codes)


def continuous(n: int) -> pd.DataFrame:
    return pd.DataFrame({"a": RNG.normal(size=n), "b": RNG.normal(size=n), "y": RNG.choice(["u", "v"], n)})


def test_each_row_twice() -> None:
    found = repeats(pd.concat([continuous(100)] * 2))
    assert found.are_copies
    assert found.n_repeated == 100


def test_a_rare_class_copied_to_balance_the_table() -> None:
    rare = continuous(10).assign(y="v")
    found = repeats(pd.concat([continuous(100).assign(y="u"), *[rare] * 4]))
    assert found.are_copies
    assert found.n_repeated == 30


def test_a_single_column_of_distinct_values_twice() -> None:
    assert repeats(pd.concat([continuous(100)[["a", "y"]]] * 2)).are_copies


def test_an_id_does_not_hide_a_copy() -> None:
    assert repeats(pd.concat([continuous(100)] * 2).assign(id=[f"u{i:06d}" for i in range(200)])).are_copies


@pytest.mark.parametrize("y", ["random", "follows"])
def test_few_truth_values_repeat_by_chance(y: str) -> None:
    frame = pd.DataFrame(RNG.choice(["yes", "no"], (400, 3)), columns=list("abc"))
    frame["y"] = RNG.choice(["u", "v"], 400) if y == "random" else np.where(frame["a"] == frame["b"], "u", "v")
    found = repeats(frame)
    assert found.n_repeated > 300
    assert not found.are_copies


def test_rows_that_differ_in_the_target_are_no_copies() -> None:
    table = continuous(100)
    found = repeats(pd.concat([table.assign(y="u"), table.assign(y="v")]))
    assert found.n_repeated == 0
    assert not found.are_copies


def test_a_table_without_repeats() -> None:
    assert repeats(continuous(50)).n_repeated == 0
