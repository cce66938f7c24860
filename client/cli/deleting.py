"""Offer the commands that delete: `delete` and what is below it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from ..client import Client
from ..display.terminal import command, console

IdsArgument = Annotated[list[str], typer.Argument(help="Id of each.", metavar="ID...")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]

app = typer.Typer(help="Delete datasets, jobs, models, endpoints and what was found of them.", no_args_is_help=True)


@app.command()
@command
def dataset(ids: IdsArgument, yes: YesOption = False) -> None:
    """Delete datasets; models that were trained on them stay.

    Example: nobrains delete dataset DATASET
    """
    _delete("dataset", ids, yes, lambda client: client.delete_dataset)


@app.command()
@command
def job(ids: IdsArgument, yes: YesOption = False) -> None:
    """Delete jobs that are over; their models stay.

    Example: nobrains delete job JOB JOB
    """
    _delete("job", ids, yes, lambda client: client.delete_job)


@app.command()
@command
def model(ids: IdsArgument, yes: YesOption = False) -> None:
    """Delete models that no endpoint has as a version.

    Example: nobrains delete model MODEL --yes
    """
    _delete("model", ids, yes, lambda client: client.delete_model)


@app.command()
@command
def endpoint(
    names: Annotated[list[str], typer.Argument(help="Name of each.", metavar="ENDPOINT...")], yes: YesOption = False
) -> None:
    """Delete endpoints with their versions, requests, feedback and log of changes; models stay.

    Example: nobrains delete endpoint income
    """
    _delete("endpoint", names, yes, lambda client: lambda name: client.endpoint(name).delete())


@app.command()
@command
def evaluation(ids: IdsArgument, yes: YesOption = False) -> None:
    """Delete evaluations.

    Example: nobrains delete evaluation EVALUATION
    """
    _delete("evaluation", ids, yes, lambda client: client.delete_evaluation)


@app.command()
@command
def comparison(ids: IdsArgument, yes: YesOption = False) -> None:
    """Delete comparisons.

    Example: nobrains delete comparison COMPARISON
    """
    _delete("comparison", ids, yes, lambda client: client.delete_comparison)


def _delete(kind: str, ids: list[str], yes: bool, call: Callable[[Client], Callable[[str], None]]) -> None:
    if not yes:
        typer.confirm(f"Delete {kind} {', '.join(ids)} for good?", abort=True, err=True)
    with Client() as client:
        delete = call(client)
        for id in ids:
            delete(id)
            console().print(f"Deleted {kind} {id}.", markup=False)


def register(parent: typer.Typer) -> None:
    """Add these commands to `parent`."""
    parent.add_typer(app, name="delete")
