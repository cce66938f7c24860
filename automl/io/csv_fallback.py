"""Rows: CSV by Python's own `csv`, which is slow but can say on which line the trouble is."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import NoReturn

import pyarrow as pa

from automl.errors import DataError

_CHUNK_CELLS = 400_000


def read_rows(
    data: bytes, start: int, names: list[str], delimiter: str, max_field_bytes: int, warnings: list[str]
) -> pa.Table:
    """The rows by Python's `csv`, short ones filled up."""
    width = len(names)
    chunks: list[pa.Table] = []
    pending: list[list[str | None]] = []
    n_short, first_short = 0, 0
    for line, _, fields in iterate_rows(data, start, delimiter, max_field_bytes):
        if len(fields) > width:
            raise DataError(
                "ROW_TOO_LONG",
                f"Line {line} has {len(fields):,} fields where {width:,} columns are named.",
                "Remove the extra delimiter, quote the field that contains it, or name the extra column.",
                line=line,
            )
        if max(map(len, fields)) * 4 > max_field_bytes and max(len(each.encode()) for each in fields) > max_field_bytes:
            refuse_field(line, max_field_bytes)
        row: list[str | None] = [field or None for field in fields]
        if len(row) < width:
            n_short, first_short = n_short + 1, first_short or line
            row += [None] * (width - len(row))
        pending.append(row)
        if len(pending) * width >= _CHUNK_CELLS:
            chunks.append(_chunk(pending, names))
            pending = []
    chunks.append(_chunk(pending, names))
    if n_short:
        warnings.append(
            f"{n_short:,} rows have fewer than {width:,} fields, first on line {first_short}; the rest is missing."
        )
    return pa.concat_tables(chunks)


def _chunk(rows: list[list[str | None]], names: list[str]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else ([] for _ in names)
    return pa.table([pa.array(column, type=pa.string()) for column in columns], names=names)


def lines(data: bytes, start: int) -> Iterator[str]:
    """The lines from an offset on, with their own line ends: LF, CRLF or CR."""
    raw = io.BytesIO(data)
    raw.seek(start)
    text = io.TextIOWrapper(raw, encoding="utf-8", newline="")
    try:
        yield from text
    except UnicodeDecodeError:
        try:
            data.decode()
        except UnicodeDecodeError as problem:
            refuse_bytes(data, problem)
        raise


def iterate_rows(data: bytes, start: int, delimiter: str, max_field_bytes: int) -> Iterator[tuple[int, int, list[str]]]:
    """(line it starts on, line after its end, fields) of each row from an offset on that is not blank."""
    base = line_of(data, start)
    reader = csv.reader(lines(data, start), delimiter=delimiter, strict=True)
    while True:
        begin = base + reader.line_num
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as problem:
            _refuse_row(data, begin, base + reader.line_num - 1, str(problem), max_field_bytes)
        if fields:
            yield begin, base + reader.line_num, fields


def _refuse_row(data: bytes, begin: int, end: int, problem: str, max_field_bytes: int) -> NoReturn:
    opened = _quote_opened(data, begin)
    if "field limit" in problem or "field larger" in problem:
        if opened is not None and end > opened:
            _refuse_quote(opened)
        refuse_field(begin, max_field_bytes)
    if "unexpected end" in problem:
        _refuse_quote(opened or begin)
    raise DataError(
        "BAD_QUOTE",
        f"The row of line {begin} has text after a closing quote (at line {end}).",
        'Double the quotes inside a quoted field ("" for "), or close the quote that line opens.',
        line=begin,
    )


def _refuse_quote(line: int) -> NoReturn:
    raise DataError(
        "UNCLOSED_QUOTE",
        f"The quote opened on line {line} is never closed.",
        "Close it, or remove it.",
        line=line,
    )


def refuse_field(line: int, max_field_bytes: int) -> NoReturn:
    raise DataError(
        "FIELD_TOO_LARGE",
        f"Line {line} holds a field of more than {max_field_bytes:,} bytes.",
        "Shorten it, or check whether a quote was left open before it.",
        line=line,
    )


def _quote_opened(data: bytes, begin: int) -> int | None:
    """The line on which the quote still open at the end was opened."""
    opened: int | None = None
    for line, text in enumerate(lines(data, 0), 1):
        n_quotes = text.replace('""', "").count('"') if line >= begin else 0
        if n_quotes % 2:
            opened = line if opened is None else None
        elif n_quotes and opened is not None:
            opened = line  # closed on this line, and another opened
    return opened


def refuse_bytes(data: bytes, problem: UnicodeDecodeError) -> NoReturn:
    line = line_of(data, problem.start)
    raise DataError(
        "BAD_ENCODING",
        f"Line {line} holds the byte 0x{data[problem.start]:02x}, which is not valid {problem.encoding}.",
        "Save the file as UTF-8, or say which encoding it has (often latin-1 or cp1252).",
        line=line,
    ) from None


def line_of(data: bytes, at: int) -> int:
    before = data[:at]
    return before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n") + 1
