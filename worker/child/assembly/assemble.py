"""Put a table together of parts, in the child: rows under one another, by the names of their columns.

Cells stay the text that they are in their files, so that the table is read as one upload of all of it would be. A batch
of rows is in memory at a time, whatever the files are.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from automl.errors import DataError
from automl.io.csv_errors import csv_errors_as_data_errors
from automl.io.formats.convert import Wanted
from automl.io.formats.table_writer import Limits, TableWriter
from automl.io.table_reader import open_as_csv
from csvfile.bad_rows import BadRows
from csvfile.dialect import Dialect
from csvfile.lines import decode_lines
from csvfile.names import column_names, numbered_names
from csvfile.rows import fit_rows, iterate_rows
from worker.child.assembly.keys import KeyLog, without_replaced
from worker.child.assembly.types import PartTypes, mixed_columns
from worker.child.pipe import Pipe
from worker.messages.of_assemblies import AssembleRequest, AssembleResult

BATCH_ROWS = 10_000
CHUNK_BYTES = 1 << 20
FILE = "assembled.csv"


@dataclass
class Part:
    """A part as it is read.

    Attributes:
        digit_text: names of columns that hold digits as text.
    """

    name: str
    path: Path
    dialect: Dialect
    names: list[str]
    digit_text: set[str]
    warnings: list[str] = field(default_factory=list)
    rows: int = 0
    types: PartTypes = field(default_factory=PartTypes)

    def batches(self) -> Iterator[list[list[str]]]:
        """Yield its rows, some at a time, each as wide as its header."""
        lines = decode_lines(_chunks(self.path), self.dialect.encoding)
        bad_rows = BadRows(self.dialect.bad_rows)
        rows = iterate_rows(lines, self.dialect, bad_rows=bad_rows)
        if self.dialect.header:
            next(rows, None)
        fitted = (cells for _, cells in fit_rows(rows, len(self.names), bad_rows))
        while batch := list(islice(fitted, BATCH_ROWS)):
            yield batch
        if warning := bad_rows.warning():
            self.warnings.append(f"{self.name}: {warning}")


def assemble(request: AssembleRequest, folder: Path, pipe: Pipe) -> AssembleResult:
    """Write the parts' rows; of those with the same key only the last.

    Raises:
        DataError: NO_ROWS, KEY_COLUMN_MISSING, TOO_MANY_COLUMNS, TOO_MANY_ROWS, FILE_TOO_LARGE; and where a part cannot
            be read, what its reader raises, with the part's name.
    """
    limits = Limits(request.max_bytes, request.max_rows, request.max_columns)
    with ExitStack() as stack:
        parts = [stack.enter_context(_open(each, folder, limits)) for each in request.parts]
        header = list(dict.fromkeys(name for part in parts for name in part.names))
        missing = [name for name in request.key_columns if name not in header]
        if missing:
            named = ", ".join(map(repr, header[:20]))
            hint = f"The columns are {named}. Change the key, or have these columns come with the data."
            raise DataError("KEY_COLUMN_MISSING", f"There is no column {missing[0]!r}, which is in the key.", hint)
        log = KeyLog(folder / "keys.parquet", [header.index(name) for name in request.key_columns])
        with open(folder / "all.csv", "wb") as file, log:
            writer = TableWriter(file, limits)
            writer.begin(header)
            for part in parts:
                _write(part, header, writer, log)
    total = sum(part.rows for part in parts)
    if not total:
        raise DataError("NO_ROWS", "No part has any rows.", "See that the source brings some.")
    replaced = 0
    if log.columns:
        replaced = without_replaced(log, folder / "all.csv", folder / FILE, limits, request.threads)
    if not replaced:
        (folder / "all.csv").replace(folder / FILE)
    mixed, doubts = mixed_columns([(part.name, part.types) for part in parts])
    digits = [i for i, name in enumerate(header) if name not in mixed and _is_digit_text(name, parts)]
    warnings = [*(warning for part in parts for warning in part.warnings), *_lacking(header, parts), *doubts]
    return AssembleResult(
        FILE, header, digits, mixed, list(dict.fromkeys(warnings)), total - replaced, [part.rows for part in parts],
        replaced,
    )  # fmt: skip


@contextmanager
def _open(said: dict[str, object], folder: Path, limits: Limits) -> Iterator[Part]:
    """Yield a part; whatever its file is, there is a CSV of it until the end."""
    name, path = str(said["name"]), folder / str(said["file"])
    if isinstance(said.get("dialect"), dict):
        dialect = Dialect(**said["dialect"])  # type: ignore[arg-type]
        header: list[str] = said["header"]  # type: ignore[assignment]
        positions: list[int] = said.get("digit_text") or []  # type: ignore[assignment]
        yield Part(name, path, dialect, header, {header[i] for i in positions if i < len(header)})
        return
    sheet = said.get("sheet")
    with ExitStack() as stack:
        with _named(name):
            csv = stack.enter_context(open_as_csv(path, Wanted(None if sheet is None else str(sheet)), limits))
        made = csv.conversion
        warnings = [f"{name}: {warning}" for warning in made.sniffed.warnings]
        first = made.sniffed.header
        names = column_names(first, []) if made.sniffed.dialect.header else numbered_names(len(first))
        digits = {names[i] for i in made.digit_text}
        yield Part(name, csv.path, made.sniffed.dialect, names, digits, warnings)


def _write(part: Part, header: list[str], writer: TableWriter, log: KeyLog) -> None:
    place = {name: i for i, name in enumerate(part.names)}
    picked = [place.get(name) for name in header]
    with _named(part.name), csv_errors_as_data_errors():
        for batch in part.batches():
            own = list(zip(*batch, strict=True))
            none: list[str | None] = [None] * len(batch)
            columns = [none if i is None else [cell or None for cell in own[i]] for i in picked]
            part.types.observe(part.names, own, part.rows)
            log.write(columns)
            writer.write(columns)
            part.rows += len(batch)


@contextmanager
def _named(part: str) -> Iterator[None]:
    """Say in errors which part cannot be read."""
    try:
        yield
    except DataError as exc:
        raise DataError(exc.reason, f"{part}: {exc.detail}", exc.hint, line=exc.line, column=exc.column) from exc


def _is_digit_text(name: str, parts: list[Part]) -> bool:
    """Return whether every part that has the column has digits as text there."""
    having = [part for part in parts if name in part.names and part.rows]
    return bool(having) and all(name in part.digit_text for part in having)


def _lacking(header: list[str], parts: list[Part]) -> Iterator[str]:
    """Yield in words which columns are empty in some parts."""
    for part in parts:
        lacking = [name for name in header if name not in part.names]
        if lacking and part.rows:
            named = ", ".join(repr(name[:60]) for name in lacking[:5]) + (" and more" if len(lacking) > 5 else "")
            yield f"{part.name} has no {named}: the cells of its rows are empty there."


def _chunks(path: Path) -> Iterator[bytes]:
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
