"""What is wrong with a CSV, where, and how to mend it: each text once, for the service and for the engine."""

from __future__ import annotations

import csv
from collections.abc import Sequence

MAX_PLACES = 10

Place = dict[str, str | int]


class CsvError(Exception):
    """A CSV that cannot be read as it is.

    Args:
        reason: stable UPPER_SNAKE name, for programs.
        detail: what is wrong and where, in words.
        hint: how to mend it.
        line: 1-based line of the file, where the error is about one.
        column: 1-based position of the field, where the error is about one.
        places: {"line" | "column" | "field", "detail", "hint"?} of each place that is wrong, in few words.
    """

    def __init__(
        self,
        reason: str,
        detail: str,
        hint: str = "",
        *,
        line: int | None = None,
        column: int | None = None,
        places: Sequence[Place] = (),
    ) -> None:
        super().__init__(f"{detail} {hint}".strip())
        self.reason = reason
        self.detail = detail
        self.hint = hint
        self.line = line
        self.column = column
        self.places = list(places)


def _at(line: int, summary: str, reason: str, detail: str, hint: str) -> CsvError:
    return CsvError(reason, detail, hint, line=line, places=[{"line": line, "detail": summary}])


def empty_file() -> CsvError:
    """Report that there is nothing in the file."""
    return CsvError("EMPTY_FILE", "The file is empty.", "Send a CSV with a header line and at least one row.")


def not_a_csv(what: str, hint: str) -> CsvError:
    """Report that the file is something else."""
    detail = f"The file is {what}, not a CSV."
    return CsvError("NOT_A_CSV", detail, hint, places=[{"field": "file", "hint": hint}])


def bad_delimiter(delimiter: str) -> CsvError:
    """Report that this is not one character that can stand between fields."""
    return CsvError(
        "BAD_DELIMITER",
        f"{delimiter[:20]!r} cannot be a delimiter.",
        "Use one character, such as , or ; or a tab.",
        places=[{"field": "delimiter", "detail": "not one ASCII character"}],
    )


def unknown_encoding(encoding: str, known: Sequence[str]) -> CsvError:
    """Report that no encoding of this name is read here."""
    return CsvError(
        "UNKNOWN_ENCODING",
        f"The encoding {encoding[:40]!r} is not supported.",
        f"Supported: {', '.join(known)}.",
        places=[{"field": "encoding", "detail": "not known"}],
    )


def bad_encoding(line: int, byte: int, encoding: str, *, exact: bool = True) -> CsvError:
    """Report that a byte is no text in this encoding, on the line or, if not `exact`, somewhere after it."""
    holds = f"Line {line} holds" if exact else f"After line {line} there is"
    return _at(
        line, f"not valid {encoding}", "BAD_ENCODING",
        f"{holds} the byte 0x{byte:02x}, which is not valid {encoding}.",
        "Save the file as UTF-8, or set its `encoding` (often cp1252 or latin-1).",
    )  # fmt: skip


def nul_byte(line: int) -> CsvError:
    """Report that the file holds a zero byte, as no text does."""
    return _at(
        line, "a zero byte", "NUL_BYTE",
        f"Not a text file: line {line} contains a zero byte.",
        "Export the data as CSV in UTF-8, or set the `encoding` to utf-16-le or utf-16-be if that is what it is.",
    )  # fmt: skip


def line_too_long(line: int) -> CsvError:
    """Report that a line does not end where any line should have."""
    return _at(line, "no end of line", "LINE_TOO_LONG", f"Line {line} does not end.", "Check the file's line ends.")


def field_too_large(line: int, limit: int, unit: str = "characters") -> CsvError:
    """Report that a field of the row that begins on the line is larger than the limit."""
    return _at(
        line, "field too large", "FIELD_TOO_LARGE",
        f"Line {line} holds a field of more than {limit:,} {unit}.",
        "Shorten it, or check whether a quote was left open; `bad_rows=skip` leaves such rows out.",
    )  # fmt: skip


def too_many_columns(line: int, width: int, max_columns: int) -> CsvError:
    """Report that the row has more fields than a table may have columns."""
    return CsvError(
        "TOO_MANY_COLUMNS",
        f"Line {line} has {width:,} or more columns; at most {max_columns:,} are allowed.",
        "Remove columns, check that rows and columns are not swapped, or set another `delimiter`.",
        line=line,
        column=max_columns + 1,
        places=[{"line": line, "column": max_columns + 1, "detail": "one column too many"}],
    )


def bad_quote(line: int, end: int) -> CsvError:
    """Report that the row that begins on the line goes on, at line `end`, where a quoted field is closed."""
    return _at(
        line, "text after a closing quote", "BAD_QUOTE",
        f"The row of line {line} has text after a closing quote (at line {end}).",
        'Double the quotes inside a quoted field ("" for "), or close the quote where it should end; `bad_rows=skip` '
        "leaves such rows out.",
    )  # fmt: skip


def unclosed_quote(line: int, *, exact: bool = False) -> CsvError:
    """Report that a quote is never closed: one opened on the line if `exact`, else one of the row that begins there."""
    quote = f"The quote opened on line {line}" if exact else f"A quote in the row that begins on line {line}"
    return _at(
        line, "a quote is never closed", "UNCLOSED_QUOTE", f"{quote} is never closed.",
        "Close it, or remove it; `bad_rows=skip` leaves such lines out.",
    )  # fmt: skip


def row_too_long(line: int, n_fields: int, width: int) -> CsvError:
    """Report that one row has more fields than columns are named."""
    return _at(
        line, f"{n_fields:,} fields instead of {width:,}", "ROW_TOO_LONG",
        f"Line {line} has {n_fields:,} fields where {width:,} columns are named.",
        "Remove the extra delimiter, quote the field that contains it, or name the extra column; `bad_rows=skip` "
        "leaves such rows out.",
    )  # fmt: skip


def ragged_rows(too_long: Sequence[tuple[int, int]], count: int, width: int) -> CsvError:
    """Report which rows, (line, number of fields) of each, are longer than the first, out of `count`."""
    line, n_fields = too_long[0]
    if len(too_long) == count:
        names = f"{n_fields:,} on line {line}, but {width:,} names."
        detail = f"Every row has more fields than the first one names: {names}"
        hint = (
            "Name the extra column, or remove the delimiter at the end of each row. If the names stand further down, "
            "set `skip_rows`; if another character separates the columns, set the `delimiter`."
        )
    else:
        detail = f"Rows with more fields than the {width:,} columns: {len(too_long):,}; the first is on line {line}."
        hint = (
            "Quote the fields that contain the delimiter, or remove the extra one. If another character separates the "
            "columns, set the `delimiter`; if lines stand above the header, `skip_rows`. `bad_rows=skip` leaves such "
            "rows out."
        )
    places: list[Place] = [
        {"line": line, "column": width + 1, "detail": f"{n_fields:,} fields instead of {width:,}", "hint": hint}
        for line, n_fields in too_long[:MAX_PLACES]
    ]
    return CsvError("RAGGED_ROWS", detail, hint, line=line, column=width + 1, places=places)


def header_only() -> CsvError:
    """Report that there are names and no rows."""
    return _at(
        1, "nothing below it", "HEADER_ONLY",
        "The file has one line and no rows below it.",
        "Add rows below the header; if the line is a row, set `header=false`.",
    )  # fmt: skip


def nothing_left(skip_rows: int) -> CsvError:
    """Report that no line is left below those that were to be left out."""
    return CsvError(
        "EMPTY_FILE", f"Nothing is left of the file without its first {skip_rows:,} lines.", "Set fewer `skip_rows`.",
        places=[{"field": "skip_rows", "detail": "too many"}],
    )  # fmt: skip


def unterminated_header(text: str, delimiter: str, max_columns: int, head_bytes: int) -> CsvError:
    """Report why the first row does not end within the first `head_bytes`, which are this text."""
    start = text.lstrip("\r\n")
    if start.count(delimiter) >= max_columns and not start.startswith('"'):
        return too_many_columns(1, start.count(delimiter) + 1, max_columns)
    fields = next(csv.reader([start], delimiter=delimiter))
    if len(fields) > max_columns:
        return too_many_columns(1, len(fields), max_columns)
    if "\n" in text.strip() or "\r" in text.strip():
        return unclosed_quote(1)  # Lines end, but the row does not: a quote holds them together.
    longest = max(map(len, fields))
    if longest > head_bytes // 4:
        return field_too_large(1, longest)
    return _at(
        1, "no end of line", "HEADER_TOO_LONG",
        f"The first line does not end within {head_bytes:,} bytes.",
        "Shorten the columns' names, or check the line ends, `delimiter` and `encoding`.",
    )  # fmt: skip


def row_error(line: int, end: int, problem: str) -> CsvError:
    """Explain what Python's `csv` means by its error about the row that begins on the line, noticed on line `end`."""
    if "unexpected end" in problem:
        return unclosed_quote(line)
    if "field limit" in problem or "field larger" in problem:
        return field_too_large(line, csv.field_size_limit())
    return bad_quote(line, end)
