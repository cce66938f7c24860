"""How a CSV is written, and whether it is one at all, by its first MiB: before anything is stored or trained.

The delimiter, the encoding and the header are guessed; the user may correct each. The columns get the names that they
have wherever the file is read, so that a job can be submitted before any worker has read it.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from csvfile.dialect import Dialect, valid_delimiter
from csvfile.encoding import HEAD_BYTES, decode_head
from csvfile.errors import (
    CsvError,
    empty_file,
    header_only,
    not_a_csv,
    ragged_rows,
    too_many_columns,
    unterminated_header,
)
from csvfile.names import column_names, numbered_names
from csvfile.rows import iterate_rows
from csvfile.signatures import detect_file_type

DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_ROWS = 100
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_INTEGER = re.compile(r"\s*\+?\d+\s*")


@dataclass(frozen=True)
class SniffResult:
    """How a CSV is written, its column names, and what its owner should know about the guess."""

    dialect: Dialect
    header: list[str]
    warnings: list[str] = field(default_factory=list)


def sniff(head: bytes, *, complete: bool, max_columns: int, dialect: Dialect | None = None) -> SniffResult:
    """Guess how the file is written, or try the given dialect on it.

    Args:
        head: the first MiB of the file, or all of it.
        complete: whether `head` is the whole file.
        max_columns: more are refused before they are parsed.
        dialect: the user's word, instead of a guess.

    Raises:
        CsvError: EMPTY_FILE, NOT_A_CSV, NUL_BYTE, BAD_ENCODING, UNKNOWN_ENCODING, BAD_DELIMITER, TOO_MANY_COLUMNS,
            HEADER_TOO_LONG, FIELD_TOO_LARGE, UNCLOSED_QUOTE, BAD_QUOTE, RAGGED_ROWS, HEADER_ONLY; with the line
            where there is one.
    """
    if foreign := detect_file_type(head):
        raise not_a_csv(*foreign)
    text, encoding, warnings = decode_head(head, complete=complete, encoding=dialect.encoding if dialect else None)
    if not text.strip():
        raise empty_file()
    whole = text if complete else _whole_lines(text)
    delimiter = _delimiter(whole or text) if dialect is None else valid_delimiter(dialect.delimiter)
    rows = _rows(whole, delimiter, complete=complete)
    first = next(rows, None)
    if first is None:
        raise unterminated_header(text, delimiter, max_columns, HEAD_BYTES)
    line, names = first
    if len(names) > max_columns:
        raise too_many_columns(line, len(names), max_columns)
    sample = _check_rows(rows, len(names), complete and (dialect is None or dialect.header))
    header = dialect.header if dialect else _has_header(names, sample, warnings)
    columns = column_names(names, warnings) if header else numbered_names(len(names))
    if len(columns) == 1 and dialect is None:
        warnings.append("The file has a single column. If it has more, set the delimiter.")
    return SniffResult(Dialect(delimiter, encoding, header), columns, warnings)


def preview(head: bytes, dialect: Dialect, count: int, *, complete: bool) -> dict[str, Any]:
    """Return {columns, rows}: the first `count` rows as lists of text, None where a cell is empty.

    A row that the end of the head tears is left out.
    """
    text, _, _ = decode_head(head, complete=complete, encoding=dialect.encoding)
    rows = _rows(text if complete else _whole_lines(text), dialect.delimiter, complete=complete)
    found = [fields for (_, fields), _ in zip(rows, range(count + dialect.header), strict=False)]
    first = found[0] if found else []
    columns = column_names(first, []) if dialect.header else numbered_names(len(first))
    cells = [[cell or None for cell in row] for row in found[dialect.header :]]
    return {"columns": columns, "rows": [row + [None] * (len(columns) - len(row)) for row in cells]}


def _whole_lines(text: str) -> str:
    return text[: max(text.rfind("\n"), text.rfind("\r")) + 1]


def _rows(text: str, delimiter: str, *, complete: bool) -> Iterator[tuple[int, list[str]]]:
    """Yield (the line it begins on, its fields) of each row that is not blank.

    Without `complete`, a row that is still open at the end is left out.
    """
    try:
        for line, _, fields in iterate_rows(io.StringIO(text, newline=""), delimiter):
            yield line, fields
    except CsvError as error:
        if complete or error.reason != "UNCLOSED_QUOTE":
            raise


def _check_rows(rows: Iterator[tuple[int, list[str]]], width: int, needs_rows: bool) -> list[list[str]]:
    """Check all rows below the first; return the first ones of them."""
    sample: list[list[str]] = []
    too_long: list[tuple[int, int]] = []
    count = 0
    for line, fields in rows:
        count += 1
        if count <= _SAMPLE_ROWS:
            sample.append(fields)
        if len(fields) > width:
            too_long.append((line, len(fields)))
    if too_long:
        raise ragged_rows(too_long, count, width)
    if needs_rows and not count:
        raise header_only()
    return sample


def _delimiter(text: str) -> str:
    """Choose the delimiter that cuts the first rows into equally many fields, and the header like them."""

    def score(delimiter: str) -> tuple[float, int]:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        widths = [len(fields) for fields, _ in zip(filter(None, reader), range(_SAMPLE_ROWS), strict=False)]
        usual, count = Counter(widths).most_common(1)[0]
        if max(usual, widths[0]) == 1:
            return 0.0, 1
        return count / len(widths) + 0.5 * (widths[0] == usual) - (usual == 1), usual

    return max(DELIMITERS, key=score)  # the first of equals


def _has_header(first: Sequence[str], sample: Sequence[Sequence[str]], warnings: list[str]) -> bool:
    """Return whether the first row names the columns: yes, unless it is clearly data.

    Clearly data: nowhere text above numbers, and a number that no reader would take for a name (with decimals, or
    negative), or numbers beside text that stands in the same column below.
    """
    columns = [[row[i] for row in sample if i < len(row) and row[i]] for i in range(len(first))]
    numeric = [bool(cells) and all(map(_NUMBER.fullmatch, cells)) for cells in columns]
    if any(is_number and not _NUMBER.fullmatch(name) for name, is_number in zip(first, numeric, strict=True)):
        return True
    numbers = [name for name, is_number in zip(first, numeric, strict=True) if is_number]
    fraction = any(not _INTEGER.fullmatch(name) for name in numbers)
    repeated = any(name in cells for name, cells, n in zip(first, columns, numeric, strict=True) if name and not n)
    if numbers and (fraction or repeated):
        warnings.append(
            "The first row looks like data, so the columns are named c0, c1, … If it is the header, set that."
        )
        return False
    if len(numbers) == len(first):
        warnings.append("The first row has only numbers; it was read as the header. If it is data, set that.")
    return True
