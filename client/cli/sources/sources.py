"""Offer the commands about sources: `sources` and what is below it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from ...client import Client
from ...display.terminal import command, console, make_table, program, show_json, show_list
from ...types.sources import Fetch, Source
from ..datasets import JsonOption, LimitOption
from .creating import create
from .editing import edit

if TYPE_CHECKING:
    from rich.table import Table

SourceArgument = Annotated[str, typer.Argument(help="Id of the source.", metavar="SOURCE")]

app = typer.Typer(help="Have data fetched from where they are kept.", no_args_is_help=True)


@app.command("list")
@command
def list_all(as_json: JsonOption = False, limit: LimitOption = 50) -> None:
    """List your sources, each with its newest fetch.

    Example: nobrains sources list
    """
    with Client() as client:
        show_list(client.sources(), as_json, _table, limit)


@app.command()
@command
def show(source: SourceArgument) -> None:
    """Show a source as JSON, with its newest fetch.

    Example: nobrains sources show SOURCE
    """
    with Client() as client:
        show_json(client.source(source).raw)


app.command()(create)
app.command()(edit)


@app.command()
@command
def check(source: SourceArgument, as_json: JsonOption = False) -> None:
    """Reach a source now, and show its first rows; nothing is kept.

    Example: nobrains sources check SOURCE
    """
    with Client() as client:
        found = client.check_source(source)
    if as_json:
        show_json(found.raw)
        return
    console().print(f"It is reached: {found.format or 'a table'}. {found.detail}".strip(), markup=False)
    if found.columns:
        names = [str(column.get("name")) for column in found.columns]
        console().print(make_table(names, ([*row] for row in found.rows[:10])))


@app.command()
@command
def fetch(
    source: SourceArgument,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until the fetch has ended.")] = True,
) -> None:
    """Fetch a source now.

    Example: nobrains sources fetch SOURCE
    """
    with Client() as client:
        done = client.fetch_source(source, wait=wait)
    if not wait:
        console().print(
            f"Fetch {done.number} is {done.state}. Look: {program()} sources fetches {source}", markup=False
        )
    elif done.state == "unchanged":
        console().print(f"Nothing has changed: dataset {done.dataset_id} is what there is.", markup=False)
    else:
        console().print(f"Fetched {done.bytes:,} bytes: dataset {done.dataset_id}.", style="bold green", markup=False)


@app.command()
@command
def fetches(source: SourceArgument, as_json: JsonOption = False, limit: LimitOption = 20) -> None:
    """List the fetches of a source, newest first: what each brought, or why it failed.

    Example: nobrains sources fetches SOURCE
    """
    with Client() as client:
        show_list(client.fetches(source), as_json, _fetch_table, limit)


@app.command()
@command
def delete(source: SourceArgument) -> None:
    """Delete a source and the list of its fetches; its datasets stay.

    Example: nobrains sources delete SOURCE
    """
    with Client() as client:
        client.delete_source(source)
    console().print(f"Source {source} is deleted.", markup=False)


def _table(found: Iterable[Source]) -> Table:
    rows = (
        (one.id, one.name, one.kind, one.url or one.endpoint, one.refresh_words or "", _state(one.last_fetch))
        for one in found
    )
    return make_table(("source", "name", "kind", "from", "refreshed", "newest fetch"), rows)


def _state(fetch: Fetch | None) -> str:
    if fetch is None:
        return "none yet"
    return f"{fetch.state}: {fetch.error.reason}" if fetch.error is not None else fetch.state


def _fetch_table(found: Iterable[Fetch]) -> Table:
    rows = (
        (one.number, _state(one), one.requested_at, one.ended_at, one.bytes, one.dataset_id or "",
         one.why.get("kind", "")) for one in found
    )  # fmt: skip
    return make_table(("fetch", "state", "asked for", "ended", "bytes", "dataset", "by"), rows)


def register(parent: typer.Typer) -> None:
    """Add these commands to `parent`."""
    parent.add_typer(app, name="sources")
