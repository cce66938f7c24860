"""Offer the commands about datasets: upload, datasets."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..client import Client
from ..display.formatting import cell, plural, size
from ..display.terminal import command, console, make_table, program, show_list
from ..display.terminal_progress import transfer_bar
from ..types.datasets import Dataset
from .column_options import OrderOption, SignOption, TypeOption, UnitOption, parse_corrections
from .reading_options import (
    BadRowsOption,
    DelimiterOption,
    EncodingOption,
    HeaderOption,
    SkipRowsOption,
    reading_options,
)

if TYPE_CHECKING:
    from rich.table import Table

# Number of bad rows that are shown.
MAX_BAD_ROWS = 20

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, as the server sent it.")]
LimitOption = Annotated[int, typer.Option(min=1, help="Number of entries, newest first.")]
CsvArgument = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A CSV file.")]
TableArgument = Annotated[
    Path,
    typer.Argument(
        exists=True, dir_okay=False, readable=True, help="A CSV, Excel, OpenDocument, Parquet or JSON lines file."
    ),
]
SheetOption = Annotated[
    str | None, typer.Option(help="Sheet of a workbook. Default: the first visible one that is not empty.")
]


@command
def upload(  # noqa: PLR0913 (public: one keyword an option)
    file: TableArgument,
    name: Annotated[str | None, typer.Option(help="Name of the dataset. Default: the file's.")] = None,
    delimiter: DelimiterOption = None,
    encoding: EncodingOption = None,
    header: HeaderOption = None,
    skip_rows: SkipRowsOption = None,
    bad_rows: BadRowsOption = None,
    types: TypeOption = None,
    decimal_signs: SignOption = None,
    date_orders: OrderOption = None,
    units: UnitOption = None,
    sheet: SheetOption = None,
) -> None:
    """Upload a table (plain, or as a gzip or ZIP file) and show its profile.

    For example:

    nobrains upload titanic.csv

    nobrains upload sales.xlsx --sheet 2024

    nobrains upload export.txt --delimiter "~" --encoding cp1251 --bad-rows report
    """
    options = reading_options(
        delimiter=delimiter, encoding=encoding, header=header, skip_rows=skip_rows, bad_rows=bad_rows, sheet=sheet
    )
    columns = parse_corrections(types, decimal_signs, date_orders, units)
    with Client() as client:
        dataset = upload_file(client, file, name, **options)
        if columns:
            client.patch_dataset(dataset, columns=columns)
            dataset = client.wait_ready(dataset)
        bad = client.bad_rows(dataset) if bad_rows == "report" else None
    print_dataset(dataset)
    for row in bad.rows[:MAX_BAD_ROWS] if bad else ():
        console().print(f"Left out, line {row.line}: {cell(row.detail)}", style="yellow", markup=False)
    console().print(f"Next: {program()} train {dataset.id} --target COLUMN", markup=False)


@command
def datasets(as_json: JsonOption = False, limit: LimitOption = 50) -> None:
    """List your datasets, newest first.

    Example: nobrains datasets --json
    """
    with Client() as client:
        show_list(client.datasets(), as_json, _dataset_table, limit)


def upload_file(client: Client, file: Path, name: str | None = None, **options: Any) -> Dataset:
    """Upload with a bar, read with these options, and wait until the dataset is profiled.

    Raises:
        DatasetRejected: The CSV cannot be used.
    """
    with transfer_bar(f"Uploading {file.name}") as progress:
        dataset = client.upload(file, name, progress, **options)
    with console(stderr=True).status("Profiling the columns"):
        return client.wait_ready(dataset)


def print_dataset(dataset: Dataset) -> None:
    """Print the profile: one line per column, then the warnings."""
    console().print(
        f"Dataset {dataset.id}: {plural(dataset.rows or 0, 'row')}, {plural(len(dataset.columns), 'column')}.",
        markup=False,
    )
    rows = (
        (column.name, column.type, column.missing, column.distinct, ", ".join(map(cell, column.examples[:3])))
        for column in dataset.columns
    )
    if len(dataset.sheets) > 1:
        others = ", ".join(cell(name) for name in dataset.sheets if name != dataset.sheet)
        console().print(f"Sheet {cell(dataset.sheet)}; --sheet takes another: {others}.", markup=False)
    console().print(make_table(("column", "type", "missing", "distinct", "examples"), rows))
    notes = [*dataset.warnings]
    notes += [f"{column.name}: {warning}" for column in dataset.columns for warning in column.warnings]
    for note in notes:
        console().print(f"Warning: {cell(note)}", style="yellow", markup=False)


def _dataset_table(found: Iterable[Dataset]) -> Table:
    rows = (
        (
            one.id,
            one.name,
            one.state,
            one.rows,
            len(one.columns) or None,
            size(one.size_bytes),
            one.created_at,
        )
        for one in found
    )
    return make_table(("id", "name", "state", "rows", "columns", "size", "created"), rows)


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    app.command()(upload)
    app.command()(datasets)
