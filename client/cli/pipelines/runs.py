"""Offer the commands about runs of pipelines: `runs` and what is below it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from ...client import Client
from ...display.run_words import STEPS, trigger_words
from ...display.terminal import command, console, make_table, program, show_json, show_list
from ...types.pipelines.runs import Run
from ..datasets import JsonOption, LimitOption
from .finding import PipelineArgument, find_pipeline, find_run
from .watching import show_end, watch_run

if TYPE_CHECKING:
    from rich.table import Table

WhyOption = Annotated[str, typer.Option(help="Why; it stands in the run, and in the endpoint's log of changes.")]

app = typer.Typer(help="Look at runs of pipelines, and answer those that ask.", no_args_is_help=True)


@app.command("list")
@command
def list_all(pipeline: PipelineArgument, as_json: JsonOption = False, limit: LimitOption = 20) -> None:
    """List the runs of a pipeline, newest first: what started each, and why it ended as it did.

    Example: nobrains runs list Weekly
    """
    with Client() as client:
        show_list(client.pipeline(find_pipeline(client, pipeline)).runs(), as_json, run_table, limit)


@app.command()
@command
def show(
    pipeline: PipelineArgument,
    run: Annotated[int | None, typer.Argument(help="Number of the run; the newest if left out.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show a run: what started it, each step with what it came to, and why it ended as it did.

    For example:

    nobrains runs show Weekly

    nobrains runs show Weekly 7
    """
    with Client() as client:
        calls = client.pipeline(find_pipeline(client, pipeline))
        found = find_run(calls, run, lambda _: True, "has been made yet")
        if as_json:
            show_json(found.raw)
            return
        out = console()
        out.print(f"Run {found.number}, started by {trigger_words(found)}", markup=False)
        out.print(_step_table(found))
        show_end(calls, found)


@app.command()
@command
def watch(
    pipeline: PipelineArgument,
    run: Annotated[int | None, typer.Argument(help="Number of the run; the newest if left out.")] = None,
) -> None:
    """Watch a run, step by step, until it is over or asks. Ctrl-C leaves it running.

    Example: nobrains runs watch Weekly
    """
    with Client() as client:
        calls = client.pipeline(find_pipeline(client, pipeline))
        watch_run(calls, find_run(calls, run, lambda _: True, "has been made yet"))


@app.command()
@command
def approve(
    pipeline: PipelineArgument,
    run: Annotated[int | None, typer.Argument(help="Number of the run; the newest that asks if left out.")] = None,
    why: WhyOption = "",
) -> None:
    """Have the version of a run that asks promoted.

    Example: nobrains runs approve Weekly --why "better on the newest rows"
    """
    with Client() as client:
        calls = client.pipeline(find_pipeline(client, pipeline))
        asking = find_run(calls, run, lambda found: found.asks, "asks")
        watch_run(calls, calls.approve(asking, why=why))


@app.command()
@command
def reject(
    pipeline: PipelineArgument,
    run: Annotated[int | None, typer.Argument(help="Number of the run; the newest that asks if left out.")] = None,
    why: WhyOption = "",
) -> None:
    """End a run that asks; its version stays registered, and is not promoted.

    Example: nobrains runs reject Weekly --why "the new rows are not of our shops"
    """
    with Client() as client:
        calls = client.pipeline(find_pipeline(client, pipeline))
        asking = find_run(calls, run, lambda found: found.asks, "asks")
        watch_run(calls, calls.reject(asking, why=why))


@app.command()
@command
def cancel(
    pipeline: PipelineArgument,
    run: Annotated[int | None, typer.Argument(help="Number of the run; the newest that is on if left out.")] = None,
    why: WhyOption = "",
) -> None:
    """End a run with what it waits for, such as its training.

    Example: nobrains runs cancel Weekly
    """
    with Client() as client:
        calls = client.pipeline(find_pipeline(client, pipeline))
        found = find_run(calls, run, lambda found: not found.is_over, "is on")
        calls.cancel(found, why=why)
    note = f"Run {found.number} is being cancelled. Look: {program()} runs show {calls.id} {found.number}"
    console().print(note, markup=False)


def run_table(found: Iterable[Run]) -> Table:
    """Return runs as a table, a line for each."""
    rows = ((one.number, one.created_at, trigger_words(one), one.state, one.version, one.why) for one in found)
    return make_table(("run", "started", "by", "state", "version", "why"), rows)


def _step_table(run: Run) -> Table:
    rows = ((STEPS.get(step.name, step.name), step.state, step.at, step.why, step.ref) for step in run.steps)
    return make_table(("step", "state", "begun", "what came of it", "see"), rows)


def register(parent: typer.Typer) -> None:
    """Add these commands to `parent`."""
    parent.add_typer(app, name="runs")
