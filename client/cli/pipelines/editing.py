"""Offer the command that changes a pipeline: what is named is different, all else stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from ...client import Client
from ...display.run_words import when_words
from ...display.terminal import command, console, parse_duration, program, show_json
from ...types.pipelines.pipelines import PipelineInfo
from ..datasets import JsonOption
from ..settings_file import FileOption, read_settings
from .creating import guard_of, when_entries
from .finding import PipelineArgument, find_pipeline, find_source

# What the server tells of a pipeline and nobody sets.
READ_ONLY = ("id", "created_at", "changed_at", "next_at", "last_run")
STARTS = ("cron", "event", "alarm", "every_labels")


@command
def edit(  # noqa: PLR0913 (public: one keyword an option)
    pipeline: PipelineArgument,
    file: FileOption = None,
    name: Annotated[str | None, typer.Option(help="Another name.")] = None,
    endpoint: Annotated[str | None, typer.Option(help="Another endpoint that its models go to.")] = None,
    source: Annotated[str | None, typer.Option(help="Id or name of the source to train on.")] = None,
    dataset: Annotated[str | None, typer.Option(help="A dataset in the place of a source.")] = None,
    with_requests: Annotated[
        bool | None,
        typer.Option("--with-requests/--without-requests", help="Add the endpoint's requests whose truth is known."),
    ] = None,
    target: Annotated[str | None, typer.Option(help="The column to predict.")] = None,
    metric: Annotated[str | None, typer.Option(help="What is optimized; auto fits the target.")] = None,
    budget: Annotated[str | None, typer.Option(help="Time to train: 90s, 5m or 1h.")] = None,
    cron: Annotated[
        list[str] | None, typer.Option(help='When, in the place of its times: "0 3 * * MON"; may be repeated.')
    ] = None,
    timezone: Annotated[str | None, typer.Option(help="Of its times, such as Europe/Rome.")] = None,
    on_event: Annotated[bool, typer.Option("--on-event", help="On an event, too.")] = False,
    on_alarm: Annotated[
        list[str] | None, typer.Option(help="On these alarms: drift, performance, errors, …; may be repeated.")
    ] = None,
    every_labels: Annotated[int | None, typer.Option(help="After so many new labels of its requests.")] = None,
    at_most: Annotated[str | None, typer.Option(help="Alarms start one run in this time at most.")] = None,
    by_hand: Annotated[
        bool, typer.Option("--by-hand", help="Take away what starts it; only what is named beside this does then.")
    ] = False,
    promote: Annotated[
        str | None, typer.Option(help="auto where the comparison says so, ask a person, or never.")
    ] = None,
    alias: Annotated[str | None, typer.Option(help="The alias that a promoted version gets.")] = None,
    guard: Annotated[
        str | None, typer.Option(help="Roll back on errors or bad performance within this time, such as 2d; or none.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Change a pipeline: what is named is different, all else stays. Runs that are on keep what they began with.

    Other settings (gate, traffic, then, notify, …) come from --file: docs/pipelines.md has them. Options win over it.
    If somebody else has changed the pipeline since, nothing is changed.

    For example:

    nobrains pipelines edit Weekly --cron "0 4 * * SUN" --budget 10m

    nobrains pipelines edit Weekly --promote auto --guard 2d

    nobrains pipelines show Weekly --json > weekly.json && nobrains pipelines edit Weekly --file weekly.json
    """
    if source is not None and dataset is not None:
        raise typer.BadParameter("Name a source or a dataset, not both.", param_hint="--dataset")
    changes = read_settings(file, READ_ONLY)
    seen = changes.pop("revision", None)
    _check_shape(changes)
    given = {"name": name, "endpoint": endpoint, "promote": promote, "as": alias}
    changes |= {field: value for field, value in given.items() if value is not None}
    if guard is not None:
        changes["guard"] = None if guard == "none" else guard_of(guard)
    job = {"target": target, "metric": metric, "time_budget_s": None if budget is None else parse_duration(budget)}
    job = {field: value for field, value in job.items() if value is not None}
    with Client() as client:
        found = find_pipeline(client, pipeline)
        present = {**found.raw, **changes}
        if job:
            changes["job"] = {**present["job"], **job}
        when = _without_words(present["when"])
        zone, often = timezone or _first(when, "timezone") or "UTC", at_most or _first(when, "at_most") or "1d"
        named = list(when_entries(cron, zone, on_event, on_alarm, every_labels, often))
        merged = _merged([] if by_hand else when, named, timezone, at_most)
        if "when" in changes or merged != when:
            changes["when"] = merged
        if source is not None or dataset is not None or with_requests is not None:
            rows = None if source is None else find_source(client, source)
            changes["data"] = _data(present, rows, dataset, with_requests)
        if not changes:
            raise typer.BadParameter(f"Name what is to be different, as {program()} pipelines edit --help shows.")
        revision = seen if isinstance(seen, int) else found.revision
        changed = client.pipeline(found).update(if_revision=revision, **changes)
    if as_json:
        show_json(changed.raw)
        return
    _show(changed, changes)


def _check_shape(settings: Mapping[str, Any]) -> None:
    """Refuse what options could not be put into; all else is for the server to refuse."""
    for field, kind in (("job", dict), ("data", dict), ("when", list)):
        if not isinstance(settings.get(field, kind()), kind):
            raise typer.BadParameter(f"`{field}` must be {_SHAPES[kind]}.", param_hint="--file")
    if not all(isinstance(entry, dict) for entry in settings.get("when", ())):
        raise typer.BadParameter("Each entry of `when` must be an object.", param_hint="--file")


_SHAPES = {dict: "an object", list: "a list"}


def _merged(
    present: list[dict[str, Any]], named: list[dict[str, Any]], timezone: str | None, at_most: str | None
) -> list[dict[str, Any]]:
    """Return what starts it: entries of a kind that is named are replaced, others stay."""
    # An event that starts it already keeps what is said of it.
    named = [entry for entry in named if _kind(entry) != "event" or "event" not in map(_kind, present)]
    kinds = set(map(_kind, named))
    return [*(_retimed(entry, timezone, at_most) for entry in present if _kind(entry) not in kinds), *named]


def _retimed(entry: dict[str, Any], timezone: str | None, at_most: str | None) -> dict[str, Any]:
    if timezone is not None and "cron" in entry:
        return {**entry, "timezone": timezone}
    return {**entry, "at_most": at_most} if at_most is not None and "alarm" in entry else entry


def _first(entries: list[dict[str, Any]], field: str) -> str | None:
    return next((entry[field] for entry in entries if entry.get(field)), None)


def _kind(entry: Mapping[str, Any]) -> str:
    return next((kind for kind in STARTS if kind in entry), "")


def _without_words(when: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{field: value for field, value in entry.items() if field != "words"} for entry in when]


def _data(
    present: Mapping[str, Any], source: str | None, dataset: str | None, with_requests: bool | None
) -> dict[str, Any]:  # fmt: skip
    if dataset is not None:
        rows = {"dataset_id": dataset}
    elif source is not None:
        rows = {"source_id": source}
    else:
        rows = {name: value for name, value in present["data"].items() if name != "plus"}
    plus = present["data"].get("plus") if dataset is None else None
    if with_requests is not None:
        plus = (plus or {"endpoint": present["endpoint"]}) if with_requests else None
    return rows if plus is None else {**rows, "plus": plus}


def _show(changed: PipelineInfo, changes: Mapping[str, Any]) -> None:
    out = console()
    out.print(f"{changed.name} ({changed.id}) is changed: {', '.join(changes)}.", style="bold green", markup=False)
    out.print(f"It starts {when_words(changed)}.", markup=False)
    if changed.next_at is not None:
        out.print(f"Next: {changed.next_at.astimezone():%Y-%m-%d %H:%M %Z}", markup=False)
