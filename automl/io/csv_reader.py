"""Reading CSV: every cell the text that stands in the file, or a clear error that names the line.

Well-formed files take PyArrow's road, a million rows in seconds. Whatever that parser would refuse without a
line, or forgive in silence (stray quotes, ragged rows), takes the road of Python's own `csv` instead, which
can say where.
"""

from __future__ import annotations

import csv
import os
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from automl.errors import DataError, SpecError
from automl.io.csv_errors import csv_errors_as_data_errors
from automl.io.csv_fallback import iterate_data_rows, read_rows
from automl.parsing.vectorized import TEXT
from csvfile.bad_rows import BadRows
from csvfile.dialect import Dialect, valid_delimiter
from csvfile.errors import bad_encoding, empty_file, field_too_large, nothing_left, nul_byte, too_many_columns
from csvfile.lines import iterate_lines, line_of
from csvfile.names import column_names, numbered_names

MAX_COLUMNS = 10_000
MAX_FIELD_BYTES = 1 << 20
_BLOCK_BYTES = 8 << 20


def read_csv(
    source: str | os.PathLike[str] | BinaryIO,
    dialect: Dialect | None = None,
    *,
    bad_rows: BadRows | None = None,
    max_columns: int = MAX_COLUMNS,
    max_field_bytes: int = MAX_FIELD_BYTES,
) -> pd.DataFrame:
    """Read a CSV into a data frame of text (dtype `str`), missing where a cell is empty.

    Blank lines are skipped, but in a table of one column they are empty cells. `frame.attrs["warnings"]` lists, in
    words, what was mended on the way: rows with too few fields, renamed columns, rows left out.
    `frame.attrs["dialect"]` is the dialect as JSON.

    Args:
        source: a path or a binary file, from its present position.
        dialect: how it is written; None is UTF-8 with commas and a header.
        bad_rows: takes the rows that are left out; by default as the dialect says.
        max_columns: maximum columns of the table; a wider one is refused.
        max_field_bytes: maximum bytes of a field; a larger one is refused.

    Raises:
        DataError: EMPTY_FILE, NO_ROWS, BAD_ENCODING, NUL_BYTE, TOO_MANY_COLUMNS, FIELD_TOO_LARGE,
            ROW_TOO_LONG, UNCLOSED_QUOTE, BAD_QUOTE; all but the first two with the line.
        SpecError: BAD_DELIMITER, UNKNOWN_ENCODING.
    """
    dialect = dialect or Dialect()
    with csv_errors_as_data_errors():
        valid_delimiter(dialect.delimiter)
        reader = _Reader(dialect, bad_rows or BadRows(dialect.bad_rows), max_columns, max_field_bytes)
        return reader.read(_bytes_of(source))


def _bytes_of(source: str | os.PathLike[str] | BinaryIO) -> bytes:
    return Path(source).read_bytes() if isinstance(source, str | os.PathLike) else source.read()


@dataclass(frozen=True)
class _Reader:
    dialect: Dialect
    bad_rows: BadRows
    max_columns: int
    max_field_bytes: int

    def read(self, data: bytes) -> pd.DataFrame:
        dialect = self.dialect
        data = _to_utf8(data, dialect.encoding)
        if not data.strip(b" \t\r\n"):
            raise empty_file()
        # The module's limit is one for the whole process: it is only ever raised here.
        csv.field_size_limit(max(csv.field_size_limit(), self.max_field_bytes))
        first, body = self._first_row(data)
        warnings: list[str] = []
        names = column_names(first, warnings) if dialect.header else numbered_names(len(first))
        rest = memoryview(data)[body:]
        if not bytes(rest[:4096]).strip(b"\r\n") and not bytes(rest).strip(b"\r\n"):
            raise _no_rows("The file has a header but no rows.")
        table = _read_fast(data, body, names, dialect, self.max_field_bytes)
        if table is None:
            table = read_rows(data, body, names, dialect, self.max_field_bytes, self.bad_rows, warnings)
        if left_out := self.bad_rows.warning():
            warnings.append(left_out)
        if not len(table):
            raise _no_rows(" ".join(["The file has no rows.", *warnings]))
        frame: pd.DataFrame = table.to_pandas(types_mapper=lambda _: TEXT)
        frame.attrs["warnings"] = warnings
        frame.attrs["dialect"] = asdict(dialect)
        return frame

    def _first_row(self, data: bytes) -> tuple[list[str], int]:
        """Return the first row, and the offset at which the rows begin: below it if it is the header."""
        # Without a header it is read again, as a row, and what is bad is counted then.
        bad_rows = self.bad_rows if self.dialect.header else BadRows(self.dialect.bad_rows)
        rows = iterate_data_rows(data, 0, replace(self.dialect, skip_footer=0), self.max_field_bytes, bad_rows)
        begin, after, fields = next(rows, (0, 0, []))
        if not fields:
            raise nothing_left(self.dialect.skip_rows)
        if len(fields) > self.max_columns:
            raise too_many_columns(begin, len(fields), self.max_columns)
        if max(len(field.encode()) for field in fields) > self.max_field_bytes:
            raise field_too_large(begin, self.max_field_bytes, "bytes")
        n_lines = after - 1 if self.dialect.header else self.dialect.skip_rows
        return fields, sum(len(line.encode()) for line in islice(iterate_lines(data, 0), n_lines))


def _no_rows(detail: str) -> DataError:
    return DataError("NO_ROWS", detail, "Add rows below the header.")


def _to_utf8(data: bytes, encoding: str) -> bytes:
    """Return the file as UTF-8 without a mark. UTF-8 itself is checked later, where it costs nothing."""
    if data.startswith(b"\xef\xbb\xbf"):
        encoding, data = "utf-8", data[3:]
    elif data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    if encoding.lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig", "ascii"):
        _check_nul(data)
        return data
    try:
        text = data.decode(encoding)
    except LookupError:
        raise SpecError("UNKNOWN_ENCODING", f"There is no encoding {encoding!r}.", "Use utf-8 or latin-1.") from None
    except UnicodeDecodeError as problem:
        raise bad_encoding(line_of(data, problem.start), data[problem.start], problem.encoding) from None
    data = text.removeprefix("\ufeff").encode()
    _check_nul(data)
    return data


def _check_nul(data: bytes) -> None:
    at = data.find(b"\0")
    if at >= 0:
        raise nul_byte(line_of(data, at))


def _read_fast(data: bytes, start: int, names: list[str], dialect: Dialect, max_field_bytes: int) -> pa.Table | None:
    """Read the rows by PyArrow; None where the careful reader must decide."""
    is_quoted = b'"' in data
    if is_quoted and (dialect.skip_initial_space or not _well_quoted(data, start, dialect.delimiter)):
        return None
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(pa.py_buffer(memoryview(data)[start:])),
            read_options=arrow_csv.ReadOptions(column_names=names, block_size=_BLOCK_BYTES),
            parse_options=arrow_csv.ParseOptions(
                delimiter=dialect.delimiter, newlines_in_values=is_quoted, ignore_empty_lines=len(names) > 1
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), null_values=[""], strings_can_be_null=True
            ),
        )
    except pa.ArrowInvalid:
        return None
    longest = max((pc.max(pc.binary_length(column)).as_py() or 0 for column in table.columns), default=0)
    if longest > max_field_bytes:
        return None
    table = table.slice(0, max(0, len(table) - dialect.skip_footer))
    return _without_initial_space(table) if dialect.skip_initial_space else table


def _without_initial_space(table: pa.Table) -> pa.Table:
    trimmed = [pc.utf8_ltrim(column, characters=" ") for column in table.columns]
    return pa.table([pc.if_else(pc.equal(cells, ""), None, cells) for cells in trimmed], names=table.column_names)


def _well_quoted(data: bytes, start: int, delimiter: str) -> bool:
    """Return whether quotes come in pairs that open right after a field's start and close right before its end.

    Then no parser can disagree with another about where fields end. A doubled quote closes and opens again.
    """
    text = np.frombuffer(data, dtype=np.uint8)[start:]
    quote, edges = ord('"'), np.zeros(256, dtype=bool)
    edges[[ord(delimiter), ord("\n"), ord("\r"), quote]] = True
    n_quotes = 0
    for begin in range(0, len(text), _BLOCK_BYTES):
        at = np.flatnonzero(text[begin : begin + _BLOCK_BYTES] == quote) + begin
        opens = at[n_quotes % 2 :: 2]
        closes = at[1 - n_quotes % 2 :: 2]
        n_quotes += len(at)
        opens, closes = opens[opens > 0], closes[closes < len(text) - 1]
        if not edges[text[opens - 1]].all() or not edges[text[closes + 1]].all():
            return False
    return n_quotes % 2 == 0
