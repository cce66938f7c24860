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
    username: Annotated[str | None, typer.Option(help="Also create this administrator account.")] = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    promote: Annotated[str | None, typer.Option(help="Make this existing account an administrator.")] = None,
) -> None:
    """Create missing tables, queues and blob stores, and the first administrator. May be run again at any time.

    For example:

    nobrains init --username ada

    nobrains init --promote grace
    """
    from nobrains.operations import init

    if password_stdin and username is None:
        raise typer.BadParameter("--password-stdin needs --username.")
    if promote is not None and username is not None:
        raise typer.BadParameter("--promote is for an existing account, --username for a new one.")
    password = ""
    if username is not None:
        password = input() if password_stdin else typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    typer.echo(init.initialize(set_up(data), username, password, fail))
    if promote is not None:
        typer.echo(init.promote(set_up(data), promote, fail))


def dead_letters(
    action: Annotated[Action, typer.Argument(help="list them, retry one, or forget one.")] = Action.list,
    id: Annotated[str, typer.Argument(help="Id of the message, for retry and forget.")] = "",
    data: Data = None,
) -> None:
    """List messages that no worker could process, retry them, or forget them.

    For example:

    nobrains dead-letters

    nobrains dead-letters retry ID
    """
    from nobrains.operations.dead_letters import handle

    if action is not Action.list and not id:
        raise typer.BadParameter("Give the id of the message: `nobrains dead-letters` lists them.")
    handle(set_up(data), action.value, id, fail)


def backup(
    file: Annotated[Path, typer.Argument(help="The tar file to write.", dir_okay=False)], data: Data = None
) -> None:
    """Back up all data of an embedded service into one file, while it runs.

    Example: nobrains backup /backup/monday.tar --data /srv/nobrains
    """
    from core.errors import NoBrainsError
    from nobrains.operations.backup import write_backup

    try:
        typer.echo(write_backup(set_up(data), file))
    except NoBrainsError as exc:
        raise fail(str(exc)) from exc


def restore(
    file: Annotated[Path, typer.Argument(help="A file written by `nobrains backup`.", dir_okay=False)],
    data: Data = None,
) -> None:
    """Restore the folder of an embedded service from a backup and verify it. The folder must be empty.

    Example: nobrains restore /backup/monday.tar --data /srv/nobrains
    """
    from core.errors import NoBrainsError
    from nobrains.operations.restore import read_backup

    try:
        typer.echo(read_backup(set_up(data), file))
    except NoBrainsError as exc:
        raise fail(str(exc)) from exc


def alive(
    within: Annotated[float, typer.Option(help="Max. age of the last heartbeat in seconds.", min=1)] = 300,
) -> None:
    """Check that the worker that touches NOBRAINS_HEARTBEAT_FILE is alive: exit code 0, or 1 with a message.

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
        raise fail(f"The last heartbeat is {age_s:.0f} s old: restart the worker.")
    typer.echo(f"alive {age_s:.1f} s ago")


def doctor(data: Data = None) -> None:
    """Check everything the service needs, and say what is wrong and how to fix it."""
    from nobrains.operations.doctor import examine

    raise typer.Exit(0 if examine(data) else 1)


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    for command in (init, backup, restore, alive, doctor):
        app.command(rich_help_panel=SERVE)(command)
    app.command("dead-letters", rich_help_panel=SERVE)(dead_letters)
