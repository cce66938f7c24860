"""The `nobrains` command: the roles of the service, local training, and the client's commands.

Everything heavy is imported inside the command that needs it, so that `--help` answers at once.
"""

from __future__ import annotations

import math
from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nobrains._common import SERVE, Data, fail, set_up
from nobrains.operations import commands as operator_commands
from nobrains_client.cli import main as client_cli
from nobrains_client.cli.column_options import OrderOption, SignOption, TypeOption, UnitOption, parse_corrections
from nobrains_client.cli.datasets import SheetOption, TableArgument
from nobrains_client.cli.reading_options import (
    BadRowsOption,
    DelimiterOption,
    EncodingOption,
    HeaderOption,
    SkipRowsOption,
    reading_options,
)
from vocabulary import DEFAULT_MAX_PREDICT_MS, DEFAULT_TIME_BUDGET_S

if TYPE_CHECKING:
    from api.app import Role as HttpRole

app = typer.Typer(
    name="nobrains",
    help="Upload a CSV, choose a target column, get the best model with a validated score, and use it.\n\n"
    "On one machine: `nobrains serve` runs everything, `nobrains fit data.csv --target y` needs no server at all. "
    "Against a server: `nobrains login`, then `upload`, `train`, `predict`.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)

Host = Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for other machines too.")]
Port = Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)]


class Queue(StrEnum):
    """The queue of a worker."""

    train = "train"
    profile = "profile"


def _serve(data: Path | None, host: str, port: int, processes: int, role: HttpRole) -> None:
    from nobrains.prometheus import shared_metrics

    found = set_up(data)
    with shared_metrics() if processes > 1 else nullcontext():  # Before any import of the metrics that depend on it.
        from nobrains.gunicorn_server import serve_http

        serve_http(found, host, port, processes=processes, role=role)


@app.command(rich_help_panel=SERVE)
def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    data: Data = None,
) -> None:
    """Run everything on this machine: API, page and workers, with SQLite and files. Ctrl-C stops it.

    For example:

    nobrains serve

    nobrains serve --host 0.0.0.0 --port 9000 --data /srv/nobrains
    """
    from nobrains.supervisor import serve_embedded

    raise typer.Exit(serve_embedded(set_up(data), host, port))


@app.command(rich_help_panel=SERVE)
def api(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    data: Data = None,
    processes: Annotated[int, typer.Option(help="Number of gunicorn processes.", min=1, max=64)] = 1,
    predict: Annotated[
        bool, typer.Option(help="Serve predictions too, which loads the engine; otherwise run a predictor.")
    ] = True,
) -> None:
    """Run only the HTTP API."""
    _serve(data, host, port, processes, "all" if predict else "api")


@app.command(rich_help_panel=SERVE)
def predictor(
    host: Host = "127.0.0.1",
    port: Port = 8001,
    data: Data = None,
    processes: Annotated[int, typer.Option(help="Number of gunicorn processes; each loads models.", min=1, max=64)] = 1,
) -> None:
    """Run only what predicts, behind a load balancer or an api that forwards to it."""
    _serve(data, host, port, processes, "predictor")


@app.command(rich_help_panel=SERVE)
def worker(
    queue: Annotated[Queue, typer.Option(help="train: jobs; profile: profiles, checks, stored predictions.")],
    data: Data = None,
    until_idle: Annotated[
        float,
        typer.Option(help="Exit after this many idle seconds.", min=1, show_default="never"),
    ] = math.inf,
) -> None:
    """Run one worker. On SIGTERM it requeues its task and exits."""
    from core.settings import SettingError
    from nobrains.worker_process import run_worker

    try:
        run_worker(set_up(data), queue.value, until_idle)
    except SettingError as exc:
        raise fail(str(exc)) from exc


@app.command(rich_help_panel=SERVE)
def fetcher(data: Data = None) -> None:
    """Run only what speaks to servers that users name: it fetches sources, and delivers webhooks and mail."""
    from core.settings import SettingError
    from nobrains.fetcher_process import run_fetcher

    try:
        run_fetcher(set_up(data))
    except SettingError as exc:
        raise fail(str(exc)) from exc


@app.command(rich_help_panel="Without a service")
def fit(  # noqa: PLR0913 (public: one keyword an option)
    file: TableArgument,
    target: Annotated[str, typer.Option("--target", "-t", help="The column to predict.")],
    budget: Annotated[str, typer.Option(help="Time budget: 90, 90s, 5m or 1h.")] = f"{DEFAULT_TIME_BUDGET_S // 60}m",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where to write the model file. Default: FILE.nb.")
    ] = None,
    metric: Annotated[str, typer.Option(help="Metric to optimize; auto: auc, log_loss or rmse.")] = "auto",
    task: Annotated[str, typer.Option(help="auto, binary, multiclass or regression.")] = "auto",
    models: Annotated[list[str] | None, typer.Option("--model", help="A model family to try; may be repeated.")] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="A column to exclude; may be repeated.")] = None,
    max_predict_ms: Annotated[
        str, typer.Option(help="Max. prediction time per row, in milliseconds; none for no limit.")
    ] = f"{DEFAULT_MAX_PREDICT_MS:g}",
    seed: Annotated[int, typer.Option(help="Random seed.", min=0)] = 0,
    threads: Annotated[int, typer.Option(help="Number of threads.", min=1)] = 2,
    delimiter: DelimiterOption = None,
    encoding: EncodingOption = None,
    header: HeaderOption = None,
    skip_rows: SkipRowsOption = None,
    bad_rows: BadRowsOption = None,
    types: TypeOption = None,
    decimal_signs: SignOption = None,
    date_orders: OrderOption = None,
    units: UnitOption = None,
    sheet: SheetOption = None,
) -> None:
    """Train on a local table without a server: print the leaderboard and write the model file.

    For example:

    nobrains fit houses.csv --target price --budget 5m

    nobrains fit churn.csv -t churned --metric log_loss --model lightgbm --model linear -o churn.nb
    """
    from automl import ColumnOptions
    from automl.io.formats.convert import Wanted
    from nobrains.local_fit import fit_file
    from nobrains_client.display.terminal import parse_limit

    columns = parse_corrections(types, decimal_signs, date_orders, units)
    options: dict[str, object] = {"metric": metric, "task": task, "models": models, "exclude_columns": exclude or []}
    options |= {"max_predict_ms": parse_limit(max_predict_ms), "seed": seed, "n_jobs": threads}
    options |= {"column_options": {name: ColumnOptions(**each) for name, each in columns.items()}}
    reading = reading_options(
        delimiter=delimiter, encoding=encoding, header=header, skip_rows=skip_rows, bad_rows=bad_rows
    )
    fit_file(file, target, budget, output or file.with_suffix(".nb"), options, Wanted(sheet, reading), fail)


operator_commands.register(app)
client_cli.register(app)


def main() -> None:
    """Run the `nobrains` script."""
    app()
