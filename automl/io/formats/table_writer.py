"""Tables of any format, written as CSV: UTF-8, commas, within the limits of a dataset."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from automl.errors import DataError
from automl.io.csv_reader import MAX_COLUMNS, MAX_FIELD_BYTES
from automl.io.formats.csv_lines import TEXT, csv_lines
from automl.io.formats.errors import too_large

# Rows above the table, such as a title; the profile counts exactly.
_EXTRA_ROWS = 1000

Column: TypeAlias = pa.Array | Sequence[str | bytes | None]
"""Some cells of a column; bytes are ASCII."""


@dataclass(frozen=True)
class Limits:
    """Maxima of the table; `max_bytes` also of what a packed file unpacks to."""

    max_bytes: int = 4 << 30
    max_rows: int = 20_000_000
    max_columns: int = MAX_COLUMNS


class TableWriter:
    """Write columns of text, None where a cell is missing, some rows at a time.

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

    def begin(self, names: Sequence[str]) -> None:
        """Write the row of the columns' names, and nothing before it."""
        self.check_width(len(names))
        self._file.seek(0)
        self._file.truncate()
        self.n_rows = self._n_bytes = 0
        self._write([[name] for name in names])

    def write(self, columns: Sequence[Column]) -> None:
        """Write rows: the columns of some.

        Raises:
            DataError: TOO_MANY_ROWS, FILE_TOO_LARGE, FIELD_TOO_LARGE, NUL_BYTE, BAD_ENCODING.
        """
        self.n_rows += len(columns[0]) if columns else 0
        if self.n_rows > self.limits.max_rows + _EXTRA_ROWS:
            detail = f"The file has more than {self.limits.max_rows:,} rows, which are the most."
            raise DataError("TOO_MANY_ROWS", detail, "Upload fewer.")
        self._write(columns)

    def _write(self, columns: Sequence[Column]) -> None:
        try:
            texts = [_as_text(column) for column in columns]
        except UnicodeEncodeError:
            raise self._bad_cell(columns, "BAD_ENCODING", "half of a character (a lone surrogate)", _is_torn) from None
        data = csv_lines(texts)
        if b"\0" in data:
            raise self._bad_cell(columns, "NUL_BYTE", "a zero character, as no text does", lambda cell: "\0" in cell)
        if any(map(_is_too_long, texts)):
            raise self._bad_cell(
                columns,
                "FIELD_TOO_LARGE",
                f"a text of more than {MAX_FIELD_BYTES:,} bytes",
                lambda cell: len(cell.encode()) > MAX_FIELD_BYTES,
            )
        self._n_bytes += len(data)
        if self._n_bytes > self.limits.max_bytes:
            raise too_large(self.limits.max_bytes)
        self._file.write(data)

    def _bad_cell(self, columns: Sequence[Column], reason: str, what: str, is_bad: Callable[[str], bool]) -> DataError:
        first = self.n_rows - len(columns[0]) + 1
        row, column = min(
            (row, number)
            for number, column in enumerate(columns, 1)
            for row, cell in enumerate(_cells(column), first)
            if cell is not None and is_bad(cell)
        )
        return DataError(reason, f"Row {row:,}, column {column:,} holds {what}.", "Mend or empty that cell.")


def _as_text(column: Column) -> pa.Array:
    if isinstance(column, pa.Array):
        return column.cast(TEXT)
    return pa.array(column, TEXT)


def _cells(column: Column) -> Iterator[str | None]:
    cells = column.to_pylist() if isinstance(column, pa.Array) else column
    return (cell.decode() if isinstance(cell, bytes) else cell for cell in cells)


def _is_too_long(text: pa.Array) -> bool:
    return (pc.max(pc.binary_length(text)).as_py() or 0) > MAX_FIELD_BYTES


def _is_torn(cell: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in cell)
