"""What a CSV is refused for: which line it is, and how to mend it. Each raises `Invalid`."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import NoReturn

from core.decode import HEAD_BYTES
from core.errors import Invalid

MAX_REPORTED = 10


def endless(text: str, delimiter: str, max_columns: int) -> NoReturn:
    """The first row does not end within the head: why?"""
    start = text.lstrip("\r\n")
    if start.count(delimiter) >= max_columns and not start.startswith('"'):
        too_wide(1, start.count(delimiter) + 1, max_columns)
    fields = next(csv.reader([start], delimiter=delimiter))
    if len(fields) > max_columns:
        too_wide(1, len(fields), max_columns)
    if "\n" in text.strip() or "\r" in text.strip():
        open_quote(1)  # lines end, but the row does not: a quote holds them together
    longest = max(map(len, fields))
    if longest > HEAD_BYTES // 4:
        raise Invalid(
            "FIELD_TOO_LARGE",
            f"Line 1 holds a field of more than {longest:,} characters. Shorten it, or look for a quote left open.",
            [{"line": 1, "detail": "field too large"}],
        )
    raise Invalid(
        "HEADER_TOO_LONG",
        f"The first line does not end within {HEAD_BYTES:,} bytes. Shorten the columns' names, or check the line ends.",
        [{"line": 1, "detail": "no end of line"}],
    )


def too_wide(line: int, width: int, max_columns: int) -> NoReturn:
    raise Invalid(
        "TOO_MANY_COLUMNS",
        f"Line {line} has {width:,} or more columns; up to {max_columns:,} are taken. Leave columns out, or check that"
        " the table does not lie on its side.",
        [{"line": line, "column": max_columns + 1, "detail": "one column too many"}],
    )


def bad_quote(line: int, end: int) -> NoReturn:
    raise Invalid(
        "BAD_QUOTE",
        f"The row of line {line} has text after a closing quote (at line {end}). Double the quotes inside a quoted"
        ' field ("" for "), or close the quote where it should end.',
        [{"line": line, "detail": "text after a closing quote"}],
    )


def open_quote(line: int) -> NoReturn:
    raise Invalid(
        "UNCLOSED_QUOTE",
        f"A quote in the row that begins on line {line} is never closed. Close it, or remove it.",
        [{"line": line, "detail": "a quote is never closed"}],
    )


def ragged(too_long: Sequence[tuple[int, int]], count: int, width: int) -> NoReturn:
    line, fields = too_long[0]
    if len(too_long) == count:
        detail = f"Every row has more fields than the first one names: {fields:,} on line {line}, but {width:,} names."
        hint = "Name the extra column, or remove the delimiter at the end of each row."
    else:
        detail = f"{len(too_long):,} rows have more fields than the {width:,} columns; the first is line {line}."
        hint = "Quote the fields that contain the delimiter, or remove the extra one."
    raise Invalid(
        "RAGGED_ROWS",
        f"{detail} {hint}",
        [
            {"line": line, "column": width + 1, "detail": f"{fields:,} fields instead of {width:,}", "hint": hint}
            for line, fields in too_long[:MAX_REPORTED]
        ],
    )
