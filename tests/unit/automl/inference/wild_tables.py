"""A table with every kind of column that a preprocessor makes features of, and rows that no table should have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from automl.inference.input_warnings import Flagged

ROWS = 200


def every_kind_of_column() -> pd.DataFrame:
    """Numbers plain, mixed with words, with units, with decimal commas, too close for float32; labels; dates; codes."""
    rng = np.random.default_rng(0)
    pick = rng.choice
    frame = pd.DataFrame(
        {
            "plain": rng.normal(size=ROWS).round(3),
            "whole": rng.integers(0, 9, ROWS),
            "comma": [f"{value:.2f}".replace(".", ",") for value in rng.uniform(1, 99, ROWS)],
            "word": [pick(["refused", "none left"]) if i % 5 == 0 else str(i * 3) for i in range(ROWS)],
            "unit": [f"{i + 1} {pick(['kg', 'g'])}" for i in range(ROWS)],
            "money": [f"{pick(['$', '€'])}{i + 5}" for i in range(ROWS)],
            "moment": 1.7e9 + rng.integers(0, 500, ROWS),
            "colour": pick(["red", "Green", "blue"], ROWS),
            "town": pick([f"t{i}" for i in range(40)], ROWS),
            "level": pick([1.0, 2.5, 3.0], ROWS),
            "grade": pick(["<5", "5-10", "10+"], ROWS),
            "seat": [f"{pick(list('ABC'))}{i % 70}" for i in range(ROWS)],
            "member": pick(["yes", "no"], ROWS),
            "when": pd.date_range("2021-01-05", periods=ROWS, freq="31h").astype(str),
        }
    )
    for column in ("plain", "colour", "member", "when", "town"):
        frame.loc[rng.choice(ROWS, ROWS // 10, replace=False), column] = None
    return frame


def wild_cells(known: list[Any]) -> st.SearchStrategy[Any]:
    """Cells as they may come in JSON: known ones, and everything else."""
    return st.one_of(
        st.sampled_from(known),
        st.sampled_from(known).map(lambda cell: f" {str(cell).upper()} "),
        st.none(),
        st.booleans(),
        st.integers(-(10**30), 10**30),
        st.integers(-200, 200),
        st.floats(allow_nan=True, allow_infinity=True),
        st.floats(-100, 100),
        st.sampled_from([
            "", " ", "n/a", "NaN", "unknown", "none", "true", "1e400", "-1e39", "3,5", "3.5", "1,234", "$7", "£8",
            "(3)", "9 kg", "4 oz", "12 lb", "refused", "purple", "x" * 300, "2021-03-04", "3021-03-04 05:06",
            "04.03.2021", "A7", "t3", "T3", "2.50", "0002", "7-9", ">3", "🙂", "1_000",
        ]),
        st.text(max_size=12),
        st.just(10**400),
    )  # fmt: skip


def wild_rows(frame: pd.DataFrame, max_rows: int = 4) -> st.SearchStrategy[dict[str, list[Any]]]:
    """Columns of equally many wild cells; some columns are absent, and one is of no use."""

    def columns(n_rows: int) -> st.SearchStrategy[dict[str, list[Any]]]:
        cells = {
            name: st.lists(wild_cells(frame[name].dropna().tolist()[:50]), min_size=n_rows, max_size=n_rows)
            for name in frame
        }
        always = {"useless": st.lists(st.none(), min_size=n_rows, max_size=n_rows)}
        return st.fixed_dictionaries(always, optional=cells)

    return st.integers(1, max_rows).flatmap(columns)


def told(flagged: Iterable[Flagged]) -> list[tuple[str, str, list[int], list[str]]]:
    """Warnings as plain data, to be compared."""
    return [(each.feature["name"], each.reason, each.rows.tolist(), list(each.cells)) for each in flagged]
