"""How a CSV is written, and whether it is one at all, by its first MiB: before anything is stored or trained.

What the user does not say is guessed; each guess can be corrected. The columns get the names that they have wherever
the file is read, so that a job can be submitted before any worker has read it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from csvfile.bad_rows import BadRows
from csvfile.delimiter import begins_with_blanks, guess_delimiter, separator_line
from csvfile.dialect import REFUSE, Dialect, DialectOptions, valid_delimiter
from csvfile.encoding import HEAD_BYTES, decode_head
from csvfile.errors import (
    CsvError,
    empty_file,
    header_only,
    not_a_csv,
    nothing_left,
    ragged_rows,
    too_many_columns,
    unterminated_header,
)
from csvfile.header import has_header, is_second_header
from csvfile.names import column_names, numbered_names
from csvfile.rows import fit_rows, iterate_rows, open_reader
from csvfile.signatures import detect_file_type
from csvfile.table_bounds import Row, count_footer_rows, count_title_rows, usual_width

_SAMPLE_ROWS = 100
_SHOWN_CHARACTERS = 60


@dataclass(frozen=True)
class SniffResult:
    """How a CSV is written, its column names, and what its owner should know about the guess."""

    dialect: Dialect
    header: list[str]
    warnings: list[str] = field(default_factory=list)


def sniff(head: bytes, *, complete: bool, max_columns: int, given: DialectOptions | None = None) -> SniffResult:
    """Guess how the file is written; what is given is tried on it instead.

    Args:
        head: the first MiB of the file, or all of it.
        complete: whether `head` is the whole file.
        max_columns: more are refused before they are parsed.
        given: the user's word, instead of a guess.

    Raises:
        CsvError: EMPTY_FILE, NOT_A_CSV, NUL_BYTE, BAD_ENCODING, UNKNOWN_ENCODING, BAD_DELIMITER, TOO_MANY_COLUMNS,
            HEADER_TOO_LONG, FIELD_TOO_LARGE, UNCLOSED_QUOTE, BAD_QUOTE, RAGGED_ROWS, HEADER_ONLY; with the line
            where there is one.
    """
    given = given or {}
    text, encoding, warnings = decode(head, complete=complete, given=given)
    whole = text if complete else _whole_lines(text)
    dialect = replace(_guess(whole or text, given, warnings, complete=complete), encoding=encoding)
    return check(text, dialect, complete=complete, max_columns=max_columns, given=given, warnings=warnings)


def decode(
    head: bytes, *, complete: bool, given: DialectOptions, expected: str | None = None
) -> tuple[str, str, list[str]]:
    """Return the text of a file that may be a CSV, its encoding, and warnings; see `decode_head`. Raises CsvError."""
    if foreign := detect_file_type(head):
        raise not_a_csv(*foreign)
    found = decode_head(head, complete=complete, encoding=given.get("encoding"), expected=expected)
    if not found[0].strip():
        raise empty_file()
    return found


def check(
    text: str, dialect: Dialect, *, complete: bool, max_columns: int, given: DialectOptions, warnings: list[str]
) -> SniffResult:
    """Read the text as the dialect says, and guess last whether it has a header. Raises CsvError, as `sniff` does."""
    whole = text if complete else _whole_lines(text)
    rows = _rows(whole, dialect, complete=complete)
    first = next(rows, None)
    if first is None:
        if dialect.skip_rows and complete:
            raise nothing_left(dialect.skip_rows)
        raise unterminated_header(text, dialect.delimiter, max_columns, HEAD_BYTES)
    line, names = first
    if len(names) > max_columns:
        raise too_many_columns(line, len(names), max_columns)
    needs_rows = complete and given.get("header") is not False
    sample = _check_rows(rows, len(names), dialect, needs_rows)
    if "header" not in given:
        dialect = replace(dialect, header=has_header(names, sample, warnings))
    if dialect.header and is_second_header(sample):
        warnings.append(
            "The row below the names holds text where all rows below it hold numbers. If it is the header, set "
            "skip_rows; if it holds units, delete it."
        )
    columns = column_names(names, warnings) if dialect.header else numbered_names(len(names))
    if len(columns) == 1 and "delimiter" not in given:
        warnings.append("The file has a single column. If it has more, set the delimiter.")
    return SniffResult(dialect, columns, warnings)


def preview(head: bytes, dialect: Dialect, count: int, *, complete: bool) -> dict[str, Any]:
    """Return {columns, rows}: the first `count` rows as lists of text, None where a cell is empty.

    A row that the end of the head tears is left out.
    """
    text, _, _ = decode_head(head, complete=complete, encoding=dialect.encoding)
    found = _rows(text if complete else _whole_lines(text), dialect, complete=complete)
    _, first = next(found, (0, []))
    columns = column_names(first, []) if dialect.header else numbered_names(len(first))
    rows = found if dialect.header else _chain(first, found)
    fitting = fit_rows(((line, line, fields) for line, fields in rows), len(columns), BadRows(dialect.bad_rows))
    return {
        "columns": columns,
        "rows": [[cell or None for cell in fields] for (_, fields), _ in zip(fitting, range(count), strict=False)],
    }


def sniff_footer(tail: bytes, dialect: Dialect, width: int) -> tuple[int, list[str]]:
    """Return how many rows at the end of a large file are notes or totals, and what its owner should know of that.

    Args:
        tail: the last bytes of the file, cut anywhere.
        dialect: of the file.
        width: number of its columns.
    """
    if dialect.encoding.startswith("utf-16"):
        return 0, []  # Cut anywhere, it cannot be decoded.
    text = tail.decode(dialect.encoding, "replace")
    torn = re.search(r"\r\n|\r|\n", text)
    rows = _sample_rows(text[torn.end() :] if torn else "", dialect, 1)
    warnings: list[str] = []
    return _count_footer(rows, width, warnings), warnings


def _guess(text: str, given: DialectOptions, warnings: list[str], *, complete: bool) -> Dialect:
    """Guess all but encoding and header."""
    declared = separator_line(text)
    skip_rows = given.get("skip_rows", 1 if declared else 0)
    below = _without_lines(text, skip_rows)
    delimiter = given.get("delimiter") or (declared if skip_rows and declared else guess_delimiter(below))
    dialect = Dialect(
        valid_delimiter(delimiter),
        skip_initial_space=given.get("skip_initial_space", begins_with_blanks(below, delimiter)),
        bad_rows=given.get("bad_rows", REFUSE),
    )
    rows = _sample_rows(below, dialect, skip_rows + 1)
    width = usual_width(rows)
    if "skip_rows" not in given and (count := count_title_rows(rows, width, header=given.get("header"))):
        skip_rows = rows[count][0] - 1
        warnings.append(_above(rows[:count]))
        rows = rows[count:]
    if "skip_footer" in given or not complete:
        skip_footer = given.get("skip_footer", 0)
    else:
        skip_footer = _count_footer(rows, width, warnings)
    return replace(dialect, header=given.get("header", True), skip_rows=skip_rows, skip_footer=skip_footer)


def _above(rows: Sequence[Row]) -> str:
    lines = f"Line {rows[0][0]} stands" if len(rows) == 1 else f"Lines {rows[0][0]} to {rows[-1][0]} stand"
    return f"{lines} above the table, no part of it: {_shown(rows[0])}. If that is wrong, set skip_rows=0."


def _count_footer(rows: Sequence[Row], width: int, warnings: list[str]) -> int:
    count = count_footer_rows(rows, width)
    if count:
        last = "The last row is" if count == 1 else f"The last {count} rows are"
        warnings.append(f"{last} no part of the table: {_shown(rows[-count])}. If that is wrong, set skip_footer=0.")
    return count


def _shown(row: Row) -> str:
    return repr(" ".join(cell.strip() for cell in row[1] if cell.strip())[:_SHOWN_CHARACTERS])


def _sample_rows(text: str, dialect: Dialect, first_line: int) -> list[Row]:
    """Parse what can be parsed, whatever is wrong with it."""
    reader = open_reader(io.StringIO(text, newline=""), dialect, strict=False)
    rows: list[Row] = []
    try:
        begin = first_line
        for fields in reader:
            if fields:
                rows.append((begin, fields))
            begin = first_line + reader.line_num
    except csv.Error:  # A field without end.
        pass
    return rows


def _without_lines(text: str, count: int) -> str:
    for _ in range(count):
        end = re.search(r"\r\n|\r|\n", text)
        text = text[end.end() :] if end else ""
    return text


def _whole_lines(text: str) -> str:
    return text[: max(text.rfind("\n"), text.rfind("\r")) + 1]


def _chain(first: list[str], rows: Iterator[Row]) -> Iterator[Row]:
    if first:
        yield 0, first
    yield from rows


def _rows(text: str, dialect: Dialect, *, complete: bool) -> Iterator[Row]:
    """Yield (the line it begins on, its fields) of each row of the table.

    Without `complete`, a row that is still open at the end is left out, and nothing is known of what stands below.
    """
    if not complete:
        dialect = replace(dialect, skip_footer=0)
    try:
        for line, _, fields in iterate_rows(io.StringIO(text, newline=""), dialect):
            yield line, fields
    except CsvError as error:
        if complete or error.reason != "UNCLOSED_QUOTE":
            raise


def _check_rows(rows: Iterator[Row], width: int, dialect: Dialect, needs_rows: bool) -> list[list[str]]:
    """Check all rows below the first; return the first ones of them."""
    sample: list[list[str]] = []
    too_long: list[tuple[int, int]] = []
    count, is_blank = 0, True
    for line, fields in rows:
        count += 1
        is_blank = is_blank and fields == [""]
        if len(fields) > width:
            too_long.append((line, len(fields)))
        elif len(sample) < _SAMPLE_ROWS:
            sample.append(fields)
    if too_long and (dialect.bad_rows == REFUSE or len(too_long) == count):
        raise ragged_rows(too_long, count, width)
    if needs_rows and is_blank:
        raise header_only()
    return sample
