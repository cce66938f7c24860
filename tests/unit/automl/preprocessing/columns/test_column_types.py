"""Column types told from cells."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from automl.preprocessing.columns.column_stats import compute_column_stats
from automl.preprocessing.columns.column_types import infer_type

N = 200
RNG = np.random.default_rng(0)


def type_of(cells: object, name: str = "x") -> str:
    return infer_type(compute_column_stats(pd.Series(cells), name))


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([f"{value:.3f}" for value in RNG.normal(size=N)], "number"),
        (["1,234", "$5", "?", "12%"] * 50, "number"),
        ([f"{i},{i % 10}" for i in range(N)], "number"),
        ([f"{i / 7:.1f} kg" for i in range(N)], "number"),
        (["1", "2", "3"] * 60, "number"),
        (["3"] * 99 + ["NA"] * 99 + ["4"], "number"),
        (["yes", "No", ""] * 60, "boolean"),
        (["0", "1"] * 60, "boolean"),
        (["True", "False", None] * 60, "boolean"),
        (["NA", "SA", "EU"] * 60, "category"),
        (["red", "green"] * 60, "category"),
        ([f"{i % 50:05d}" for i in range(N)], "category"),
        ([f"{i % 28 + 1:02d}/{i % 12 + 1:02d}/2020" for i in range(N)], "date"),
        ([f"2020-01-{i % 28 + 1:02d}T10:00:00Z" for i in range(N)], "date"),
        ([f"202001{i % 28 + 1:02d}" for i in range(N)], "date"),
        ([f"the quick brown fox number {i}" for i in range(N)], "text"),
        ([f"U-{i:06x}" for i in range(N)], "id"),
        ([str(i) for i in range(N)], "id"),
        ([f"{i % 9}:{i % 60:02d}:30" for i in range(N)], "number"),
        ([f"{i} h" if i % 2 else f"{i} min" for i in range(N)], "number"),
        ([f"{i}{'kM'[i % 2]}" for i in range(N)], "number"),
        ([f"{i} {('KB', 'MB', 'GB')[i % 3]}" for i in range(N)], "number"),
        ([f"+1 (415) 555-{i:04d}" for i in range(N)], "id"),
        ([f"ann{i}@example.org" for i in range(N)], "id"),
        ([f"https://example.org/?page={i}&x=1" for i in range(N)], "id"),
        (["Yes", "n", "TRUE", "no", "0"] * 40, "boolean"),
        (["active", "Inactive"] * 60, "boolean"),
        ([f"2024-Q{i % 4 + 1}" for i in range(N)], "date"),
        ([f"{i % 28 + 1:02d}/Mar/2024:10:15:30 +0000" for i in range(N)], "date"),
        (["<5", "5-10", "10+"] * 60, "category"),
        (["2:1", "0:0", "3:2"] * 60, "category"),
        ([f"2024-W{i % 52 + 1:02d}" for i in range(N)], "date"),
        ([f"W{i % 52 + 1:02d} 2024" for i in range(N)], "date"),
        ([f"20{i % 20:02d} {('Jan', 'Feb', 'Mar')[i % 3]}" for i in range(N)], "date"),
        ([f"{i % 9}.5" if i % 3 else f"<0.{i % 9 + 1}" for i in range(N)], "category"),
        (["<0.5" if i % 2 else f"{i / 7:.2f}" for i in range(N)], "number"),
        (["<0,5", ">100", "≤ 3", *(f"{i / 7:.2f}".replace(".", ",") for i in range(40))] * 3, "number"),
        (["same"] * N, "constant"),
        ([None] * N, "constant"),
        ([" ", ""] * N, "constant"),
        ([], "constant"),
    ],
)
def test_types_of_text(cells: list[str | None], expected: str) -> None:
    assert type_of(pd.Series(cells, dtype="str")) == expected


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (RNG.normal(size=N), "number"),
        (np.arange(N), "id"),
        (np.arange(N) * 1000.5, "number"),
        (RNG.integers(0, 2, N), "boolean"),
        (RNG.choice([True, False], N), "boolean"),
        (pd.array([True, None] * 9, dtype="boolean"), "boolean"),
        (pd.Categorical([1, 2, 3] * 9), "category"),
        (pd.date_range("2020-01-01", periods=N), "date"),
        (pd.to_timedelta(RNG.integers(0, 99, N), unit="h"), "number"),
        ([20200101 + i % 28 for i in range(N)], "date"),
        ([np.nan] * N, "constant"),
    ],
)
def test_types_of_data_frames(cells: object, expected: str) -> None:
    assert type_of(cells) == expected


def test_a_name_can_tell_an_id() -> None:
    cells = [str(value) for value in RNG.permutation(10**9 + np.arange(N) * 7919)]
    assert type_of(cells, "amount") == "number"
    assert type_of(cells, "customer_id") == "id"
    assert type_of(cells, "CustomerID") == "id"


def test_counts_are_exact_beyond_the_sample() -> None:
    cells = pd.Series([str(i % 30_001) for i in range(60_000)] + [None, " ", ""] * 5, dtype="str")
    about = compute_column_stats(cells, "x")
    assert (about.n_rows, about.n_missing, about.n_distinct) == (60_015, 15, 30_001)
    assert sum(about.value_counts) <= 20_000


def test_the_day_first_question_is_settled_by_evidence() -> None:
    for cells, order in (
        (["03/04/2020", "13/04/2020"], "day_first"),
        (["03/04/2020", "04/13/2020"], "month_first"),
        (["03.04.2020"], "day_first"),
        (["98-04-03", "04-04-03"], "year_first"),
    ):
        assert compute_column_stats(pd.Series(cells), "x").date_order.order == order
