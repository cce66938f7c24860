"""Rows: CSV by Python's own `csv`, which is slow but can say on which line the trouble is."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from csvfile.bad_rows import BadRows
from csvfile.dialect import Dialect
from csvfile.errors import CsvError, field_too_large, row_error, row_too_long, unclosed_quote
from csvfile.lines import iterate_lines, line_of
from csvfile.rows import Row, iterate_rows

_CHUNK_CELLS = 400_000


def read_rows(
    data: bytes,
    start: int,
    names: list[str],
    dialect: Dialect,
    max_field_bytes: int,
    bad_rows: BadRows,
    warnings: list[str],
) -> pa.Table:
    """Read the rows by Python's `csv`, short ones filled up. Raises CsvError."""
    width = len(names)
    chunks: list[pa.Table] = []
    pending: list[list[str | None]] = []
    n_short, first_short = 0, 0
    for line, _, fields in iterate_data_rows(data, start, dialect, max_field_bytes, bad_rows, width=width):
        if len(fields) > width:
            bad_rows.add(row_too_long(line, len(fields), width))
            continue
        if max(map(len, fields)) * 4 > max_field_bytes and max(len(each.encode()) for each in fields) > max_field_bytes:
            bad_rows.add(field_too_large(line, max_field_bytes, "bytes"))
            continue
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
            f"Rows with fewer than {width:,} fields: {n_short:,}, first on line {first_short}; the rest is missing."
        )
    return pa.concat_tables(chunks)


def _chunk(rows: list[list[str | None]], names: list[str]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else ([] for _ in names)
    return pa.table([pa.array(column, type=pa.string()) for column in columns], names=names)


def iterate_data_rows(
    data: bytes, start: int, dialect: Dialect, max_field_bytes: int, bad_rows: BadRows, *, width: int | None = None
) -> Iterator[Row]:
    """Yield rows from an offset on, as `csvfile.rows.iterate_rows` does; an open quote is reported by its own line."""

    def explain(begin: int, end: int, problem: str) -> CsvError:
        error = row_error(begin, end, problem)
        if error.reason == "BAD_QUOTE":
            return error
        opened = _quote_opened(data, begin)
        if error.reason == "UNCLOSED_QUOTE":
            return error if opened is None else unclosed_quote(opened, exact=True)
        if opened is not None and end > opened:
            return unclosed_quote(opened, exact=True)
        return field_too_large(begin, max_field_bytes, "bytes")

    return iterate_rows(
        iterate_lines(data, start), dialect,
        first_line=line_of(data, start), width=width, explain=explain, bad_rows=bad_rows,
    )  # fmt: skip


def _quote_opened(data: bytes, begin: int) -> int | None:
    """Find the line on which the quote still open at the end was opened."""
    opened: int | None = None
    for line, text in enumerate(iterate_lines(data, 0), 1):
        n_quotes = text.replace('""', "").count('"') if line >= begin else 0
        if n_quotes % 2:
            opened = line if opened is None else None
        elif n_quotes and opened is not None:
            opened = line  # closed on this line, and another opened
    return opened
