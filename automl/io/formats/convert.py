"""A file of any format, made into the CSV that everything else reads."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from automl.io.csv_errors import csv_errors_as_data_errors
from automl.io.formats.archive import check_unpacked_size, true_format, unpack
from automl.io.formats.json_lines import write_json_lines
from automl.io.formats.parquet import write_parquet
from automl.io.formats.table_writer import Limits, TableWriter
from automl.io.formats.workbook import write_sheet
from csvfile.dialect import Dialect, DialectOptions
from csvfile.encoding import HEAD_BYTES
from csvfile.formats import ARCHIVES, CSV, PARQUET, WORKBOOKS, XLS, check_options
from csvfile.sniffer import SniffResult, sniff, sniff_footer

TAIL_BYTES = 1 << 16


@dataclass(frozen=True)
class Wanted:
    """What the user says of a file.

    Attributes:
        sheet: name of a workbook's sheet, None for the first that holds something.
        options: how the table lies in a sheet, or how a packed CSV is written; the rest is guessed.
    """

    sheet: str | None = None
    options: DialectOptions = field(default_factory=dict)


@dataclass(frozen=True)
class Conversion:
    """A CSV that was made of a file.

    Attributes:
        source_format: what the file is, unpacked; see `csvfile.formats`.
        sniffed: how the CSV is written, and its columns.
        options: what of that is no guess.
        sheet: the workbook's sheet that it holds; None of other formats.
        sheets: all of its sheets.
        digit_text: positions of columns that hold digits as text.
    """

    source_format: str
    sniffed: SniffResult
    options: dict[str, Any] = field(default_factory=dict)
    sheet: str | None = None
    sheets: list[str] = field(default_factory=list)
    digit_text: list[int] = field(default_factory=list)


def convert(
    path: Path, target: Path, folder: Path, wanted: Wanted | None = None, limits: Limits | None = None
) -> Conversion | None:
    """Make a CSV of the table in a file; None, and no CSV, if the file may be one itself.

    Args:
        path: the file.
        target: the CSV to write.
        folder: takes what is unpacked on the way.
        wanted: the user's word.
        limits: of what comes out.

    Raises:
        DataError: the file is damaged, protected, too large, no table, or holds what no cell can hold; or it has no
            such sheet.
    """
    wanted, limits = wanted or Wanted(), limits or Limits()
    with csv_errors_as_data_errors():
        format = true_format(path)
        if format is None:
            return None
        if format in ARCHIVES:
            format = unpack(path, format, unpacked := folder / "unpacked", limits.max_bytes) or CSV
            path = unpacked
        check_options(format, wanted.sheet, wanted.options)
        if format == CSV:
            os.replace(path, target)
            return Conversion(CSV, _sniff(target, limits, wanted.options), dict(wanted.options))
        with open(target, "wb") as file:
            writer = TableWriter(file, limits)
            if format in WORKBOOKS:
                sheet, sheets, digit_text = _write_sheet(path, format, folder, wanted.sheet, writer)
            else:
                digit_text = (write_parquet if format == PARQUET else write_json_lines)(path, writer)
        if format not in WORKBOOKS:
            options = asdict(Dialect())
            return Conversion(format, _sniff(target, limits, options), options, digit_text=digit_text)
        options = {**wanted.options, "delimiter": ",", "encoding": "utf-8", "skip_initial_space": False}
        return Conversion(format, _sniff(target, limits, options), options, sheet, sheets, digit_text)


def _write_sheet(
    path: Path, format: str, folder: Path, sheet: str | None, writer: TableWriter
) -> tuple[str, list[str], list[int]]:
    if format != XLS:
        check_unpacked_size(path, writer.limits.max_bytes)
    link = folder / f"workbook.{format}"  # The reader goes by the name.
    link.symlink_to(path.resolve())
    return write_sheet(link, sheet, writer)


def _sniff(path: Path, limits: Limits, given: DialectOptions) -> SniffResult:
    size_bytes = path.stat().st_size
    with open(path, "rb") as file:
        head = file.read(HEAD_BYTES)
        file.seek(max(0, size_bytes - TAIL_BYTES))
        tail = file.read()
    sniffed = sniff(head, complete=len(head) < HEAD_BYTES, max_columns=limits.max_columns, given=given)
    if len(head) < HEAD_BYTES or "skip_footer" in given:
        return sniffed
    count, warnings = sniff_footer(tail, sniffed.dialect, len(sniffed.header))
    return replace(
        sniffed, dialect=replace(sniffed.dialect, skip_footer=count), warnings=[*sniffed.warnings, *warnings]
    )
