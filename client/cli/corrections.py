"""Offer the command `correct`: how the columns of a dataset are read."""

from __future__ import annotations

from typing import Annotated

import typer

from ..client import Client
from ..display.terminal import command, console
from .column_options import OrderOption, SignOption, TypeOption, UnitOption, parse_corrections
from .datasets import print_dataset


@command
def correct(
    dataset: Annotated[str, typer.Argument(help="Id of the dataset.")],
    types: TypeOption = None,
    decimal_signs: SignOption = None,
    date_orders: OrderOption = None,
    units: UnitOption = None,
) -> None:
    """Correct how columns are read, and show the new profile.

    Leave the value out, as in price=, to take a correction back.

    Example: nobrains correct 0f3a --decimal-sign price=, --date-order when=day_first
    """
    columns = parse_corrections(types, decimal_signs, date_orders, units)
    if not columns:
        raise typer.BadParameter("Say what to correct, as --type COLUMN=TYPE.")
    with Client() as client:
        client.patch_dataset(dataset, columns=columns)
        with console(stderr=True).status("Profiling the columns"):
            found = client.wait_ready(dataset)
    print_dataset(found)


def register(app: typer.Typer) -> None:
    """Add this command to `app`."""
    app.command()(correct)
