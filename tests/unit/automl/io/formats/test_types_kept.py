"""Tables of mixed types, written in every format and read back: the same cells, and types that suit them."""

from __future__ import annotations

import datetime as dt
import io
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from automl.io.csv_reader import read_csv
from automl.io.table_reader import open_as_csv
from automl.parsing.dates import parse_date
from automl.parsing.scalars import parse_number
from automl.preprocessing.columns.code_columns import code_column_types
from tests.unit.automl.io.formats.workbooks import xlsx

# What XML, and so a workbook, can hold.
TEXT = st.text(
    st.characters(min_codepoint=32, max_codepoint=0xD7FF, exclude_characters="\x7f"), min_size=1, max_size=20
)
DAYS = st.dates(dt.date(1901, 1, 1), dt.date(2100, 1, 1))
ROW = st.tuples(
    st.none() | st.integers(-(2**53), 2**53),
    st.none() | st.floats(-1e15, 1e15, allow_subnormal=False),
    st.none() | st.booleans(),
    st.none() | DAYS,
    st.none() | TEXT.map(lambda text: f"t{text}"),  # A text such as "=1" would be a formula.
)
NAMES = ["whole", "fraction", "truth", "day", "word"]


def as_xlsx(frame: pd.DataFrame) -> bytes:
    return xlsx({"A": [NAMES, *frame.itertuples(index=False)]})


def as_parquet(frame: pd.DataFrame) -> bytes:
    file = io.BytesIO()
    frame.to_parquet(file)
    return file.getvalue()


def as_json_lines(frame: pd.DataFrame) -> bytes:
    text = frame.assign(day=frame["day"].map(lambda day: day and day.isoformat()))
    return text.to_json(orient="records", lines=True, double_precision=15).encode()


WRITERS: dict[str, Callable[[pd.DataFrame], bytes]] = {
    "xlsx": as_xlsx, "parquet": as_parquet, "jsonl": as_json_lines,
}  # fmt: skip


@pytest.mark.parametrize("format", WRITERS)
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=st.lists(ROW, min_size=2, max_size=30))
def test_a_table_reads_back_as_it_was_written(format: str, rows: list[tuple[Any, ...]], tmp_path: Path) -> None:
    rows = [(1, 0.5, True, dt.date(2024, 2, 29), "first"), *(row for row in rows if any(x is not None for x in row))]
    frame = pd.DataFrame(rows, columns=NAMES, dtype=object)
    path = tmp_path / f"table.{format}"
    path.write_bytes(WRITERS[format](frame))
    with open_as_csv(path) as table:
        found = read_csv(table.path, table.conversion.sniffed.dialect)
    assert list(found.columns) == NAMES
    assert len(found) == len(rows)
    for row, cells in zip(rows, found.itertuples(index=False), strict=True):
        whole, fraction, truth, day, word = (None if cell != cell else cell for cell in cells)
        assert (whole is None) == (row[0] is None)
        assert whole is None or int(float(whole)) == row[0]
        # Writers of workbooks and JSON leave out digits of floats; nothing is lost on the way from the file.
        assert (fraction is None) == (row[1] is None)
        assert fraction is None or math.isclose(parse_number(fraction), row[1], rel_tol=1e-14, abs_tol=1e-15)
        assert (truth is None) == (row[2] is None)
        assert truth is None or truth == str(row[2]).lower()
        assert (day is None) == (row[3] is None)
        assert day is None or dt.datetime.fromtimestamp(parse_date(day), dt.UTC).date() == row[3]
        assert word == row[4]


@pytest.mark.parametrize("format", WRITERS)
def test_digits_that_are_text_are_labels_and_those_that_are_numbers_are_not(format: str, tmp_path: Path) -> None:
    rows = [(number % 7, 0.5, True, dt.date(2024, 1, 1), str(number % 9 + 10)) for number in range(60)]
    path = tmp_path / f"table.{format}"
    path.write_bytes(WRITERS[format](pd.DataFrame(rows, columns=NAMES, dtype=object)))
    with open_as_csv(path) as table:
        found = read_csv(table.path, table.conversion.sniffed.dialect)
    assert code_column_types(found, table.conversion.digit_text) == {"word": "category"}
