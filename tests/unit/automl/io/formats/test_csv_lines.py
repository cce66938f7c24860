"""Columns of text as lines of CSV."""

from __future__ import annotations

import csv
import io

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from automl.io.csv_reader import read_csv
from automl.io.formats.csv_lines import TEXT, csv_lines

Rows = list[list[str | None]]


def tables(characters: st.SearchStrategy[str]) -> st.SearchStrategy[Rows]:
    cells = st.one_of(st.none(), st.text(characters, max_size=5))
    return st.integers(1, 4).flatmap(
        lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=5)
    )


def lines_of(rows: Rows) -> bytes:
    return csv_lines([pa.array(column, TEXT) for column in zip(*rows, strict=True)])


@given(tables(st.one_of(st.sampled_from('",\n \t'), st.characters(codec="utf-8", exclude_characters="\r"))))
def test_they_are_what_python_writes(rows: Rows) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    assert lines_of(rows) == text.getvalue().encode()


@given(tables(st.sampled_from('ab",\n\r ')))
def test_they_are_read_back_as_they_were_also_with_ends_of_lines_of_any_kind(rows: Rows) -> None:
    names = [f"c{number}" for number in range(len(rows[0]))]
    frame = read_csv(io.BytesIO(lines_of([names, *rows])))
    assert frame.fillna("").to_numpy().tolist() == [[cell or "" for cell in row] for row in rows]


def test_many_columns_are_joined_like_few() -> None:
    assert lines_of([["a"] * 10_000, [None] * 10_000]) == b"a," * 9_999 + b"a\n" + b"," * 9_999 + b"\n"
