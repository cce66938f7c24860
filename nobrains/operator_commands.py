"""Commands of the service's operator: set it up, look after it, back it up.

Everything heavy is imported inside the command that needs it.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from nobrains._common import SERVE, Data, fail, set_up, settings


class Action(StrEnum):
    """What to do with dead letters."""

    list = "list"
    retry = "retry"
    forget = "forget"


def init(
    data: Data = None,
    username: Annotated[str | None, typer.Option(help="Also make this account, an administrator.")] = None,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read its password from a pipe.")] = False,
    promote: Annotated[str | None, typer.Option(help="Make this account, which there is, an administrator.")] = None,
) -> None:
    """Make tables, queues and blobs where they are missing, and the first administrator. May be run again at any time.

    For example:

    nobrains init --username ada

    nobrains init --promote grace
    """
    from nobrains import init

    if password_stdin and username is None:
        raise typer.BadParameter("--password-stdin needs --username.")
    if promote is not None and username is not None:
        raise typer.BadParameter("--promote is for an account that is there, --username for a new one.")
    password = ""
    if username is not None:
        password = input() if password_stdin else typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    typer.echo(init.initialize(set_up(data), username, password, fail))
    if promote is not None:
        typer.echo(init.promote(set_up(data), promote, fail))


def dead_letters(
    action: Annotated[Action, typer.Argument(help="list them, retry one, or forget one.")] = Action.list,
    id: Annotated[str, typer.Argument(help="Of the letter, for retry and forget.")] = "",
    data: Data = None,
) -> None:
    """Messages that no worker could take up: look at them, have their work done after all, or drop them.

    For example:

    nobrains dead-letters

    nobrains dead-letters retry LETTER
    """
    from nobrains.dead_letters import handle

    if action is not Action.list and not id:
        raise typer.BadParameter("Name the letter: `nobrains dead-letters` lists them.")
    handle(set_up(data), action.value, id, fail)


def backup(
    file: Annotated[Path, typer.Argument(help="The backup to write: a tar file.", dir_okay=False)], data: Data = None
) -> None:
    """Write everything that an embedded service knows into one file, while it runs.

    Example: nobrains backup /backup/monday.tar --data /srv/nobrains
    """
    from core.errors import NoBrainsError
    from nobrains.backup import write_backup

    try:
        typer.echo(write_backup(set_up(data), file))
    except NoBrainsError as exc:
        raise fail(str(exc)) from exc


def restore(
    file: Annotated[Path, typer.Argument(help="What `nobrains backup` wrote.", dir_okay=False)], data: Data = None
) -> None:
    """Make the folder of an embedded service anew from a backup, every byte of it checked. The folder must be empty.

    Example: nobrains restore /backup/monday.tar --data /srv/nobrains
    """
    from core.errors import NoBrainsError
    from nobrains.restore import read_backup

    try:
        typer.echo(read_backup(set_up(data), file))
    except NoBrainsError as exc:
        raise fail(str(exc)) from exc


def alive(
    within: Annotated[float, typer.Option(help="Seconds that the last sign of life may be old.", min=1)] = 300,
) -> None:
    """Whether the worker that touches NOBRAINS_HEARTBEAT_FILE lives: exit code 0, or 1 and a sentence.

    For a liveness probe. It asks no back end: a worker that waits for one lives.
    """
    from core.process import heartbeat_age_s

    file = settings().heartbeat_file
    if not file:
        raise fail("NOBRAINS_HEARTBEAT_FILE names no file: give it to the worker and to this command.")
    try:
        age_s = heartbeat_age_s(file)
    except OSError as exc:
        raise fail(f"{file}: {exc.strerror}: no worker has touched it yet.") from exc
    if age_s > within:
        raise fail(f"The last sign of life is {age_s:.0f} s old: restart the worker.")
    typer.echo(f"alive {age_s:.1f} s ago")


def doctor(data: Data = None) -> None:
    """Look at everything the service needs, and say in words what is wrong and how to mend it."""
    from nobrains.doctor import examine

    raise typer.Exit(0 if examine(data) else 1)


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    for command in (init, backup, restore, alive, doctor):
        app.command(rich_help_panel=SERVE)(command)
    app.command("dead-letters", rich_help_panel=SERVE)(dead_letters)
