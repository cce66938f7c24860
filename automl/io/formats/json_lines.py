"""JSON lines: one object a line, its members are the columns.

Objects inside become columns with dotted names (`address.city`), one level deep; lists are refused. Numbers are written
as they stand in the file, digit by digit.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from automl.errors import DataError
from automl.io.formats.digit_text import DigitTextColumns
from automl.io.formats.errors import not_flat
from automl.io.formats.table_writer import TableWriter

MAX_LINE_BYTES = 16 << 20
CHUNK_CELLS = 200_000
_PLAIN = frozenset({str, bytes, bool, type(None)})


class _Members(list[tuple[str, Any]]):
    """The members of an object, in order."""


Row = dict[str, Any]
"""The cells of a line by the names of their columns; those that are bytes are numbers as the file has them."""


def write_json_lines(path: Path, writer: TableWriter) -> list[int]:
    """Write all rows; what a line does not have is missing.

    The file is read once, and again only if later lines have members that the first ones do not.

    Returns:
        The positions of columns with digits as text. Columns stand in the order in which they first appear.

    Raises:
        DataError: BAD_JSON_LINE, NESTED_VALUE, BAD_ENCODING, LINE_TOO_LONG, EMPTY_FILE, TOO_MANY_COLUMNS, and those of
            the writer.
    """
    names: dict[str, None] = {}
    positions = _write(_rows(path), names, writer)
    if positions is None:
        positions = _write(_rows(path), names, writer)
    assert positions is not None, "all names were known"
    return positions


def _write(rows: Iterator[Row], names: dict[str, None], writer: TableWriter) -> list[int] | None:
    """Write the rows and return the positions; None if late ones had new names: all are known then."""
    chunk = _next_chunk(rows, names, writer)
    header, digits = list(names), DigitTextColumns()
    if header:
        writer.begin(header)
    while chunk:
        if len(names) > len(header):
            for row in rows:
                _learn(row, names, writer)
            return None
        if header:
            columns = list(zip(*[map(row.get, header) for row in chunk], strict=True))
            digits.observe(columns)
            writer.write([_texts(cells) for cells in columns])
        chunk = _next_chunk(rows, names, writer)
    if not names:
        raise DataError("EMPTY_FILE", "The file holds no values.", "Send one object a line.")
    return digits.positions()


def _next_chunk(rows: Iterator[Row], names: dict[str, None], writer: TableWriter) -> list[Row]:
    chunk = []
    for row in rows:
        _learn(row, names, writer)
        chunk.append(row)
        if len(chunk) * max(1, len(names)) >= CHUNK_CELLS:
            break
    return chunk


def _learn(row: Row, names: dict[str, None], writer: TableWriter) -> None:
    if not row.keys() <= names.keys():
        names.update(dict.fromkeys(row))
        writer.check_width(len(names))


def _texts(cells: Sequence[Any]) -> Sequence[str | bytes | None]:
    if bool not in map(type, cells):
        return cells
    return [("true" if cell else "false") if isinstance(cell, bool) else cell for cell in cells]


def _rows(path: Path) -> Iterator[Row]:
    """Yield the rows of the lines."""
    decode = json.JSONDecoder(
        object_pairs_hook=_Members, parse_float=str.encode, parse_int=str.encode, parse_constant=_constant
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
        row = dict(members)
        if len(row) < len(members) or not _PLAIN.issuperset(map(type, row.values())):
            row = _flat_row(members, line)
        yield row


def _flat_row(members: _Members, line: int) -> Row:
    row: Row = {}
    for name, value in _flatten(members, line):
        if name in row:
            raise _bad_line(line, f"has {name[:200]!r} twice", column=name)
        row[name] = value
    return row


def _flatten(members: _Members, line: int) -> Iterator[tuple[str, Any]]:
    for name, value in members:
        inner = [(f"{name}.{key}", each) for key, each in value] if isinstance(value, _Members) else [(name, value)]
        for column, cell in inner:
            if isinstance(cell, list):
                what = "objects in objects" if isinstance(cell, _Members) else "lists"
                raise not_flat(column, what, line)
            yield column, cell


def _constant(word: str) -> bytes | None:
    """Return what Python and others write for floats that JSON does not know."""
    return None if word == "NaN" else word.replace("Infinity", "inf").encode()


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
