"""Offer the commands about models: models, model, edit-model, report, download, upload-model."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...client import Client
from ...display.formatting import cell, size
from ...display.terminal import command, console, make_table, program, show_json, show_list
from ...display.terminal_progress import transfer_bar
from ...types.models import Model, Score
from ..datasets import JsonOption, LimitOption

if TYPE_CHECKING:
    from rich.table import Table

ModelArgument = Annotated[str, typer.Argument(help="Id of the model.", metavar="MODEL")]
# Numbers of features and of candidates that are listed.
MAX_IMPORTANT = 10
LEADERS = 15
ENDINGS = {"bundle": "nb", "mlflow": "zip"}


@command
def models(
    search: Annotated[str | None, typer.Option(help="Words that occur in name, note, tags or target.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="NAME or NAME:VALUE of a tag; may be given again.")] = None,
    target: Annotated[str | None, typer.Option(help="Name of the column that they predict.")] = None,
    as_json: JsonOption = False,
    limit: LimitOption = 50,
) -> None:
    """List your models, newest first.

    For example:

    nobrains models

    nobrains models --search churn --tag stage:tested
    """
    with Client() as client:
        show_list(client.models(search, tags=tag or (), target=target), as_json, _model_table, limit)


@command
def edit_model(
    model: ModelArgument,
    name: Annotated[str | None, typer.Option(help="Name of the model.")] = None,
    note: Annotated[str | None, typer.Option(help="What to say of it.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="NAME:VALUE of a tag to set; may be given again.")] = None,
    untag: Annotated[list[str] | None, typer.Option(help="NAME of a tag to take away; may be given again.")] = None,
) -> None:
    """Give a model a name, a note and tags.

    For example:

    nobrains edit-model MODEL --name "Churn, March" --tag stage:tested

    nobrains edit-model MODEL --untag stage
    """
    tags: dict[str, str | None] = dict.fromkeys(untag or ())
    for each in tag or ():
        key, _, value = each.partition(":")
        tags[key] = value
    with Client() as client:
        found = client.update_model(model, name=name, note=note, tags=tags or None)
    words = ", ".join(f"{key}: {value}" if value else key for key, value in found.tags.items()) or "no tags"
    console().print(f"Model {found.id} is {cell(found.name or 'without a name')}; {cell(words)}.", markup=False)


@command
def model(model: ModelArgument, as_json: JsonOption = False) -> None:
    """Show a model: score, leaderboard, most important columns.

    Example: nobrains model MODEL
    """
    with Client() as client:
        found = client.model(model)
    if as_json:
        show_json(found.raw)
        return
    print_result(found)
    rows = ((one.feature, one.importance) for one in found.importance[:MAX_IMPORTANT])
    if found.importance:
        console().print(make_table(("feature", "importance"), rows))


@command
def download(
    model: ModelArgument,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Where to write.")] = None,
    format: Annotated[str, typer.Option(help="bundle (the model file, for Python), onnx or mlflow.")] = "bundle",
    single: Annotated[str | None, typer.Option(help="One model of the leaderboard instead of all.")] = None,
) -> None:
    """Download a model as one file.

    For example:

    nobrains download MODEL -o titanic.nb

    nobrains download MODEL --format onnx
    """
    target = output or Path(f"{Path(model).name}.{ENDINGS.get(format, format)}")
    with Client() as client, transfer_bar(f"Downloading {target.name}") as progress:
        client.download(model, target, format, single=single, progress=progress)
    console().print(f"Wrote {target} ({size(target.stat().st_size)}).", markup=False)


@command
def upload_model(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="An ONNX file.")],
    target: Annotated[str | None, typer.Option(help="Name of what it predicts.")] = None,
    inputs: Annotated[str | None, typer.Option(help="Names of its columns in order, with commas between.")] = None,
    labels: Annotated[str | None, typer.Option(help="Labels of its classes in order, with commas between.")] = None,
    task: Annotated[str | None, typer.Option(help="binary, multiclass or regression.")] = None,
    background: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="CSV of rows that it knows, for explanations.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Name of the model. Default: the file's.")] = None,
) -> None:
    """Upload a model of your own as an ONNX file.

    For example:

    nobrains upload-model churn.onnx --target churn --inputs age,income

    nobrains upload-model churn.onnx --target churn --background rows.csv
    """
    columns, classes = (text.split(",") if text else None for text in (inputs, labels))
    with Client() as client:
        made = client.upload_model(
            file, target, inputs=columns, labels=classes, task=task, background=background, name=name
        )
    console().print(f"Model {made.id} predicts {cell(made.target)} ({made.task}).", markup=False)
    console().print(f"Columns: {', '.join(feature.name for feature in made.features)}.", markup=False)
    for warning in made.warnings:
        console().print(f"Warning: {cell(warning)}", style="yellow", markup=False)
    console().print(f"Next: {program()} predict {made.id} FILE.csv", markup=False)


@command
def report(
    id: Annotated[str, typer.Argument(help="Id of the model, or with --dataset of the dataset.", metavar="ID")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Where to write.")] = None,
    dataset: Annotated[bool, typer.Option("--dataset", help="Download the report of a dataset.")] = False,
) -> None:
    """Download the report of a model or dataset as one HTML page that works offline.

    For example:

    nobrains report MODEL -o titanic.html

    nobrains report DATASET --dataset
    """
    target = output or Path(f"{Path(id).name}.html")
    with Client() as client:
        (client.download_dataset_report if dataset else client.download_report)(id, target)
    console().print(f"Wrote {target} ({size(target.stat().st_size)}).", markup=False)


def print_result(model: Model, following: str | None = None) -> None:
    """Print how good a model is against the baseline, its leaderboard, its warnings, and what to type next.

    Args:
        model: The model.
        following: What to type next; None says how to predict with the model.
    """
    out = console()
    out.print(f"Model {model.id} predicts {cell(model.target)} ({model.task}).", markup=False)
    if model.positive_class is not None:
        rule = f" ({model.positive_class_rule})" if model.positive_class_rule else ""
        out.print(f"Positive class: {cell(model.positive_class)}{rule}.", markup=False)
    for metric, score in model.scores.reported.items():
        baseline = model.scores.baseline.get(metric)
        comparison = f", baseline {cell(baseline.mean)}" if baseline else ""
        out.print(f"{metric} {_score(score)}{comparison}", style="bold green", markup=False)
    rows = (
        (one.name, one.score, one.weight, one.fit_s, one.predict_ms_per_row, one.left_out_reason or "")
        for one in model.leaderboard[:LEADERS]
    )
    titles = ("model", model.metric or "score", "weight", "fit time (s)", "ms per row", "why not in the ensemble")
    out.print(make_table(titles, rows))
    for warning in model.warnings:
        out.print(f"Warning: {cell(warning)}", style="yellow", markup=False)
    out.print(f"Next: {following or f'{program()} predict {model.id} FILE.csv'}", markup=False)


def _score(score: Score) -> str:
    error = f" ± {cell(score.standard_error)}" if score.standard_error is not None else ""
    return f"{cell(score.mean)}{error}" + (f" ({score.method})" if score.method else "")


def _model_table(found: Iterable[Model]) -> Table:
    rows = (
        (one.id, one.name, one.target, one.task, one.metric, _headline(one), size(one.size_bytes), one.created_at)
        for one in found
    )
    return make_table(("id", "name", "target", "task", "metric", "score", "size", "created"), rows)


def _headline(model: Model) -> float | None:
    score = model.scores.reported.get(model.metric)
    return None if score is None else score.mean


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    for function in (models, model, report, download):
        app.command()(function)
    app.command("upload-model")(upload_model)
    app.command("edit-model")(edit_model)
