"""A table from a file of any format, for those who work without the service."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from automl.io.csv_errors import csv_errors_as_data_errors
from automl.io.csv_reader import MAX_COLUMNS
from automl.io.formats.convert import Conversion, Wanted, convert
from automl.io.formats.table_writer import Limits
from csvfile.encoding import HEAD_BYTES
from csvfile.formats import CSV, check_options
from csvfile.sniffer import sniff


@dataclass(frozen=True)
class CsvFile:
    """The CSV of a table: the user's own file, or one made of it."""

    path: Path
    conversion: Conversion


@contextmanager
def open_as_csv(
    source: str | os.PathLike[str], wanted: Wanted | None = None, limits: Limits | None = None
) -> Iterator[CsvFile]:
    """Yield a file of any format as a CSV, which is gone afterwards unless it is the file itself.

    Args:
        source: path of the file.
        wanted: the user's word on it.
        limits: of the table.

    Raises:
        DataError: the file cannot be read, or is no table.
        OSError: there is no such file.
    """
    path, wanted = Path(source), wanted or Wanted()
    with tempfile.TemporaryDirectory(prefix="automl-table-") as name, csv_errors_as_data_errors():
        folder = Path(name)
        if conversion := convert(path, folder / "data.csv", folder, wanted, limits):
            yield CsvFile(folder / "data.csv", conversion)
            return
        with open(path, "rb") as file:
            head = file.read(HEAD_BYTES)
        check_options(CSV, wanted.sheet, wanted.options)
        complete = len(head) < HEAD_BYTES
        sniffed = sniff(head, complete=complete, max_columns=MAX_COLUMNS, given=wanted.options)
        yield CsvFile(path, Conversion(CSV, sniffed))
