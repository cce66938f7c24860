"""Cells of a workbook's column as text."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl.io.formats.cell_text import column_text

NUMBERS = st.one_of(
    st.floats(),
    st.floats(-1e12, 1e12),
    st.floats(-1e-3, 1e-3),
    st.integers(-(10**17), 10**17).map(float),
    st.integers(-(10**6), 10**6).map(lambda cents: cents / 100),
)
MOMENTS = st.one_of(
    st.datetimes(), st.dates(), st.datetimes().map(lambda moment: moment.replace(microsecond=0)), st.just(dt.date.min)
)


def written(cells: list[object]) -> list[str]:
    text = column_text(cells)
    return [cell or "" for cell in (text.to_pylist() if isinstance(text, pa.Array) else text)]


def with_empty(cells: st.SearchStrategy[object]) -> st.SearchStrategy[list[object]]:
    return st.one_of(st.lists(cells, min_size=1), st.lists(st.one_of(cells, st.just("")), min_size=1))


@given(with_empty(NUMBERS))
def test_numbers_are_written_as_python_does_and_whole_ones_without_a_fraction(cells: list[object]) -> None:
    assert written(cells) == [str(cell).removesuffix(".0") for cell in cells]


@given(with_empty(MOMENTS))
def test_moments_and_days_are_written_as_iso_has_them(cells: list[object]) -> None:
    assert written(cells) == [cell.isoformat() if isinstance(cell, dt.date) else "" for cell in cells]


@given(with_empty(st.one_of(NUMBERS, MOMENTS, st.booleans(), st.text(), st.times())))
def test_a_cell_is_written_alike_alone_and_among_others(cells: list[object]) -> None:
    assert written(cells) == [written([cell])[0] for cell in cells]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (-0.0, "-0"),
        (9_999_999_999.0, "9999999999"),
        (10_000_000_000.5, "10000000000.5"),
        (1e15, "1000000000000000"),
        (1e16, "1e+16"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (float("inf"), "inf"),
        (True, "true"),
        (dt.timedelta(days=1, milliseconds=500), "86400.5"),
        (dt.datetime(2024, 2, 29, 10, 30, 0, 500_000), "2024-02-29T10:30:00.500000"),
    ],
)
def test_single_cells(cell: object, text: str) -> None:
    assert written([cell]) == [text]
    assert written([cell, "", cell]) == [text, "", text]
