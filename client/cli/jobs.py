"""Offer the commands about jobs: train, watch, jobs, stop, cancel."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from ..client import Client
from ..display.terminal import (
    INTERRUPTED,
    command,
    console,
    fail,
    make_table,
    parse_duration,
    parse_limit,
    program,
    show_list,
)
from ..display.terminal_progress import TrainingView
from ..resources.jobs import DEFAULT_MAX_PREDICT_MS
from ..types.datasets import Dataset
from ..types.jobs import Job
from ..types.sources import Source
from .checking import print_findings, ready_dataset
from .datasets import JsonOption, LimitOption, SheetOption
from .models.models import print_result

if TYPE_CHECKING:
    from rich.table import Table

StateOption = Annotated[str | None, typer.Option(help="Only those queued, running, succeeded, failed, …")]
JobArgument = Annotated[str, typer.Argument(help="Id of the job.", metavar="JOB")]
# Columns of a terminal from which on a list has room for all.
WIDE = 132


@command
def train(  # noqa: PLR0913 (public: one keyword an option)
    target: Annotated[str, typer.Option(help="The column to predict.")],
    dataset: Annotated[
        str | None, typer.Argument(help="A CSV file, or the id of a dataset.", metavar="FILE.csv|DATASET")
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="A source in the place of a dataset: fetched first where its data are too old.")
    ] = None,
    budget: Annotated[str | None, typer.Option(help="Time to train: 90s, 5m or 1h. Default: the server's, 5m.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the job.")] = None,
    task: Annotated[str, typer.Option(help="auto, binary, multiclass or regression.")] = "auto",
    metric: Annotated[str, typer.Option(help="auto, auc, log_loss, accuracy, f1, rmse, mae, r2, …")] = "auto",
    exclude: Annotated[list[str] | None, typer.Option(help="A column to exclude; may be repeated.")] = None,
    model: Annotated[list[str] | None, typer.Option(help="A model family to try; may be repeated.")] = None,
    positive_class: Annotated[
        str | None, typer.Option(help="The positive class of a binary target; by default the one that the check names.")
    ] = None,
    group_column: Annotated[
        str | None, typer.Option(help="Rows with the same value are never split between training and validation.")
    ] = None,
    time_column: Annotated[str | None, typer.Option(help="Validate on later rows than those trained on.")] = None,
    max_predict_ms: Annotated[
        str, typer.Option(help="Max. prediction time per row, in milliseconds; none for no limit.")
    ] = f"{DEFAULT_MAX_PREDICT_MS:g}",
    parallelism: Annotated[int, typer.Option(min=1, help="Number of workers that share the search.")] = 1,
    seed: Annotated[int, typer.Option(help="Random seed.")] = 0,
    sheet: SheetOption = None,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until the job has ended.")] = True,
) -> None:
    """Find the best model for a column.

    For example:

    nobrains train titanic.csv --target survived --budget 60s

    nobrains train DATASET --target price --metric mae --exclude id --no-wait

    nobrains train --source SOURCE --target price
    """
    time_budget_s = None if budget is None else parse_duration(budget)
    limit_ms = parse_limit(max_predict_ms)
    with Client() as client:
        ready, expected = _data(client, dataset, source, sheet, target)
        job = client.train(
            ready,
            target,
            time_budget_s,
            name=name,
            task=task,
            metric=metric,
            exclude_columns=exclude or (),
            models=model,
            positive_class=positive_class,
            group_column=group_column,
            time_column=time_column,
            max_predict_ms=limit_ms,
            parallelism=parallelism,
            seed=seed,
        )
        if wait:
            _watch(client, job, expected)
        else:
            console().print(f"Job {job.id} is {job.state}. Watch it: {program()} watch {job.id}", markup=False)


def _data(
    client: Client, dataset: str | None, source: str | None, sheet: str | None, target: str
) -> tuple[Dataset | Source, str | None]:
    """Return what is trained on, and the metric that a check names; of a source none can be made yet."""
    if (dataset is None) == (source is None):
        raise typer.BadParameter("Name a file or dataset, or a source by --source.", param_hint="FILE.csv|DATASET")
    if source is not None:
        return client.source(source), None
    ready = ready_dataset(client, dataset or "", sheet)
    findings = client.check(ready, target)
    print_findings(findings)
    return ready, findings.metric


@command
def watch(job: JobArgument) -> None:
    """Watch a job until it has ended, and show its model. Ctrl-C leaves it running.

    Example: nobrains watch JOB
    """
    with Client() as client:
        _watch(client, client.job(job))


@command
def jobs(
    state: StateOption = None,
    as_json: JsonOption = False,
    limit: LimitOption = 50,
) -> None:
    """List your jobs, newest first.

    Example: nobrains jobs --state running
    """
    with Client() as client:
        show_list(client.jobs(state), as_json, _job_table, limit)


@command
def stop(job: JobArgument) -> None:
    """Stop a search now and keep the best model so far.

    Example: nobrains stop JOB
    """
    with Client() as client:
        found = client.stop(job)
    console().print(f"Job {found.id} is {found.state}. See the result: {program()} watch {found.id}", markup=False)


@command
def cancel(job: JobArgument) -> None:
    """Cancel a job; no model is kept.

    Example: nobrains cancel JOB
    """
    with Client() as client:
        found = client.cancel(job)
    console().print(f"Job {found.id} is {found.state}.", markup=False)


def _watch(client: Client, job: Job, metric: str | None = None) -> None:
    try:
        with TrainingView(job, metric) as view:
            final = client.wait(job, view.update)
    except KeyboardInterrupt:
        note = f"Job {job.id} continues. Watch it: {program()} watch {job.id}; stop it: {program()} stop {job.id}"
        console(stderr=True).print(note, markup=False)
        raise typer.Exit(INTERRUPTED) from None
    if final.model_id is None:
        fail(f"Job {final.id} succeeded but names no model. Watch it again: {program()} watch {final.id}")
    print_result(client.model(final.model_id))


def _job_table(found: Iterable[Job]) -> Table:
    left_out = () if console().width >= WIDE else ("phase", "metric", "created")
    rows = [
        {
            "id": one.id,
            "target": one.target,
            "state": one.state,
            "phase": one.phase,
            "metric": one.metric,
            "best": one.progress.best_score,
            "model": one.model_id,
            "created": one.created_at,
        }
        for one in found
    ]
    names = [name for name in rows[0] if name not in left_out]
    return make_table(names, ([row[name] for name in names] for row in rows))


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    for function in (train, watch, jobs, stop, cancel):
        app.command()(function)
