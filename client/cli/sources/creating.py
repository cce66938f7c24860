"""Offer the command that makes a source; its kind follows from its address."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ...client import Client
from ...display.terminal import command, console, program, show_json
from ..datasets import JsonOption
from .options import (
    CredentialsOption,
    CursorInitialOption,
    CursorOption,
    FormatOption,
    KeepOption,
    KeyOption,
    MaxAgeOption,
    PasswordOption,
    QueryOption,
    SheetOption,
    UserOption,
    WindowOption,
    header_of,
    number_or_text,
    opened_by,
    text_of,
)


@command
def create(  # noqa: PLR0913 (public: one keyword an option)
    name: Annotated[str, typer.Argument(help="Name of the source, and of its datasets.")],
    url: Annotated[
        str | None,
        typer.Argument(help="https://…, postgresql://host/database, gs://bucket/*.csv, …; none for --endpoint."),
    ] = None,
    query: QueryOption = None,
    user: UserOption = None,
    password: PasswordOption = None,
    cursor: CursorOption = None,
    cursor_initial: CursorInitialOption = None,
    credentials: CredentialsOption = None,
    header: Annotated[
        list[str] | None, typer.Option(help="NAME=VALUE, or NAME=@SECRET with the name of a secret; may be repeated.")
    ] = None,
    endpoint: Annotated[str | None, typer.Option(help="An endpoint, whose requests are the data.")] = None,
    window: WindowOption = None,
    format: FormatOption = None,
    sheet: SheetOption = None,
    append: Annotated[bool, typer.Option("--append", help="A fetch brings further rows, and not all.")] = False,
    key: KeyOption = None,
    keep: KeepOption = None,
    max_age: MaxAgeOption = None,
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
        "url": url, "query": text_of(query), "user": user, **opened_by(password, credentials),
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
