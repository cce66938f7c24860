"""Sheets of Excel and OpenDocument workbooks, row by row.

Calamine reads the values that the formulas had when the file was saved, and runs neither formulas nor macros. It holds
one sheet in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    load_workbook,
)

from automl.errors import DataError
from automl.io.formats.digit_text import DigitTextColumns
from automl.io.formats.errors import encrypted, unreadable
from automl.io.formats.table_writer import TableWriter

CHUNK_CELLS = 200_000
# How the contents of a protected workbook are called in the container that holds them.
_PROTECTED = "EncryptedPackage".encode("utf-16-le")


def write_sheet(path: Path, wanted: str | None, writer: TableWriter) -> tuple[str, list[str], list[int]]:
    """Write one sheet: the wanted one, or the first that can be seen and is not empty.

    Rows without a single value are left out, as are blank lines of a CSV. Errors such as #N/A are missing, durations
    become seconds.

    Args:
        path: the workbook.
        wanted: name of the sheet, None for the first.
        writer: takes the rows.

    Returns:
        The sheet's name, the names of all sheets, and the positions of columns with digits as text.

    Raises:
        DataError: FILE_UNREADABLE, FILE_ENCRYPTED, SHEET_NOT_FOUND, EMPTY_FILE, and those of the writer.
    """
    with _readable(path), load_workbook(path) as workbook:
        names = _sheet_names(workbook)
        sheet = _choose(workbook, wanted, names)
        writer.check_width(sheet.width)
        return sheet.name, names, _write_rows(sheet, writer)


def _write_rows(sheet: CalamineSheet, writer: TableWriter) -> list[int]:
    digits, rows = DigitTextColumns(), sheet.iter_rows()
    while chunk := list(islice(rows, max(1, CHUNK_CELLS // max(1, sheet.width)))):
        kept = [row for row in chunk if row.count("") < len(row)]
        digits.observe(kept)
        writer.write(list(zip(*map(_texts, zip(*kept, strict=True)), strict=True)))
    return digits.positions()


def _texts(cells: Sequence[object]) -> Sequence[str | None]:
    """Return the cells of a column as a CSV has them."""
    kinds = {*map(type, cells)}
    if kinds == {str}:
        return cells  # type: ignore[return-value]
    if len(kinds) == 1:
        return list(map(_WRITERS.get(kinds.pop(), str), cells))
    return [_WRITERS.get(type(cell), str)(cell) for cell in cells]


def _number(cell: float) -> str:
    """Return a number as it is read back; one without a fraction as a whole one, as sheets show it."""
    text = repr(cell)
    return text[:-2] if text[-2:] == ".0" else text


_WRITERS: dict[type, Callable[[Any], str | None]] = {
    str: lambda cell: cell or None,
    float: _number,
    bool: lambda cell: "true" if cell else "false",
    date: date.isoformat,
    datetime: datetime.isoformat,
    time: time.isoformat,
    timedelta: lambda cell: _number(cell.total_seconds()),
}


def _sheet_names(workbook: CalamineWorkbook) -> list[str]:
    return [each.name for each in workbook.sheets_metadata if each.typ == SheetTypeEnum.WorkSheet]


def _choose(workbook: CalamineWorkbook, wanted: str | None, names: list[str]) -> CalamineSheet:
    listed = ", ".join(repr(name) for name in names[:20]) + (" and more" if len(names) > 20 else "")
    if wanted is not None:
        if wanted not in names:
            raise DataError("SHEET_NOT_FOUND", f"There is no sheet {wanted!r}.", f"The sheets are {listed}.")
        sheet = workbook.get_sheet_by_name(wanted)
        if sheet.start is None:
            raise DataError("EMPTY_FILE", f"The sheet {wanted!r} is empty.", f"The sheets are {listed}.")
        return sheet
    hidden = {each.name for each in workbook.sheets_metadata if each.visible != SheetVisibleEnum.Visible}
    for name in sorted(names, key=lambda name: name in hidden):
        sheet = workbook.get_sheet_by_name(name)
        if sheet.start is not None:
            return sheet
    raise DataError("EMPTY_FILE", "No sheet of the workbook holds anything.", "Send one with a table in it.")


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Raise DataError for whatever the reader raises: strangers' files make it panic, too."""
    try:
        yield
    except PasswordError:
        raise encrypted("workbook") from None
    except (CalamineError, OSError, ValueError, OverflowError) as problem:
        raise encrypted("workbook") if _is_protected(path) else unreadable("a workbook", problem) from None
    except BaseException as problem:
        if type(problem).__name__ != "PanicException":  # pyo3's, which is no Exception.
            raise
        raise unreadable("a workbook", problem) from None


def _is_protected(path: Path) -> bool:
    with open(path, "rb") as file:
        if not file.read(8).startswith(b"\xd0\xcf\x11\xe0"):
            return False
        rest = b""
        while chunk := file.read(1 << 20):
            if _PROTECTED in rest + chunk:
                return True
            rest = chunk[-len(_PROTECTED) :]
    return False
