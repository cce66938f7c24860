"""Offer the command that makes a source; its kind follows from its address."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from ...client import Client
from ...display.terminal import command, console, program, show_json
from ..datasets import JsonOption


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
        "url": url, "query": text_of(query), "user": user, "password": secret(password),
        "credentials": credentials if credentials == "ambient" else secret(credentials),
        "headers": dict(map(header_of, header)) if header else None, "endpoint": endpoint, "window": window,
        "format": format, "sheet": sheet, "mode": "append" if append else None, "key": key or None, "keep": keep,
        "max_age_s": max_age, "refresh": {"cron": cron, "timezone": timezone} if cron else None,
        "cursor": {"column": cursor, "initial": number_or_text(cursor_initial)} if cursor else None,
    }  # fmt: skip
    with Client() as client:
        made = client.create_source(name, _kind(url, endpoint), **fields)
    if as_json:
        show_json(made.raw)
        return
    out = console()
    out.print(f"Source {made.id} ({made.kind}) is made.", style="bold green", markup=False)
    out.print(f"Next: {program()} sources fetch {made.id}", markup=False)


def _kind(url: str | None, endpoint: str | None) -> str:
    if (url is None) == (endpoint is None):
        raise typer.BadParameter("Give a URL, or --endpoint with the name of an endpoint.", param_hint="URL")
    scheme = (url or "").split("://", 1)[0]
    if endpoint is not None:
        return "endpoint"
    return "http" if scheme in ("http", "https") else "bucket" if scheme in ("gs", "s3", "az") else "sql"


def secret(name: str | None) -> dict[str, str] | None:
    """Return what stands for a secret of this name."""
    return None if name is None else {"secret": name}


def header_of(text: str) -> tuple[str, str | dict[str, str]]:
    """Return the name and the value of NAME=VALUE or NAME=@SECRET."""
    name, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"{text!r} is not NAME=VALUE.", param_hint="--header")
    return name, {"secret": value[1:]} if value.startswith("@") else value


def text_of(text: str | None) -> str | None:
    """Return a text, or what the file holds that @FILE names."""
    return Path(text[1:]).read_text(encoding="utf-8") if text and text.startswith("@") else text


def number_or_text(text: str | None) -> Any:
    """Return the number that a text is, else the text."""
    try:
        value = json.loads(text or "null")
    except ValueError:
        return text
    return value if isinstance(value, int | float) and not isinstance(value, bool) else text
