"""Sheets of Excel and OpenDocument workbooks, row by row.

Calamine reads the values that the formulas had when the file was saved, and runs neither formulas nor macros. It holds
one sheet in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice, repeat
from pathlib import Path

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
from automl.io.formats.cell_text import column_text
from automl.io.formats.digit_text import DigitTextColumns
from automl.io.formats.errors import encrypted, unreadable
from automl.io.formats.table_writer import TableWriter

CHUNK_CELLS = 200_000
HEAD_ROWS = 100
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
    size = max(1, CHUNK_CELLS // max(1, sheet.width))
    # The names of the columns are of other types than the cells below: few rows are written with them.
    sizes = chain([min(HEAD_ROWS, size)], repeat(size))
    while chunk := list(islice(rows, next(sizes))):
        if kept := [row for row in chunk if row.count("") < len(row)]:
            columns = list(zip(*kept, strict=True))
            digits.observe(columns)
            writer.write([column_text(cells) for cells in columns])
    return digits.positions()


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
