"""Offer the command that compares models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from ..client import Client
from ..display.formatting import cell
from ..display.terminal import command, console, make_table, show_json
from ..types.comparisons import Comparison
from .datasets import JsonOption


@command
def compare(
    models: Annotated[list[str], typer.Argument(help="Ids of models, or ENDPOINT/VERSION.", metavar="MODEL...")],
    dataset: Annotated[str | None, typer.Option(help="Id of a labelled dataset to measure them on.")] = None,
    metric: Annotated[str, typer.Option(help="Metric by which the best is told.")] = "auto",
    name: Annotated[str | None, typer.Option(help="Name of the comparison.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Where to write its page (HTML).")] = None,
    as_json: JsonOption = False,
) -> None:
    """Compare models: measured on the same labelled dataset, or without one side by side as they are.

    For example:

    nobrains compare MODEL MODEL --dataset DATASET -o march.html

    nobrains compare income/champion MODEL --dataset DATASET

    nobrains compare MODEL MODEL
    """
    ids = [each for each in models if "/" not in each]
    versions = dict(each.split("/", 1) for each in models if "/" in each)
    if len(ids) + len(versions) < len(models) or (dataset is None and versions):
        raise typer.BadParameter("Name one version of each endpoint, only with --dataset, and others by their ids.")
    with Client() as client:
        if dataset is None:
            found = client.side_by_side(models, only_differences=not as_json)
            (show_json if as_json else _print_side_by_side)(found)
            return
        made = client.compare(ids, dataset, versions=versions, name=name, metric=metric)
        if output is not None:
            client.download_comparison(made, output)
    if as_json:
        show_json(made.raw)
    else:
        _print_comparison(made)
    if output is not None:
        console().print(f"Wrote {output}.", markup=False)


def _print_comparison(made: Comparison) -> None:
    out = console()
    out.print(cell(made.title), style="bold green", markup=False)
    for sentence in made.verdict.get("sentences", ()):
        out.print(cell(sentence), markup=False)
    rows = []
    for each in made.models:
        score = each["metrics"][made.metric]
        rows.append((each["name"], score["value"], score["low"], score["high"], each["latency"]["row_ms"]))
    out.print(make_table(("model", made.metric, "low", "high", "ms per row"), rows))


def _print_side_by_side(found: dict[str, Any]) -> None:
    out = console()
    titles = [each["name"] or each["id"] for each in found["models"]]
    for section in found["sections"]:
        if section["rows"]:
            rows = [(row["name"], *row["values"]) for row in section["rows"]]
            out.print(make_table(("what differs", *titles), rows, section["name"]))
    for note in found["notes"]:
        out.print(cell(note), style="dim", markup=False)


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(compare)
