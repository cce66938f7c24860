"""Rows know the lines that they stand on."""

from __future__ import annotations

import io

import pytest

from csvfile.dialect import Dialect
from csvfile.errors import CsvError
from csvfile.lines import decode_lines, iterate_lines, line_of
from csvfile.rows import iterate_rows


def lines(text: str) -> io.StringIO:
    return io.StringIO(text, newline="")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_rows_have_their_lines(end: str) -> None:
    text = end.join(["a,b", "", '"1', '2",3', "4"])
    assert list(iterate_rows(lines(text), Dialect(), first_line=10)) == [
        (10, 11, ["a", "b"]),
        (12, 14, [f"1{end}2", "3"]),
        (14, 15, ["4"]),
    ]


@pytest.mark.parametrize(
    ("text", "reason", "line"), [('a\nb,"c\nd\n', "UNCLOSED_QUOTE", 2), ('a\nb,"c\n"d\n', "BAD_QUOTE", 2)]
)
def test_errors_name_the_line_on_which_the_row_begins(text: str, reason: str, line: int) -> None:
    with pytest.raises(CsvError) as caught:
        list(iterate_rows(lines(text), Dialect()))
    assert (caught.value.reason, caught.value.line) == (reason, line)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_the_same_in_one_piece_and_in_chunks(end: str) -> None:
    text = end.join(["\ufeffé", "", "ü", "x"])
    data = text.encode()
    written = [f"é{end}", end, f"ü{end}", "x"]
    assert list(decode_lines((data[i : i + 1] for i in range(len(data))), "utf-8")) == written
    assert list(iterate_lines(data, 3)) == written
    assert line_of(data, len(data)) == 4


def test_a_byte_that_is_no_text_is_named_with_its_line() -> None:
    with pytest.raises(CsvError, match="Line 3 holds the byte 0xff, which is not valid utf-8"):
        list(iterate_lines(b"a\nb\n\xff\n", 0))
