"""Offer the command that changes a source: what is named is different, all else stays."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ...client import Client
from ...display.terminal import command, console, program, show_json
from ..datasets import JsonOption
from ..settings_file import FileOption, read_settings
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

# What the server tells of a source and nobody sets.
READ_ONLY = ("id", "created_at", "changed_at", "refresh_words", "next_at", "last_fetch", "dataset_id")


@command
def edit(  # noqa: PLR0913 (public: one keyword an option)
    source: Annotated[str, typer.Argument(help="Id of the source.", metavar="SOURCE")],
    file: FileOption = None,
    name: Annotated[str | None, typer.Option(help="Another name.")] = None,
    url: Annotated[str | None, typer.Option(help="Another address, of the same kind.")] = None,
    query: QueryOption = None,
    user: UserOption = None,
    password: PasswordOption = None,
    cursor: CursorOption = None,
    cursor_initial: CursorInitialOption = None,
    credentials: CredentialsOption = None,
    header: Annotated[
        list[str] | None, typer.Option(help="NAME=VALUE, or NAME=@SECRET with the name of a secret; others stay.")
    ] = None,
    endpoint: Annotated[str | None, typer.Option(help="Another endpoint, whose requests are the data.")] = None,
    window: WindowOption = None,
    format: FormatOption = None,
    sheet: SheetOption = None,
    append: Annotated[
        bool | None, typer.Option("--append/--replace", help="Whether a fetch brings further rows, or all.")
    ] = None,
    key: KeyOption = None,
    keep: KeepOption = None,
    max_age: MaxAgeOption = None,
    cron: Annotated[
        str | None, typer.Option(help='When it is fetched by itself: "0 3 * * *"; none: no longer.')
    ] = None,
    timezone: Annotated[str | None, typer.Option(help="Of its time, such as Europe/Rome.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Change a source: what is named is different, all else stays.

    A change of what is fetched (address, query, key, …) has it begin anew with the next fetch.

    For example:

    nobrains sources edit SOURCE --max-age 3600 --cron "0 3 * * *"

    nobrains sources edit SOURCE --query @sales.sql

    nobrains sources show SOURCE > source.json && nobrains sources edit SOURCE --file source.json
    """
    changes = read_settings(file, READ_ONLY)
    kind = changes.pop("kind", None)
    given: dict[str, Any] = {
        "name": name, "url": url, "query": text_of(query), "user": user, **opened_by(password, credentials),
        "endpoint": endpoint, "window": window, "format": format, "sheet": sheet, "key": key or None, "keep": keep,
        "max_age_s": max_age,
        "mode": None if append is None else "append" if append else "replace",
    }  # fmt: skip
    changes |= {field: value for field, value in given.items() if value is not None}
    with Client() as client:
        present = client.source(source).raw
        if kind not in (None, present["kind"]):
            detail = f"The source is of the kind {present['kind']}, and stays so; make another one of {kind}."
            raise typer.BadParameter(detail, param_hint="--file")
        if header:
            changes["headers"] = {**_object(present, changes, "headers"), **dict(map(header_of, header))}
        if cursor is not None or cursor_initial is not None:
            named = {"column": cursor, "initial": number_or_text(cursor_initial)}
            named = {field: value for field, value in named.items() if value is not None}
            changes["cursor"] = {**_object(present, changes, "cursor"), **named}
        if cron == "none":
            changes["refresh"] = None
        elif cron is not None or timezone is not None:
            named = {field: value for field, value in (("cron", cron), ("timezone", timezone)) if value is not None}
            changes["refresh"] = {**_object(present, changes, "refresh"), **named}
        if not changes:
            raise typer.BadParameter(f"Name what is to be different, as {program()} sources edit --help shows.")
        changed = client.update_source(source, **changes)
    if as_json:
        show_json(changed.raw)
        return
    console().print(f"Source {changed.id} is changed: {', '.join(changes)}.", style="bold green", markup=False)
    console().print(f"Next: {program()} sources check {changed.id}", markup=False)


def _object(present: dict[str, Any], changes: dict[str, Any], field: str) -> dict[str, Any]:
    """Return what a field holds that options add to: that of the file, else what there is."""
    held = changes.get(field, present.get(field))
    return held if isinstance(held, dict) else {}
