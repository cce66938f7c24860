"""Offer the command that makes a pipeline, with defaults that follow from what the endpoint serves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from ...client import Client
from ...display.run_words import when_words
from ...display.terminal import command, console, parse_duration, program, show_json
from ...types.pipelines.pipelines import PipelineInfo
from ..datasets import JsonOption
from .finding import find_source


@command
def create(  # noqa: PLR0913 (public: one keyword an option)
    name: Annotated[str, typer.Argument(help="Name of the pipeline.")],
    endpoint: Annotated[str, typer.Argument(help="Name of the endpoint that its models go to.")],
    source: Annotated[
        str | None, typer.Option(help="Id or name of the source to train on. Default: as the champion.")
    ] = None,
    dataset: Annotated[str | None, typer.Option(help="A dataset in the place of a source.")] = None,
    with_requests: Annotated[
        bool, typer.Option("--with-requests", help="Add the endpoint's own requests whose truth is known.")
    ] = False,
    target: Annotated[str | None, typer.Option(help="The column to predict. Default: as the champion.")] = None,
    budget: Annotated[str | None, typer.Option(help="Time to train: 90s, 5m or 1h. Default: as the champion.")] = None,
    cron: Annotated[list[str] | None, typer.Option(help='When: "0 3 * * MON"; may be repeated.')] = None,
    timezone: Annotated[str, typer.Option(help="Of --cron, such as Europe/Rome.")] = "UTC",
    on_event: Annotated[
        bool, typer.Option("--on-event", help="On an event, too; shows the address for events, this once.")
    ] = False,
    on_alarm: Annotated[
        list[str] | None, typer.Option(help="On an alarm: drift, performance, errors, …; may be repeated.")
    ] = None,
    every_labels: Annotated[int | None, typer.Option(help="After so many new labels of its requests.")] = None,
    at_most: Annotated[str, typer.Option(help="Alarms start one run in this time at most.")] = "1d",
    promote: Annotated[str, typer.Option(help="auto where the comparison says so, ask a person, or never.")] = "ask",
    alias: Annotated[str, typer.Option(help="The alias that a promoted version gets.")] = "champion",
    guard: Annotated[
        str | None, typer.Option(help="Roll back on errors or bad performance within this time, such as 2d.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Have models of an endpoint retrained, compared with what is served, and promoted, or asked about.

    By default it trains as the endpoint's champion was, on the same source or dataset, and asks you.

    For example:

    nobrains pipelines create Weekly income --cron "0 3 * * MON" --timezone Europe/Rome

    nobrains pipelines create Nightly income --source clients --cron @daily --promote auto --guard 2d

    nobrains pipelines create Healing income --on-alarm drift --every-labels 1000 --source clients --with-requests
    """
    if source is not None and dataset is not None:
        raise typer.BadParameter("Name a source or a dataset, not both.", param_hint="--dataset")
    if with_requests and source is None:
        raise typer.BadParameter("Requests are added to the rows of a --source.", param_hint="--with-requests")
    job: dict[str, Any] = {} if target is None else {"target": target}
    if budget is not None:
        job["time_budget_s"] = parse_duration(budget)
    when = list(when_entries(cron, timezone, on_event, on_alarm, every_labels, at_most))
    settings: dict[str, Any] = {"promote": promote, "as_": alias}
    if guard is not None:
        settings["guard"] = guard_of(guard)
    with Client() as client:
        data: dict[str, Any] | None = None if dataset is None else {"dataset_id": dataset}
        if source is not None:
            data = {
                "source_id": find_source(client, source),
                **({"plus": {"endpoint": endpoint}} if with_requests else {}),
            }
        made = client.create_pipeline(name, endpoint, data, job, when, **settings)
        info = made.info()
        hook = made.make_hook() if on_event else None
    if as_json:
        show_json({**info.raw, **({} if hook is None else {"hook": hook.raw})})
        return
    _show(info)
    if hook is not None:
        console().print(f"Send events to this address, shown this once: {hook.url}", markup=False)
    console().print(f"Next: {program()} pipelines run {info.id}", markup=False)


def guard_of(within: str) -> dict[str, Any]:
    """Return the guard that takes back, within this time, what fails or answers badly."""
    return {"rollback_if": ["errors", "performance"], "within": within}


def when_entries(
    cron: list[str] | None, timezone: str, on_event: bool, on_alarm: list[str] | None, every_labels: int | None,
    at_most: str,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """Yield what starts a pipeline, as the options of a command name it."""
    for expression in cron or ():
        yield {"cron": expression, "timezone": timezone}
    if on_event:
        yield {"event": {}}
    if on_alarm:
        yield {"alarm": on_alarm, "at_most": at_most}
    if every_labels is not None:
        yield {"every_labels": every_labels}


def _show(info: PipelineInfo) -> None:
    out = console()
    out.print(f"Pipeline {info.id} ({info.name}) is made.", style="bold green", markup=False)
    out.print(f"It starts {when_words(info)}.", markup=False)
    if info.next_at is not None:
        out.print(f"The first time is {info.next_at.astimezone():%A, %Y-%m-%d %H:%M %Z}.", markup=False)
    if "dataset_id" in info.data and not any("event" in entry for entry in info.when):
        note = (
            "It trains on a dataset, which does not change by itself: runs will find nothing new. Name a --source, or "
            "have rows come with --on-event."
        )
        out.print(note, style="yellow", markup=False)
