"""Offer the commands about secrets: `secrets` and what is below it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from ..client import Client
from ..display.terminal import command, console, make_table, show_list
from ..types.secrets import Secret
from .datasets import JsonOption, LimitOption

if TYPE_CHECKING:
    from rich.table import Table

NameArgument = Annotated[str, typer.Argument(help="Name of the secret.", metavar="NAME")]

app = typer.Typer(help="Keep passwords, keys and credentials that sources need.", no_args_is_help=True)


@app.command("list")
@command
def list_all(as_json: JsonOption = False, limit: LimitOption = 50) -> None:
    """List the names of your secrets; what they hold is shown to nobody.

    Example: nobrains secrets list
    """
    with Client() as client:
        show_list(client.secrets(), as_json, _table, limit)


@app.command("set")
@command
def set_secret(name: NameArgument) -> None:
    """Keep a secret, from standard input or a prompt, in the place of an earlier one of that name.

    For example:

    nobrains secrets set warehouse-password

    nobrains secrets set bucket-reader < service-account.json
    """
    if sys.stdin.isatty():
        value = typer.prompt("Value", hide_input=True, err=True)
    else:
        value = sys.stdin.read().removesuffix("\n").removesuffix("\r")
    with Client() as client:
        client.set_secret(name, value)
    console().print(f'Kept. Sources name it: {{"secret": "{name}"}}', markup=False)


@app.command()
@command
def delete(name: NameArgument) -> None:
    """Delete a secret. Sources that name it cannot be fetched any more.

    Example: nobrains secrets delete warehouse-password
    """
    with Client() as client:
        client.delete_secret(name)
    console().print(f"{name} is deleted.", markup=False)


def _table(found: Iterable[Secret]) -> Table:
    return make_table(("secret", "changed"), ((one.name, one.changed_at) for one in found))


def register(parent: typer.Typer) -> None:
    """Add these commands to `parent`."""
    parent.add_typer(app, name="secrets")
