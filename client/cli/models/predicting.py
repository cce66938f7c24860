"""Offer the commands that predict: predict, explain."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from shutil import copyfileobj
from typing import Annotated, Any

import typer

from ...client import Client
from ...display.formatting import cell
from ...display.terminal import command, console, fail, make_table, show_json
from ...display.terminal_progress import transfer_bar
from ...http.request_bodies import SendProgress
from ...types.predictions import Predictions
from ..datasets import JsonOption
from ..reading_options import DelimiterOption, EncodingOption, HeaderOption, reading_options
from .models import ModelArgument

EndpointOption = Annotated[str | None, typer.Option(help="Name of an endpoint, in the place of a model.")]
VersionOption = Annotated[str | None, typer.Option(help="Version of the endpoint, as a number or an alias.")]


@command
def predict(  # noqa: PLR0913 (public: one keyword an option)
    words: Annotated[
        list[str],
        typer.Argument(help="Id of the model, unless there is --endpoint; a CSV file.", metavar="[MODEL] FILE"),
    ],
    output: Annotated[str | None, typer.Option("--output", "-o", help="Where to write; - for standard output.")] = None,
    endpoint: EndpointOption = None,
    version: VersionOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse values that cannot be used.")] = False,
    delimiter: DelimiterOption = None,
    encoding: EncodingOption = None,
    header: HeaderOption = None,
) -> None:
    """Predict a CSV, with a model or an endpoint: its rows with the prediction columns added.

    One of them, prediction_warnings, says what the model could not use of a row.

    For example:

    nobrains predict MODEL new.csv -o predicted.csv

    nobrains predict MODEL new.csv -o - | head

    nobrains predict --endpoint income new.csv
    """
    model, file = _model_and_file(words, endpoint)
    if version is not None and endpoint is None:
        raise typer.BadParameter("--version needs --endpoint: a model has no versions.")
    reading = reading_options(delimiter=delimiter, encoding=encoding, header=header)

    def predicted(client: Client, path: Path, progress: SendProgress) -> Path:
        options: dict[str, Any] = {"strict": strict, "progress": progress}
        if endpoint is not None:
            return client.endpoint(endpoint).predict(file, output=path, version=version, reading=reading, **options)
        return client.predict(model, file, output=path, **options, **reading)

    with Client() as client, transfer_bar(f"Predicting {file.name}") as progress:
        if output == "-":
            with tempfile.TemporaryDirectory() as folder:
                path = predicted(client, Path(folder) / "out.csv", progress)
                with path.open("rb") as table:
                    copyfileobj(table, sys.stdout.buffer)
            return
        path = predicted(client, Path(output or f"{file.stem}-predicted.csv"), progress)
    console().print(f"Wrote {path}.", markup=False)


def _model_and_file(words: list[str], endpoint: str | None) -> tuple[str, Path]:
    """Return the model, empty where an endpoint predicts, and the file, which is there."""
    expected = ("MODEL", "FILE") if endpoint is None else ("FILE",)
    if len(words) != len(expected):
        among = " without --endpoint" if endpoint is None else " with --endpoint"
        raise typer.BadParameter(f"Expected {' and '.join(expected)}{among}, got {' '.join(words)}.")
    file = Path(words[-1])
    if not file.is_file():
        raise typer.BadParameter(f"There is no file {file}.", param_hint="FILE")
    return "" if endpoint is not None else words[0], file


@command
def explain(
    model: ModelArgument,
    cells: Annotated[list[str], typer.Argument(help="The row, as COLUMN=VALUE.", metavar="CELL...")],
    as_json: JsonOption = False,
) -> None:
    """Predict one row and show what each column contributed.

    Example: nobrains explain MODEL age=34 sex=female
    """
    row = dict(cell.split("=", 1) for cell in cells if "=" in cell)
    if len(row) < len(cells):
        fail("Write each cell as COLUMN=VALUE, such as age=34, and each column once.")
    with Client() as client:
        found = client.predict(model, [row], explain=True)
    if as_json:
        show_json(found.raw)
        return
    print_explanation(found)


def print_explanation(found: Predictions) -> None:
    """Print the prediction of one row, and what each column added to it or took away, greatest first."""
    out = console()
    [prediction] = found.predictions
    [contributions] = found.explanations or [{}]
    [base] = found.explanation_bases or [0.0]
    probability = None if found.probabilities is None else found.probabilities[0].get(str(prediction))
    sure = "" if probability is None else f", with probability {cell(probability)}"
    out.print(f"Predicted {cell(prediction)}{sure}.", style="bold green", markup=False)
    unit = f" (probability of {cell(prediction)})" if found.explanation_unit == "probability" else ""
    out.print(f"Base prediction: {cell(base)}{unit}. Contribution of each column:", markup=False)
    rows = sorted(contributions.items(), key=lambda item: -abs(item[1]))
    out.print(make_table(("column", "contribution"), rows))
    for warning in found.warnings:
        out.print(f"Warning: {warning.detail}", style="yellow", markup=False)


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    for function in (predict, explain):
        app.command()(function)
