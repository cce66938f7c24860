"""JSON lines: one object a line, its members are the columns.

Objects inside become columns with dotted names (`address.city`), one level deep; lists are refused. Numbers are written
as they stand in the file, digit by digit.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from automl.errors import DataError
from automl.io.formats.digit_text import DigitTextColumns
from automl.io.formats.errors import not_flat
from automl.io.formats.table_writer import TableWriter

MAX_LINE_BYTES = 16 << 20
CHUNK_CELLS = 200_000


class _Number(str):
    """A number as the file has it."""


class _Members(list[tuple[str, Any]]):
    """The members of an object, in order."""


def write_json_lines(path: Path, writer: TableWriter) -> list[int]:
    """Write all rows; what a line does not have is missing. The file is read twice: the first time for its columns.

    Returns:
        The positions of columns with digits as text. Columns stand in the order in which they first appear.

    Raises:
        DataError: BAD_JSON_LINE, NESTED_VALUE, BAD_ENCODING, LINE_TOO_LONG, EMPTY_FILE, TOO_MANY_COLUMNS, and those of
            the writer.
    """
    names: dict[str, None] = {}
    for row in _rows(path):
        if not row.keys() <= names.keys():
            names.update(dict.fromkeys(row))
            writer.check_width(len(names))
    if not names:
        raise DataError("EMPTY_FILE", "The file holds no values.", "Send one object a line.")
    writer.write_header(list(names))
    digits, chunk = DigitTextColumns(), []
    for row in _rows(path):
        chunk.append([row.get(name) for name in names])
        if len(chunk) * len(names) >= CHUNK_CELLS:
            _write(chunk, digits, writer)
            chunk = []
    _write(chunk, digits, writer)
    return digits.positions()


def _write(rows: list[list[Any]], digits: DigitTextColumns, writer: TableWriter) -> None:
    digits.observe(rows)
    writer.write([[_text(cell) for cell in row] for row in rows])


def _text(cell: Any) -> str | None:
    return ("true" if cell else "false") if isinstance(cell, bool) else cell


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the cells of each line by the names of their columns."""
    decode = json.JSONDecoder(
        object_pairs_hook=_Members, parse_float=_Number, parse_int=_Number, parse_constant=_constant
    ).decode
    for line, text in _lines(path):
        try:
            members = decode(text)
        except json.JSONDecodeError as problem:
            raise _bad_line(line, f"is no JSON: {problem.msg} at character {problem.pos + 1:,}") from None
        except RecursionError:
            raise _bad_line(line, "is nested too deep") from None
        if not isinstance(members, _Members):
            raise _bad_line(line, "holds no object")
        row: dict[str, Any] = {}
        for name, value in _flatten(members, line):
            if name in row:
                raise _bad_line(line, f"has {name[:200]!r} twice", column=name)
            row[name] = value
        yield row


def _flatten(members: _Members, line: int) -> Iterator[tuple[str, Any]]:
    for name, value in members:
        inner = [(f"{name}.{key}", each) for key, each in value] if isinstance(value, _Members) else [(name, value)]
        for column, cell in inner:
            if isinstance(cell, list):
                what = "objects in objects" if isinstance(cell, _Members) else "lists"
                raise not_flat(column, what, line)
            yield column, cell


def _constant(word: str) -> _Number | None:
    """Return what Python and others write for floats that JSON does not know."""
    return None if word == "NaN" else _Number(word.replace("Infinity", "inf"))


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, with their numbers."""
    with open(path, "rb") as file:
        number = 0
        while data := file.readline(MAX_LINE_BYTES + 1):
            number += 1
            if len(data) > MAX_LINE_BYTES:
                raise DataError(
                    "LINE_TOO_LONG", f"Line {number:,} does not end.", "Write one object a line.", line=number
                )
            try:
                text = data.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError:
                detail = f"Line {number:,} is not valid UTF-8."
                raise DataError("BAD_ENCODING", detail, "Save the file as UTF-8.", line=number) from None
            if not text.isspace():
                yield number, text


def _bad_line(line: int, what: str, column: str | None = None) -> DataError:
    hint = 'Write one object a line, such as {"age": 31, "city": "Rome"}.'
    return DataError("BAD_JSON_LINE", f"Line {line:,} {what}.", hint, line=line, column=column)
