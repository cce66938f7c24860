"""Offer the command that checks data before a training, and show what was found."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..client import Client
from ..display.terminal import command, console, fail, show_json
from ..types.datasets import Dataset, Findings
from .datasets import JsonOption, SheetOption, upload_file
from .reading_options import reading_options

STYLES = {"error": "red", "warning": "yellow"}


@command
def check(
    dataset: Annotated[str, typer.Argument(help="A CSV file, or the id of a dataset.", metavar="FILE.csv|DATASET")],
    target: Annotated[str, typer.Option(help="The column to predict.")],
    sheet: SheetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check whether a column can be predicted, before any time is spent: exit code 1 if not.

    For example:

    nobrains check titanic.csv --target survived

    nobrains check DATASET --target price --json
    """
    with Client() as client:
        findings = client.check(ready_dataset(client, dataset, sheet), target)
    if as_json:
        show_json(findings.raw)
    else:
        print_findings(findings)
        console().print(f"{target} makes a {findings.task} task, scored by {findings.metric}.", markup=False)
    if findings.errors:
        raise typer.Exit(1)


def ready_dataset(client: Client, dataset: str, sheet: str | None) -> Dataset:
    """Return the dataset of that id, or that of a file, which is uploaded for it, once it is profiled."""
    file = Path(dataset)
    if file.is_file():
        return upload_file(client, file, **reading_options(sheet=sheet))
    if file.suffix or len(file.parts) > 1:
        raise typer.BadParameter(f"There is no file {dataset}.", param_hint="FILE.csv|DATASET")
    return client.wait_ready(dataset)


def print_findings(findings: Findings) -> None:
    """Print what the check found; end the command if training would fail."""
    if findings.positive_class is not None:
        text = f"Positive class: {findings.positive_class} ({findings.positive_class_rule})."
        console(stderr=True).print(text, markup=False)
    for found in findings.findings:
        where = f"{found.column}: " if found.column else ""
        text = f"{found.severity.capitalize()}: {where}{found.detail} {found.fix}"
        console(stderr=True).print(text, style=STYLES.get(found.severity, ""), markup=False)
    if findings.errors:
        fail("No model can be trained on this data as it is; nothing was started.")


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(check)
