"""CSV: every file gives its cells as they stand, or an error that names the line."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl.errors import DataError, SpecError
from automl.io.csv_reader import read_csv
from csvfile.dialect import Dialect


def cells(data: bytes, **options: object) -> list[list[str | None]]:
    frame = read_csv(io.BytesIO(data), Dialect(**options))  # type: ignore[arg-type]
    return [[None if pd.isna(cell) else cell for cell in row] for row in frame.to_numpy().tolist()]


def test_cells_are_the_raw_text() -> None:
    data = b'a,b,c\n007, x ,"1,5"\nNA,,"say ""hi""\nthere"\n'
    assert cells(data) == [["007", " x ", "1,5"], ["NA", None, 'say "hi"\nthere']]


@pytest.mark.parametrize(
    "data",
    [
        b"a,b\n1,2\n",
        b"a,b\n1,2",
        b"a,b\r\n1,2\r\n",
        b"a,b\r1,2\r",
        b"\xef\xbb\xbfa,b\n1,2\n",
        "a,b\n1,2\n".encode("utf-16"),
        b"\xfe\xff" + "a,b\n1,2\n".encode("utf-16-be"),
        b"\n\na,b\n\n1,2\n\n",
    ],
)
def test_line_ends_marks_and_blank_lines(data: bytes) -> None:
    assert cells(data) == [["1", "2"]]
    assert list(read_csv(io.BytesIO(data)).columns) == ["a", "b"]


def test_other_dialects(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes("größe;b\n1,5;2\n".encode("latin-1"))
    frame = read_csv(path, Dialect(";", "latin-1"))
    assert list(frame.columns) == ["größe", "b"]
    assert frame.iloc[0].tolist() == ["1,5", "2"]


def test_names_are_made_unique() -> None:
    frame = read_csv(io.BytesIO(b"a,a,,a.1\n1,2,3,4\n"))
    assert list(frame.columns) == ["a", "a.2", "column_3", "a.1"]
    assert len(frame.attrs["warnings"]) == 2


def test_without_a_header() -> None:
    assert list(read_csv(io.BytesIO(b"1,2\n3,4\n"), Dialect(header=False)).columns) == ["c0", "c1"]
    assert cells(b"1,2\n3,4\n", header=False) == [["1", "2"], ["3", "4"]]


def test_short_rows_are_filled_and_told() -> None:
    frame = read_csv(io.BytesIO(b"a,b,c\n1,2,3\n4\n"))
    assert frame.iloc[1].isna().tolist() == [False, True, True]
    assert "first on line 3" in frame.attrs["warnings"][0]


@pytest.mark.parametrize(
    ("data", "reason", "line"),
    [
        (b"", "EMPTY_FILE", None),
        (b"\n \n", "EMPTY_FILE", None),
        (b"a,b\n", "NO_ROWS", None),
        (b"a,b\n1,2\n1,2,3\n", "ROW_TOO_LONG", 3),
        (b"a,b\n1,2,3\n4,5,6\n", "ROW_TOO_LONG", 2),
        (b'a,b\n"1\n\n2",2\n1,2,3\n', "ROW_TOO_LONG", 5),
        (b'a,b\n1,2\n1,"x\n2,3\n', "UNCLOSED_QUOTE", 3),
        (b'a,b\n"1\n2","x\n2,3\n', "UNCLOSED_QUOTE", 3),
        (b'a,b\n1,"x\n2,"y"\n', "BAD_QUOTE", 2),
        (b"a,b\n1,2\n\xe9,2\n", "BAD_ENCODING", 3),
        (b"a,b\n1,\x002\n", "NUL_BYTE", 2),
        (b"PK\x03\x04\x00\x00", "NUL_BYTE", 1),
        (b"a,b\n1,2\n1," + b"x" * 2000, "FIELD_TOO_LARGE", 3),
        (b",".join(b"%d" % i for i in range(50)) + b"\n1\n", "TOO_MANY_COLUMNS", 1),
    ],
)
def test_errors_name_the_line(data: bytes, reason: str, line: int | None) -> None:
    with pytest.raises(DataError) as caught:
        read_csv(io.BytesIO(data), max_columns=40, max_field_bytes=1000)
    assert (caught.value.reason, caught.value.line) == (reason, line)
    assert caught.value.hint


@pytest.mark.parametrize("options", [{"delimiter": ",,"}, {"delimiter": '"'}, {"encoding": "klingon"}])
def test_senseless_options_are_refused(options: dict[str, str]) -> None:
    with pytest.raises(SpecError):
        read_csv(io.BytesIO(b"a,b\n1,2\n"), Dialect(**options))


def test_quotes_inside_a_bare_field_are_literal() -> None:
    assert cells(b'a,b\n1,5" pipe\n') == [["1", '5" pipe']]


_CELL = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=8)


@given(st.lists(st.tuples(_CELL, _CELL), min_size=1, max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_whatever_csv_writes_is_read_back(rows: list[tuple[str, str]], end: str) -> None:
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator=end, quoting=csv.QUOTE_ALL).writerows([("a", "b"), *rows])
    assert cells(written.getvalue().encode()) == [[cell or None for cell in row] for row in rows]


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        frame = read_csv(io.BytesIO(data))
    except DataError:
        return
    assert len(frame) > 0
    assert frame.columns.is_unique
