"""Put the commands of the client together, as a Typer app of their own or mounted on another (`register`)."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ..client import Client
from ..config import Credentials, save
from ..display.terminal import command, console, program
from ..errors import Conflict
from . import (
    admin,
    checking,
    comparisons,
    corrections,
    datasets,
    deleting,
    evaluating,
    jobs,
    secrets,
    webhooks,
)
from .endpoints import endpoints, feedback, monitoring
from .models import decisions, models, predicting
from .pipelines import pipelines, runs
from .sources import sources


@command
def login(
    url: Annotated[str | None, typer.Option(help="The server. Default: NOBRAINS_URL, or the last one.")] = None,
    username: Annotated[str | None, typer.Option(help="Prompted for if not given.")] = None,
    sign_up: Annotated[bool, typer.Option("--sign-up", help="Create the account first.")] = False,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
) -> None:
    """Sign in, once; the token is kept for the other commands.

    For example:

    nobrains login --url https://ml.example.org --sign-up

    pass show ml | nobrains login --username ada --password-stdin
    """
    if password_stdin and username is None:
        raise typer.BadParameter("--password-stdin needs --username.")
    # The prompt goes to stderr, so that a script can read stdout.
    username = username or str(typer.prompt("Username", err=True))
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = typer.prompt("Password", hide_input=True, confirmation_prompt=sign_up, err=True)
    with Client(url) as client:
        if sign_up:
            try:
                client.sign_up(username, password)
            except Conflict as exc:
                raise Conflict(exc.status, exc.reason, f"{exc.detail} Leave --sign-up out if it is yours.") from exc
        client.sign_in(username, password)
        where = save(Credentials(client.url, client.token))
    console().print(f"Signed in to {client.url} as {username}; the token is in {where}.", markup=False)
    console().print(f"Next: {program()} upload FILE.csv", markup=False)


@command
def logout() -> None:
    """Sign out: the token stops working and is deleted."""
    with Client() as client:
        client.sign_out()
        save(Credentials(client.url))
    console().print(f"Signed out of {client.url}.", markup=False)


def register(app: typer.Typer) -> None:
    """Add the client's commands to `app`."""
    app.command()(login)
    app.command()(logout)
    datasets.register(app)
    corrections.register(app)
    checking.register(app)
    jobs.register(app)
    models.register(app)
    comparisons.register(app)
    predicting.register(app)
    evaluating.register(app)
    decisions.register(app)
    endpoints.register(app)
    feedback.register(app)
    secrets.register(app)
    sources.register(app)
    pipelines.register(app)
    runs.register(app)
    webhooks.register(app)
    monitoring.register(app)
    admin.register(app)
    deleting.register(app)


app = typer.Typer(
    help="Upload a CSV, choose a target column, get the best model, and use it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
register(app)


def main() -> None:
    """Run the `nobrains-client` script."""
    app()


if __name__ == "__main__":
    main()
