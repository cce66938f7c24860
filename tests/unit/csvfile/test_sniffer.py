"""What the first MiB of a file tells."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl.errors import DataError
from automl.io.csv_reader import read_csv
from csvfile.dialect import Dialect
from csvfile.encoding import HEAD_BYTES
from csvfile.errors import CsvError
from csvfile.sniffer import SniffResult, preview, sniff


def look(data: bytes, *, max_columns: int = 10_000, **given: Any) -> SniffResult:
    return sniff(data[:HEAD_BYTES], complete=len(data) < HEAD_BYTES, max_columns=max_columns, given=given)


def refusal(data: bytes, **options: object) -> CsvError:
    with pytest.raises(CsvError) as caught:
        look(data, **options)  # type: ignore[arg-type]
    return caught.value


def zipped(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return file.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(delimiter: str, end: str) -> None:
    lines = [
        delimiter.join(row) for row in (["a", "b", "c"], ["1,5" if delimiter != "," else "1", "x", "y"], ["2", "", "z"])
    ]
    sniffed = look(end.join(lines).encode())
    assert sniffed == SniffResult(Dialect(delimiter, "utf-8", True), ["a", "b", "c"], [])


def test_decimal_commas_do_not_win_over_semicolons() -> None:
    assert look(b"a;b;c\n1,5;2,5;3,5\n1,6;2,6;3,6\n").dialect.delimiter == ";"


def test_delimiters_inside_quotes_do_not_count() -> None:
    assert look(b'id,note\n1,"x;y;z"\n2,"p;q;r"\n').dialect.delimiter == ","


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("é,b\nü,2\n".encode(), "utf-8"),
        ("é,b\nü,2\n".encode("utf-8-sig"), "utf-8"),
        ("é,b\nü,2\n".encode("utf-16"), "utf-16"),
        ("﻿é,b\nü,2\n".encode("utf-16-be"), "utf-16"),
        ("é,b\nü,2\nabc,3\n".encode("utf-16-le"), "utf-16-le"),
        ("é,b\nü,2\nabc,3\n".encode("utf-16-be"), "utf-16-be"),
        ("é,b\n€,2\n".encode("cp1252"), "cp1252"),
        (b"\xe9,b\n\x81,2\n", "latin-1"),
    ],
)
def test_encodings(data: bytes, encoding: str) -> None:
    sniffed = look(data)
    assert sniffed.dialect.encoding == encoding
    assert sniffed.header == ["é", "b"]
    assert bool(sniffed.warnings) is (encoding in ("cp1252", "latin-1"))


def test_a_torn_character_at_the_end_of_the_head_is_no_error() -> None:
    data = "é,b\n".encode() + "éé,1\n".encode() * 300_000
    for size in (HEAD_BYTES, HEAD_BYTES - 1):
        assert sniff(data[:size], complete=False, max_columns=10).dialect.encoding == "utf-8"


def test_a_damaged_byte_in_utf8_is_named_not_guessed_away() -> None:
    error = refusal("name,b\nMüller,1\nMörike,2\nGrün,3\n".encode() + b"x\xff,4\n")
    assert (error.reason, error.places[0]["line"]) == ("BAD_ENCODING", 5)


@pytest.mark.parametrize(
    ("first", "rows", "header"),
    [
        ("5.1,3.5,setosa", "4.9,3.0,setosa\n6.1,2.2,virginica", False),
        ("-1,2", "3,4\n5,6", False),
        ("1,male,3", "0,male,4\n1,female,5", False),
        ("a,b", "1,2\n3,4", True),
        ("a,b", "x,y\nz,w", True),
        ("2019,2020,2021", "1.5,2.5,3.5\n1,2,3", True),
        ("label,0.1,0.2", "3,1,2\n4,1,2", True),
        ("1,2,3", "4,5,6\n7,8,9", True),
    ],
)
def test_header_unless_clearly_data(first: str, rows: str, header: bool) -> None:
    sniffed = look(f"{first}\n{rows}\n".encode())
    assert sniffed.dialect.header is header
    assert sniffed.header == (first.split(",") if header else [f"c{i}" for i in range(first.count(",") + 1)])


@pytest.mark.parametrize(
    ("data", "reason", "word"),
    [
        (b"", "EMPTY_FILE", ""),
        (b" \r\n\n\t ", "EMPTY_FILE", ""),
        (b"\xef\xbb\xbf\n", "EMPTY_FILE", ""),
        (b"a,b\n", "HEADER_ONLY", ""),
        (b"a,b\n\n\n", "HEADER_ONLY", ""),
        (zipped("data.csv"), "NOT_A_CSV", "ZIP"),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), "NOT_A_CSV", "Excel"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0), "NOT_A_CSV", "gzip"),
        (b"\x89PNG\r\n\x1a\n\0\0", "NOT_A_CSV", "PNG"),
        (b"%PDF-1.7\n", "NOT_A_CSV", "PDF"),
        (b"PAR1....", "NOT_A_CSV", "Parquet"),
        (b"\n<!DOCTYPE HTML><html><body>", "NOT_A_CSV", "web page"),
        (b"<?xml version='1.0'?><a/>", "NOT_A_CSV", "XML"),
        (json.dumps([{"a": 1}]).encode(), "NOT_A_CSV", "JSON"),
        (b'{"a": 1, "b": 2}\n{"a": 3, "b": 4}\n', "NOT_A_CSV", "JSON"),
        (bytes(range(1, 9)) * 100, "NOT_A_CSV", "binary"),
        (b"a,b\n1,\0\n", "NUL_BYTE", "line 2"),
        (b'a,b\n1,"2\n3,4\n', "UNCLOSED_QUOTE", "line 2"),
        (b'a,b\n1,"2"3\n', "BAD_QUOTE", "line 2"),
        (b"a,b\n1,2\n3,4,5\n6,7\n", "RAGGED_ROWS", "line 3"),
        (b"a,b\n1,2,3\n4,5,6\n", "RAGGED_ROWS", "Every row"),
        (b"a" * (2 * HEAD_BYTES), "FIELD_TOO_LARGE", "Line 1"),
        (b'"a\n' * HEAD_BYTES, "BAD_QUOTE", "line"),
        (b'"' + b"a\n" * HEAD_BYTES, "UNCLOSED_QUOTE", "line 1"),
        (b"a long name," * 90_000 + b"\n", "HEADER_TOO_LONG", "first line"),
    ],
)
def test_refusals(data: bytes, reason: str, word: str) -> None:
    error = refusal(data, max_columns=100_000)
    assert error.reason == reason
    assert word in str(error)


def test_a_million_columns_are_refused_by_the_head_alone() -> None:
    line = b",".join(b"%07d" % i for i in range(1_000_000))
    assert refusal(line + b"\n" + line, max_columns=10_000).reason == "TOO_MANY_COLUMNS"


def test_too_many_columns_in_a_short_line() -> None:
    assert refusal(b"a,b,c\n1,2,3\n", max_columns=2).places[0] == {
        "line": 1,
        "column": 3,
        "detail": "one column too many",
    }


def test_long_rows_are_listed_with_line_and_column() -> None:
    error = refusal(b"a,b\n" + b"1,2,3\n" * 50 + b"1,2\n")
    assert len(error.places) == 10
    assert (error.places[0]["line"], error.places[0]["column"]) == (2, 3)


@pytest.mark.parametrize(
    "data", [b"a,b\n1\n2,3\n", b'a,b\n"x\ny",2\n', b"a\n1\n2\n", b"a,b\n1," + b"x" * 1_000_000 + b"\n"]
)
def test_what_is_taken(data: bytes) -> None:
    assert look(data).header[0] == "a"


def test_the_users_word_prevails() -> None:
    sniffed = look(b"5.1;x\n4.9;y\n", delimiter=",", encoding="latin-1", header=True)
    assert sniffed == SniffResult(Dialect(",", "latin-1", True), ["5.1;x"], [])
    assert refusal(b"a,b\n1,2\n", delimiter=",,").reason == "BAD_DELIMITER"
    assert refusal(b"a,b\n1,2\n", encoding="rot13").reason == "UNKNOWN_ENCODING"
    assert refusal(b"\xff,b\n1,2\n", encoding="utf-8").reason == "BAD_ENCODING"


def test_one_row_is_enough_without_a_header() -> None:
    assert look(b"1,2\n", header=False).header == ["c0", "c1"]


def test_preview() -> None:
    data = b'a,,a\n1,"x\ny",3\n4\n\n5,6,7\n'
    assert preview(data, Dialect(), 2, complete=True) == {
        "columns": ["a", "column_2", "a.1"],
        "rows": [["1", "x\ny", "3"], ["4", None, None]],
    }
    assert preview(b"1,2\n3,4\n", Dialect(header=False), 1, complete=True) == {
        "columns": ["c0", "c1"],
        "rows": [["1", "2"]],
    }


@pytest.mark.parametrize("torn", [b"a,b\n1,2\n3,4", b"a,b\n1,2\n3,", b'a,b\n1,2\n3,"x\ny', b"a,b\n1,2\n3,4\xc3"])
def test_preview_never_shows_a_torn_row(torn: bytes) -> None:
    assert preview(torn, Dialect(), 10, complete=False)["rows"] == [["1", "2"]]


@given(st.binary(max_size=300) | st.text(st.sampled_from('ab1,;"\n\r\t'), max_size=80).map(str.encode))
def test_whatever_comes_is_taken_or_refused_and_then_read_alike(data: bytes) -> None:
    try:
        sniffed = look(data)
    except CsvError:
        return
    dialect = sniffed.dialect
    try:
        frame = read_csv(io.BytesIO(data), dialect)
    except DataError as error:
        if error.reason != "NO_ROWS":
            raise
        return
    assert list(frame.columns) == sniffed.header
    shown = preview(data, dialect, 1000, complete=True)
    assert shown["columns"] == sniffed.header
    assert shown["rows"] == frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
