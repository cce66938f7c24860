"""Offer the commands about what became of predictions: feedback, gather."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...client import Client
from ...display.formatting import cell
from ...display.terminal import command, console, fail, program, show_json
from ...display.terminal_progress import transfer_bar
from ...types.endpoints.requests import Feedback
from ..datasets import JsonOption
from .endpoints import EndpointArgument

# Refused labels that are listed.
MAX_SHOWN = 20


@command
def feedback(
    endpoint: EndpointArgument,
    file: Annotated[
        Path | None,
        typer.Argument(help="A CSV with the columns prediction_id or key, label and, optionally, at.", metavar="FILE"),
    ] = None,
    id: Annotated[str | None, typer.Option("--id", help="Id of one prediction, in the place of a file.")] = None,
    key: Annotated[str | None, typer.Option(help="Your own name of one row, in the place of a file.")] = None,
    label: Annotated[str | None, typer.Option(help="What was true of that one.")] = None,
    take_back: Annotated[bool, typer.Option("--take-back", help="Take back what was said of that one.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Say what became of an endpoint's predictions: what was true, as far as it is known by now.

    It may be said late, and corrected: the newest counts.

    For example:

    nobrains feedback income labels.csv

    nobrains feedback income --key "table 7" --label yes
    """
    with Client() as client:
        calls = client.endpoint(endpoint)
        if file is not None:
            with transfer_bar(f"Sending {file.name}") as progress:
                found = calls.feedback(file, progress=progress)
        elif (id is None) == (key is None) or (label is None) != take_back:
            raise typer.BadParameter("Give a file; or one of --id and --key, and one of --label and --take-back.")
        elif id is not None:
            found = calls.feedback([label], prediction_ids=[id])
        else:
            found = calls.feedback([label], keys=[str(key)])
    if as_json:
        show_json(found.raw)
    else:
        _show(found, endpoint)
    if not found.accepted:
        fail("No label was kept.")


@command
def gather(
    endpoint: EndpointArgument,
    name: Annotated[str | None, typer.Option(help="Name of the dataset.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Requests without a label, too.")] = False,
    version: Annotated[str | None, typer.Option(help="Of this version alone, by its number or an alias.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a dataset of an endpoint's requests and what became of them, to train or to test a model on.

    For example:

    nobrains gather income --name november
    """
    with Client() as client:
        dataset = client.wait_ready(client.endpoint(endpoint).gather(name, version=version, labelled=not everything))
    if as_json:
        show_json(dataset.raw)
        return
    console().print(f"Dataset {dataset.id}: {dataset.rows:,} rows.", style="bold green", markup=False)
    target = dataset.origin.get("columns", {}).get("label", "TARGET")
    console().print(f"Next: {program()} train {dataset.id} --target {target}", markup=False)


def _show(found: Feedback, endpoint: str) -> None:
    out = console()
    out.print(f"{found.accepted:,} labels were kept, {found.refused_count:,} refused.", style="bold", markup=False)
    for each in found.refused[:MAX_SHOWN]:
        out.print(f"{each.index:>8,}  {each.reason}  {cell(each.detail)}", markup=False)
    if found.accepted:
        out.print(f"Next: {program()} gather {endpoint}", markup=False)


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    for function in (feedback, gather):
        app.command()(function)
