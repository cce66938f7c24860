"""Offer the commands about evaluations: evaluate, evaluations."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..client import Client
from ..display.formatting import cell
from ..display.terminal import command, console, make_table, program, show_json, show_list
from ..types.evaluations import Evaluation, MetricScore
from .datasets import JsonOption, LimitOption

if TYPE_CHECKING:
    from rich.table import Table

SlicesOption = Annotated[
    str | None, typer.Option(help="Columns whose groups are compared, also for fairness, with commas between.")
]
# Number of slices that are shown.
MAX_SLICES = 10


@command
def evaluate(  # noqa: PLR0913 (public: one keyword an option)
    words: Annotated[
        list[str],
        typer.Argument(
            help="Id of the model, unless there is --endpoint; id of a dataset, or a file to upload.",
            metavar="[MODEL] DATASET",
        ),
    ],
    endpoint: Annotated[str | None, typer.Option(help="Name of an endpoint, in the place of a model.")] = None,
    version: Annotated[str | None, typer.Option(help="Version of the endpoint, as a number or an alias.")] = None,
    slices: SlicesOption = None,
    pairs: Annotated[bool, typer.Option("--pairs", help="Look at groups of two columns at a time, too.")] = False,
    name: Annotated[str, typer.Option(help="Name of the evaluation.")] = "",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Where to write the report (HTML).")] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure a model on labelled rows: how good it is, how sure that is, and whether it keeps what was promised.

    For example:

    nobrains evaluate MODEL DATASET

    nobrains evaluate MODEL november.csv --slices sex,region -o november.html

    nobrains evaluate --endpoint income --version challenger november.csv
    """
    expected = ("MODEL", "DATASET") if endpoint is None else ("DATASET",)
    if len(words) != len(expected):
        among = " without --endpoint" if endpoint is None else " with --endpoint"
        raise typer.BadParameter(f"Expected {' and '.join(expected)}{among}, got {' '.join(words)}.")
    if version is not None and endpoint is None:
        raise typer.BadParameter("--version needs --endpoint: a model has no versions.")
    columns = [column.strip() for column in slices.split(",")] if slices else []
    with Client() as client:
        dataset = _dataset(client, words[-1])
        if endpoint is not None:
            found = client.endpoint(endpoint).evaluate(dataset, version, slices=columns, pairs=pairs, name=name)
        else:
            found = client.evaluate(words[0], dataset, slices=columns, pairs=pairs, name=name)
        if output is not None:
            client.download_evaluation(found, output)
    if as_json:
        show_json(found.raw)
    else:
        _show(found)
        if output is not None:
            console().print(f"Wrote {output}.", markup=False)


def _dataset(client: Client, word: str) -> str:
    """Return the id of a dataset; a file is uploaded."""
    return client.wait_ready(client.upload(word)).id if Path(word).is_file() else word


@command
def evaluations(
    model: Annotated[str | None, typer.Option(help="Only those of this model.")] = None,
    dataset: Annotated[str | None, typer.Option(help="Only those on this dataset.")] = None,
    as_json: JsonOption = False,
    limit: LimitOption = 50,
) -> None:
    """List your evaluations, newest first.

    Example: nobrains evaluations --model MODEL
    """
    with Client() as client:
        show_list(client.stored_evaluations(model, dataset), as_json, _table, limit)


def _show(found: Evaluation) -> None:
    out = console()
    if found.verdict is not None:
        out.print(f"{found.verdict.title}.", style="bold", markup=False)
        for sentence in found.verdict.sentences:
            out.print(cell(sentence), markup=False)
    rows = (
        (
            name,
            score.value,
            _interval(score),
            found.baseline.get(name, MetricScore()).value,
            (found.reported.get(name) or {}).get("value"),
        )
        for name, score in found.metrics.items()
    )
    out.print(make_table(("metric", "score", "95 % interval", "baseline", "promised"), rows))
    if found.slices:
        shown = (
            (
                part.column,
                part.value,
                part.rows,
                part.metric.value,
                _interval(part.metric),
                "worse" if part.worse else "",
            )
            for part in found.slices[:MAX_SLICES]
        )
        out.print(make_table(("column", "value", "rows", found.metric, "95 % interval", ""), shown))
    for warning in found.input_warnings:
        out.print(f"Warning: {cell(warning.detail)}", style="yellow", markup=False)
    out.print(f"Evaluation {found.id}. Next: {program()} evaluations --model {found.model_id}", markup=False)


def _interval(score: MetricScore) -> str:
    return "" if score.low is None else f"{cell(score.low)} to {cell(score.high)}"


def _table(found: Iterable[Evaluation]) -> Table:
    rows = []
    for each in found:
        short = each.headline or {}
        what = f"{each.endpoint} {each.version}" if each.endpoint else each.model_id
        score = f"{short['metric']} {cell(short['value'])}" if short.get("value") is not None else None
        interval = _interval(MetricScore(low=short.get("low"), high=short.get("high")))
        rows.append((each.id, what, each.state, score, interval, each.created_at))
    return make_table(("id", "model", "state", "score", "95 % interval", "created"), rows)


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    app.command()(evaluate)
    app.command()(evaluations)
