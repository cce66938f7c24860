"""Rows of any format, written as CSV: UTF-8, commas, within the limits of a dataset."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from automl.errors import DataError
from automl.io.csv_reader import MAX_COLUMNS, MAX_FIELD_BYTES
from automl.io.formats.errors import too_large

# Rows above the table, such as a title; the profile counts exactly.
_EXTRA_ROWS = 1000

Row = Sequence[str | None]


@dataclass(frozen=True)
class Limits:
    """Maxima of the table; `max_bytes` also of what a packed file unpacks to."""

    max_bytes: int = 4 << 30
    max_rows: int = 20_000_000
    max_columns: int = MAX_COLUMNS


class TableWriter:
    """Write rows of text, None where a cell is missing.

    Args:
        file: takes the CSV.
        limits: the maxima.
    """

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        self.limits = limits
        self.n_rows = 0
        self._file = file
        self._n_bytes = 0

    def check_width(self, n_columns: int) -> None:
        """Raise DataError TOO_MANY_COLUMNS if a table may not be as wide."""
        if n_columns > self.limits.max_columns:
            raise DataError(
                "TOO_MANY_COLUMNS",
                f"The table has {n_columns:,} columns; up to {self.limits.max_columns:,} are taken.",
                "Leave columns out, or check that the table does not lie on its side.",
            )

    def write_header(self, names: Row) -> None:
        """Write the row of the columns' names."""
        self.check_width(len(names))
        self._write([names])

    def write(self, rows: Sequence[Row]) -> None:
        """Write rows.

        Raises:
            DataError: TOO_MANY_ROWS, FILE_TOO_LARGE, FIELD_TOO_LARGE, NUL_BYTE, BAD_ENCODING.
        """
        self.n_rows += len(rows)
        if self.n_rows > self.limits.max_rows + _EXTRA_ROWS:
            detail = f"The file has more than {self.limits.max_rows:,} rows, which are the most."
            raise DataError("TOO_MANY_ROWS", detail, "Upload fewer.")
        self._write(rows)

    def _write(self, rows: Sequence[Row]) -> None:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        written = text.getvalue()
        try:
            data = written.encode()
        except UnicodeEncodeError:
            raise self._bad_cell(rows, "BAD_ENCODING", "half of a character (a lone surrogate)", _is_torn) from None
        if "\0" in written:
            raise self._bad_cell(rows, "NUL_BYTE", "a zero character, as no text does", lambda cell: "\0" in cell)
        if (
            len(data) > MAX_FIELD_BYTES
            and _longest(rows) * 4 > MAX_FIELD_BYTES
            and any(map(_is_too_long, _cells(rows)))
        ):
            raise self._bad_cell(
                rows, "FIELD_TOO_LARGE", f"a text of more than {MAX_FIELD_BYTES:,} bytes", _is_too_long
            )
        self._n_bytes += len(data)
        if self._n_bytes > self.limits.max_bytes:
            raise too_large(self.limits.max_bytes)
        self._file.write(data)

    def _bad_cell(self, rows: Sequence[Row], reason: str, what: str, is_bad: Callable[[str], bool]) -> DataError:
        first = self.n_rows - len(rows) + 1
        row, column = next(
            (row, column)
            for row, cells in enumerate(rows, first)
            for column, cell in enumerate(cells, 1)
            if cell is not None and is_bad(cell)
        )
        return DataError(reason, f"Row {row:,}, column {column:,} holds {what}.", "Mend or empty that cell.")


def _cells(rows: Sequence[Row]) -> Iterator[str]:
    return (cell for row in rows for cell in row if cell is not None)


def _longest(rows: Sequence[Row]) -> int:
    return max((max(map(len, filter(None, column)), default=0) for column in zip(*rows, strict=True)), default=0)


def _is_too_long(cell: str) -> bool:
    return len(cell) * 4 > MAX_FIELD_BYTES and len(cell.encode()) > MAX_FIELD_BYTES


def _is_torn(cell: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in cell)
