"""Offer the commands about pipelines: `pipelines` and what is below it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from ...client import Client
from ...display.run_words import when_words
from ...display.terminal import command, console, make_table, program, show_json, show_list
from ...types.pipelines.pipelines import PipelineInfo
from ..datasets import JsonOption, LimitOption
from .creating import create
from .editing import edit
from .finding import PipelineArgument, find_pipeline
from .runs import run_table
from .watching import watch_run

if TYPE_CHECKING:
    from rich.table import Table

# Number of runs that are shown of a pipeline.
MAX_RUNS = 10

app = typer.Typer(help="Have models retrained, compared and promoted by themselves.", no_args_is_help=True)


@app.command("list")
@command
def list_all(as_json: JsonOption = False, limit: LimitOption = 50) -> None:
    """List your pipelines: what starts each, when next, and its newest run.

    Example: nobrains pipelines list
    """
    with Client() as client:
        show_list(client.pipelines(), as_json, _table, limit)


app.command()(create)
app.command()(edit)


@app.command()
@command
def show(pipeline: PipelineArgument, as_json: JsonOption = False) -> None:
    """Show a pipeline: what starts it, what it trains on, what it may promote, its newest runs.

    Example: nobrains pipelines show Weekly
    """
    with Client() as client:
        found = find_pipeline(client, pipeline)
        if as_json:
            show_json(found.raw)
            return
        out = console()
        for name, words in _facts(found):
            out.print(f"{name:<9} {words}", markup=False)
        runs = list(islice(client.pipeline(found).runs(), MAX_RUNS))
    if runs:
        out.print(run_table(runs))
    else:
        out.print(f"It has not run yet. Now: {program()} pipelines run {found.id}", markup=False)


@app.command()
@command
def run(
    pipeline: PipelineArgument,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Show each step until it is over or asks.")] = True,
    always: Annotated[bool, typer.Option("--always", help="Train although nothing is new.")] = False,
    why: Annotated[str, typer.Option(help="Why, in words.")] = "",
) -> None:
    """Run a pipeline now, and show each step in words. Ctrl-C leaves it running.

    Example: nobrains pipelines run Weekly
    """
    with Client() as client:
        calls = client.pipeline(find_pipeline(client, pipeline))
        started = calls.run(why=why, unless_unchanged=False if always else None)
        if wait:
            watch_run(calls, started)
        else:
            look = f"{program()} runs watch {calls.id} {started.number}"
            console().print(f"Run {started.number} is {started.state}. Watch it: {look}", markup=False)


@app.command()
@command
def pause(pipeline: PipelineArgument) -> None:
    """Let nothing but a person start a pipeline; runs that are on go on.

    Example: nobrains pipelines pause Weekly
    """
    with Client() as client:
        found = client.pipeline(find_pipeline(client, pipeline)).pause()
    console().print(f"{found.name} is paused. Go on: {program()} pipelines resume {found.id}", markup=False)


@app.command()
@command
def resume(pipeline: PipelineArgument) -> None:
    """Let a paused pipeline be started again by what starts it.

    Example: nobrains pipelines resume Weekly
    """
    with Client() as client:
        found = client.pipeline(find_pipeline(client, pipeline)).resume()
    console().print(f"{found.name} starts {when_words(found)}.", markup=False)
    if found.next_at is not None:
        console().print(f"Next: {found.next_at.astimezone():%Y-%m-%d %H:%M %Z}", markup=False)


@app.command()
@command
def delete(pipeline: PipelineArgument) -> None:
    """Delete a pipeline with its runs; models and versions stay.

    Example: nobrains pipelines delete Weekly
    """
    with Client() as client:
        found = find_pipeline(client, pipeline)
        client.pipeline(found).delete()
    console().print(f"Pipeline {found.id} ({found.name}) is deleted.", markup=False)


@app.command()
@command
def hook(
    pipeline: PipelineArgument,
    signed: Annotated[bool, typer.Option("--signed", help="Events must be signed as Standard Webhooks say.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make the address that a pipeline takes events at, and show it this once; one that it had is void.

    Example: nobrains pipelines hook Weekly
    """
    with Client() as client:
        made = client.pipeline(find_pipeline(client, pipeline)).make_hook(signed=signed)
    if as_json:
        show_json(made.raw)
        return
    out = console()
    out.print(f"Send events to this address, shown this once: {made.url}", style="bold green", markup=False)
    if made.secret is not None:
        out.print(f"Sign them with the secret, shown this once: {made.secret}", markup=False)
    else:
        out.print(f"""For example: curl -d '{{"rows": [{{"age": 39, "income": "low"}}]}}' {made.url}""", markup=False)


@app.command()
@command
def preview(
    cron: Annotated[str, typer.Argument(help='Five fields such as "0 3 * * MON", or @daily.')],
    timezone: Annotated[str, typer.Option(help="By whose clocks, such as Europe/Rome.")] = "UTC",
    as_json: JsonOption = False,
) -> None:
    """Say in words when a cron expression comes, and the next five times.

    Example: nobrains pipelines preview "0 3 * * MON" --timezone Europe/Rome
    """
    with Client() as client:
        found = client.preview_schedule(cron, timezone)
    if as_json:
        show_json(found.raw)
        return
    out = console()
    out.print(f"{found.words}, {found.timezone}", style="bold", markup=False)
    for at in found.local_times:
        out.print(f"{at:%a %Y-%m-%d %H:%M} (UTC{at:%z})", markup=False)


def _facts(found: PipelineInfo) -> Iterable[tuple[str, str]]:
    yield "pipeline", f"{found.name} ({found.id})"
    yield "starts", when_words(found)
    if found.next_at is not None:
        yield "next", f"{found.next_at.astimezone():%Y-%m-%d %H:%M %Z}"
    yield "data", ", ".join(f"{name.removesuffix('_id')} {value}" for name, value in found.data.items())
    yield "trains", f"{found.job.get('target')}, {found.job.get('time_budget_s')} s"
    yield "endpoint", f"{found.endpoint}; promotes as {found.as_}: {found.promote}"
    for name in ("gate", "traffic", "then", "guard"):
        if said := getattr(found, name):
            yield name, ", ".join(f"{key}: {value}" for key, value in said.items())


def _table(found: Iterable[PipelineInfo]) -> Table:
    rows = (
        (
            one.id, one.name, one.endpoint, when_words(one), one.next_at,
            "" if one.last_run is None else f"{one.last_run.number}: {one.last_run.state}",
        )
        for one in found
    )  # fmt: skip
    return make_table(("id", "name", "endpoint", "starts", "next", "newest run"), rows)


def register(parent: typer.Typer) -> None:
    """Add these commands to `parent`."""
    parent.add_typer(app, name="pipelines")
