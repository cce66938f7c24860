"""Excel's binary workbooks (.xlsb) for tests: no library writes them. [MS-XLSB] describes the records."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Any

from tests.unit.automl.io.formats.workbooks import zipped

ROW, BOOL, REAL, TEXT = 0x00, 0x04, 0x05, 0x06
BEGIN_SHEET, END_SHEET, BEGIN_BOOK, END_BOOK = 0x81, 0x82, 0x83, 0x84
BEGIN_SHEETS, END_SHEETS, BEGIN_ROWS, END_ROWS = 0x8F, 0x90, 0x91, 0x92
DIMENSION, BOOK_SETTINGS, SHEET = 0x94, 0x99, 0x9C

RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Target="worksheets/sheet1.bin" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"/></Relationships>'
)


def xlsb(rows: Sequence[Sequence[Any]], name: str = "Sheet1") -> bytes:
    """Return a binary workbook with one sheet of numbers, texts, truth values and empty cells."""
    book = [
        _record(BEGIN_BOOK),
        _record(BOOK_SETTINGS, struct.pack("<II", 0, 0) + _text("")),
        _record(BEGIN_SHEETS),
        _record(SHEET, struct.pack("<II", 0, 1) + _text("rId1") + _text(name)),
        _record(END_SHEETS),
        _record(END_BOOK),
    ]
    sheet = [
        _record(BEGIN_SHEET),
        _record(DIMENSION, struct.pack("<IIII", 0, len(rows) - 1, 0, max(map(len, rows)) - 1)),
        _record(BEGIN_ROWS),
        *_rows(rows),
        _record(END_ROWS),
        _record(END_SHEET),
    ]
    return zipped({
        "xl/workbook.bin": b"".join(book),
        "xl/_rels/workbook.bin.rels": RELATIONS.encode(),
        "xl/worksheets/sheet1.bin": b"".join(sheet),
    })  # fmt: skip


def _rows(rows: Sequence[Sequence[Any]]) -> Iterator[bytes]:
    for number, row in enumerate(rows):
        yield _record(ROW, struct.pack("<IIHHBIII", number, 0, 300, 0, 0, 1, 0, len(row) - 1))
        for column, cell in enumerate(row):
            where = struct.pack("<II", column, 0)
            if isinstance(cell, str):
                yield _record(TEXT, where + _text(cell))
            elif isinstance(cell, bool):
                yield _record(BOOL, where + bytes([cell]))
            elif cell is not None:
                yield _record(REAL, where + struct.pack("<d", cell))


def _record(kind: int, data: bytes = b"") -> bytes:
    """Return a record: its kind and its length, seven bits a byte, and what it holds."""
    known = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length, left = bytearray(), len(data)
    while left > 0x7F:
        length.append(left & 0x7F | 0x80)
        left >>= 7
    return known + bytes([*length, left]) + data


def _text(text: str) -> bytes:
    encoded = text.encode("utf-16-le")
    return struct.pack("<I", len(encoded) // 2) + encoded
