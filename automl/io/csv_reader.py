"""Reading CSV: every cell the text that stands in the file, or a clear error that names the line.

Well-formed files take PyArrow's road, a million rows in seconds. Whatever that parser would refuse without a
line, or forgive in silence (stray quotes, ragged rows), takes the road of Python's own `csv` instead, which
can say where.
"""

from __future__ import annotations

import csv
import os
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
from csvfile.dialect import Dialect, valid_delimiter
from csvfile.errors import bad_encoding, empty_file, field_too_large, nul_byte, too_many_columns
from csvfile.lines import iterate_lines, line_of
from csvfile.names import column_names, numbered_names

MAX_COLUMNS = 10_000
MAX_FIELD_BYTES = 1 << 20
_BLOCK_BYTES = 8 << 20
_CELLS = pd.StringDtype("pyarrow", na_value=np.nan)


def read_csv(
    source: str | os.PathLike[str] | BinaryIO,
    *,
    delimiter: str = ",",
    encoding: str = "utf-8",
    header: bool = True,
    max_columns: int = MAX_COLUMNS,
    max_field_bytes: int = MAX_FIELD_BYTES,
) -> pd.DataFrame:
    """Read a CSV into a data frame of text (dtype `str`), missing where a cell is empty; blank lines are skipped.

    `frame.attrs["warnings"]` lists, in words, what was mended on the way: rows with too few fields, renamed
    columns.

    Args:
        source: a path or a binary file, from its present position.
        delimiter: one ASCII character.
        encoding: of the file; a byte order mark of UTF-8 or UTF-16 prevails and is dropped.
        header: whether the first row names the columns; if not they are c0, c1, …
        max_columns: maximum columns of the table; a wider one is refused.
        max_field_bytes: maximum bytes of a field; a larger one is refused.

    Raises:
        DataError: EMPTY_FILE, NO_ROWS, BAD_ENCODING, NUL_BYTE, TOO_MANY_COLUMNS, FIELD_TOO_LARGE,
            ROW_TOO_LONG, UNCLOSED_QUOTE, BAD_QUOTE; all but the first two with the line.
        SpecError: BAD_DELIMITER, UNKNOWN_ENCODING.
    """
    with csv_errors_as_data_errors():
        dialect = Dialect(valid_delimiter(delimiter), encoding, header)
        return _read(_bytes_of(source), dialect, max_columns, max_field_bytes)


def _bytes_of(source: str | os.PathLike[str] | BinaryIO) -> bytes:
    return Path(source).read_bytes() if isinstance(source, str | os.PathLike) else source.read()


def _read(data: bytes, dialect: Dialect, max_columns: int, max_field_bytes: int) -> pd.DataFrame:
    data = _to_utf8(data, dialect.encoding)
    if not data.strip(b" \t\r\n"):
        raise empty_file()
    # The module's limit is one for the whole process: it is only ever raised here.
    csv.field_size_limit(max(csv.field_size_limit(), max_field_bytes))
    first, body = _first_row(data, dialect.delimiter, max_columns, max_field_bytes)
    warnings: list[str] = []
    names = column_names(first, warnings) if dialect.header else numbered_names(len(first))
    if not dialect.header:
        body = 0
    rest = memoryview(data)[body:]
    if not bytes(rest[:4096]).strip(b"\r\n") and not bytes(rest).strip(b"\r\n"):
        raise DataError("NO_ROWS", "The file has a header but no rows.", "Add rows below the header.")
    table = _read_fast(data, body, names, dialect.delimiter, max_field_bytes)
    if table is None:
        table = read_rows(data, body, names, dialect.delimiter, max_field_bytes, warnings)
    frame: pd.DataFrame = table.to_pandas(types_mapper=lambda _: _CELLS)
    frame.attrs["warnings"] = warnings
    return frame


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


def _first_row(data: bytes, delimiter: str, max_columns: int, max_field_bytes: int) -> tuple[list[str], int]:
    """Return the first row that is not blank, and the offset of what follows it."""
    begin, after, fields = next(iterate_data_rows(data, 0, delimiter, max_field_bytes))
    if len(fields) > max_columns:
        raise too_many_columns(begin, len(fields), max_columns)
    if max(len(field.encode()) for field in fields) > max_field_bytes:
        raise field_too_large(begin, max_field_bytes, "bytes")
    offset = 0
    for line, text in enumerate(iterate_lines(data, 0), 1):
        if line >= after:
            break
        offset += len(text.encode())
    return fields, offset


def _read_fast(data: bytes, start: int, names: list[str], delimiter: str, max_field_bytes: int) -> pa.Table | None:
    """Read the rows by PyArrow; None where the careful reader must decide."""
    if not _well_quoted(data, start, delimiter):
        return None
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(pa.py_buffer(memoryview(data)[start:])),
            read_options=arrow_csv.ReadOptions(column_names=names, block_size=_BLOCK_BYTES),
            parse_options=arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=b'"' in data),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), null_values=[""], strings_can_be_null=True
            ),
        )
    except pa.ArrowInvalid:
        return None
    longest = max((pc.max(pc.binary_length(column)).as_py() or 0 for column in table.columns), default=0)
    return table if longest <= max_field_bytes else None


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
