"""The file formats of uploads, by how a file begins: CSV, and what a worker makes a CSV of."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from csvfile.errors import CsvError

CSV, ZIP, GZIP = "csv", "zip", "gzip"
XLSX, XLSB, XLS, ODS, PARQUET, JSON_LINES = "xlsx", "xlsb", "xls", "ods", "parquet", "jsonl"
WORKBOOKS = (XLSX, XLSB, XLS, ODS)
ARCHIVES = (ZIP, GZIP)

MEDIA_TYPES = {
    CSV: "text/csv",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    XLSB: "application/vnd.ms-excel.sheet.binary.macroenabled.12",
    XLS: "application/vnd.ms-excel",
    ODS: "application/vnd.oasis.opendocument.spreadsheet",
    PARQUET: "application/vnd.apache.parquet",
    JSON_LINES: "application/jsonl",
    ZIP: "application/zip",
    GZIP: "application/gzip",
}
SUFFIXES = {name: f".{name}" for name in MEDIA_TYPES} | {GZIP: ".gz"}

_JSON_OBJECT_LINE = re.compile(rb'(\xef\xbb\xbf)?\s*\{[ \t]*(?:"(?:[^"\\\r\n]|\\.)*"[ \t]*:|\}).*', re.ASCII)
_NEXT_LINE = re.compile(rb"\s*(\{|\Z)", re.ASCII)


def detect_format(head: bytes) -> str | None:
    """Return the format of a file that a worker can convert, None for any other, CSV included.

    A ZIP may be a workbook: its directory tells, see `format_of_zip`.

    Args:
        head: the first MiB of the file, or all of it.
    """
    if head.startswith(b"PK\x03\x04"):
        return ZIP
    if head.startswith(b"\x1f\x8b"):
        return GZIP
    if head.startswith(b"PAR1"):
        return PARQUET
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return XLS
    return JSON_LINES if _is_json_lines(head) else None


def format_of_zip(names: Collection[str]) -> str:
    """Return the format of a ZIP file with members of these names."""
    if "xl/workbook.bin" in names:
        return XLSB
    if "xl/workbook.xml" in names:
        return XLSX
    return ODS if {"mimetype", "content.xml"} <= set(names) else ZIP


def _is_json_lines(head: bytes) -> bool:
    """Return whether the first line is an object, whole as it seems, and the next one begins with another."""
    first = _JSON_OBJECT_LINE.match(head)
    return first is not None and first.group().rstrip().endswith(b"}") and bool(_NEXT_LINE.match(head, first.end()))


def check_options(format: str, sheet: str | None, options: Mapping[str, Any]) -> None:
    """Raise CsvError NO_SHEETS or NOT_A_TEXT_FILE for what a file of this format does not have.

    Args:
        format: of the file; archives may hold any.
        sheet: the sheet that its user wants.
        options: what its user says of the dialect.
    """
    if sheet is not None and format not in (*WORKBOOKS, *ARCHIVES):
        hint = "Leave out the sheet."
        raise CsvError("NO_SHEETS", f"A file of the format {format} has no sheets.", hint, places=[{"field": "sheet"}])
    without = {CSV: (), ZIP: (), GZIP: (), PARQUET: tuple(options), JSON_LINES: tuple(options)}
    wrong = [name for name in without.get(format, ("delimiter", "encoding")) if name in options]
    if wrong:
        raise CsvError(
            "NOT_A_TEXT_FILE",
            f"A file of the format {format} is no CSV: it has no {' or '.join(wrong)}.",
            "Leave that out: it is read as its format has it.",
            places=[{"field": name, "detail": "not for this format"} for name in wrong],
        )
