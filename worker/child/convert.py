"""Make a CSV of an upload of another format, in the child: strangers' files are parsed in here and nowhere else."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from automl.io.formats import convert as formats
from automl.io.formats.table_writer import Limits
from worker.child.pipe import Pipe
from worker.messages.from_child import ConvertResult
from worker.messages.to_child import ConvertRequest


def convert(request: ConvertRequest, folder: Path, pipe: Pipe) -> ConvertResult:
    """Write `data.csv`."""
    limits = Limits(request.max_bytes, request.max_rows, request.max_columns)
    wanted = formats.Wanted(request.sheet, request.options)
    made = formats.convert(folder / "upload", folder / "data.csv", folder, wanted, limits)
    assert made is not None, "a CSV was to be converted"
    table = {
        "source_format": made.source_format,
        "dialect": asdict(made.sniffed.dialect),
        "options": made.options,
        "header": made.sniffed.header,
        "warnings": made.sniffed.warnings,
        "sheet": made.sheet,
        "sheets": made.sheets,
        "digit_text": made.digit_text,
    }
    return ConvertResult("data.csv", table)
