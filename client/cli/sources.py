"""Offer the commands about sources: `sources` and what is below it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..client import Client
from ..display.terminal import command, console, make_table, program, show_json, show_list
from ..types.sources import Fetch, Source
from .datasets import JsonOption, LimitOption

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


@app.command()
@command
def create(  # noqa: PLR0913 (public: one keyword an option)
    name: Annotated[str, typer.Argument(help="Name of the source, and of its datasets.")],
    url: Annotated[
        str | None,
        typer.Argument(help="https://…, postgresql://host/database, gs://bucket/*.csv, …; none for --endpoint."),
    ] = None,
    query: Annotated[str | None, typer.Option(help="SELECT …, of a database; or @FILE that holds it.")] = None,
    user: Annotated[str | None, typer.Option(help="User of a database.")] = None,
    password: Annotated[str | None, typer.Option(help="Name of the secret that is the password.")] = None,
    cursor: Annotated[str | None, typer.Option(help="Column by which only further rows are fetched.")] = None,
    cursor_initial: Annotated[str | None, typer.Option(help="What :cursor is at first.")] = None,
    credentials: Annotated[str | None, typer.Option(help="Name of the secret that opens a bucket, or ambient.")] = None,
    header: Annotated[
        list[str] | None, typer.Option(help="NAME=VALUE, or NAME=@SECRET with the name of a secret; may be repeated.")
    ] = None,
    endpoint: Annotated[str | None, typer.Option(help="An endpoint, whose requests are the data.")] = None,
    window: Annotated[str | None, typer.Option(help="Of its requests: back from now, such as 90d.")] = None,
    format: Annotated[str | None, typer.Option(help="auto, csv, jsonl, parquet or xlsx.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook.")] = None,
    append: Annotated[bool, typer.Option("--append", help="A fetch brings further rows, and not all.")] = False,
    key: Annotated[list[str] | None, typer.Option(help="A column of the rows' key; may be repeated.")] = None,
    keep: Annotated[int | None, typer.Option(help="Fetches whose datasets are kept.")] = None,
    max_age: Annotated[float | None, typer.Option(help="Seconds after which data are too old for a job.")] = None,
    cron: Annotated[str | None, typer.Option(help='When it is fetched by itself: "0 3 * * *".')] = None,
    timezone: Annotated[str, typer.Option(help="Of --cron, such as Europe/Rome.")] = "UTC",
    as_json: JsonOption = False,
) -> None:
    """Make a source; nothing is fetched yet.

    For example:

    nobrains sources create prices https://example.org/prices.csv --max-age 3600

    nobrains sources create sales postgresql://db/shop --user report --password shop-db --query "SELECT * FROM sales"

    nobrains sources create answers --endpoint income --window 90d
    """
    fields: dict[str, Any] = {
        "url": url, "query": _text(query), "user": user, "password": _secret(password),
        "credentials": credentials if credentials == "ambient" else _secret(credentials),
        "headers": dict(map(_header, header)) if header else None, "endpoint": endpoint, "window": window,
        "format": format, "sheet": sheet, "mode": "append" if append else None, "key": key or None, "keep": keep,
        "max_age_s": max_age, "refresh": {"cron": cron, "timezone": timezone} if cron else None,
        "cursor": {"column": cursor, "initial": _number(cursor_initial)} if cursor else None,
    }  # fmt: skip
    with Client() as client:
        made = client.create_source(name, _kind(url, endpoint), **fields)
    if as_json:
        show_json(made.raw)
        return
    out = console()
    out.print(f"Source {made.id} ({made.kind}) is made.", style="bold green", markup=False)
    out.print(f"Next: {program()} sources fetch {made.id}", markup=False)


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


def _kind(url: str | None, endpoint: str | None) -> str:
    if (url is None) == (endpoint is None):
        raise typer.BadParameter("Give a URL, or --endpoint with the name of an endpoint.", param_hint="URL")
    scheme = (url or "").split("://", 1)[0]
    if endpoint is not None:
        return "endpoint"
    return "http" if scheme in ("http", "https") else "bucket" if scheme in ("gs", "s3", "az") else "sql"


def _secret(name: str | None) -> dict[str, str] | None:
    return None if name is None else {"secret": name}


def _header(text: str) -> tuple[str, str | dict[str, str]]:
    name, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"{text!r} is not NAME=VALUE.", param_hint="--header")
    return name, {"secret": value[1:]} if value.startswith("@") else value


def _text(text: str | None) -> str | None:
    return Path(text[1:]).read_text(encoding="utf-8") if text and text.startswith("@") else text


def _number(text: str | None) -> Any:
    try:
        value = json.loads(text or "null")
    except ValueError:
        return text
    return value if isinstance(value, int | float) and not isinstance(value, bool) else text


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
