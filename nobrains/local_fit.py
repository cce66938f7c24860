"""`nobrains fit`: the engine on a table, here and now, shown as a training on a server would be."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

from automl import AutoML, AutoMLError, Trial
from automl.io.csv_reader import read_csv
from automl.io.formats.convert import Wanted
from automl.io.table_reader import open_as_csv
from automl.preprocessing.columns.code_columns import code_column_types, code_column_warnings
from automl.preprocessing.columns.column_options import merge_column_options
from automl.preprocessing.columns.table_stats import compute_table_stats
from automl.profiling.checks import check_target
from nobrains_client.cli.checking import print_findings
from nobrains_client.cli.models.models import print_result
from nobrains_client.display.formatting import plural
from nobrains_client.display.terminal import console, parse_duration
from nobrains_client.display.terminal_progress import TrainingView
from nobrains_client.types.datasets import Findings
from nobrains_client.types.jobs import Event, Job
from nobrains_client.types.models import Model


class TerminalCallback:
    """An engine's listener that feeds the client's live view."""

    def __init__(self, view: TrainingView) -> None:
        self.view = view

    def prepared(self, task: str, metric: str, greater_is_better: bool) -> None:
        self._tell("state", state="running", metric=metric)

    def phase(self, name: str) -> None:
        self._tell("phase", phase=name)

    def trial_started(self, trial: Trial) -> None: ...

    def trial_finished(self, trial: Trial) -> None:
        self._tell("trial", **trial.to_json())

    def log(self, text: str) -> None:
        self._tell("log", text=text)

    def should_stop(self) -> bool:
        return False

    def _tell(self, kind: str, **data: Any) -> None:
        self.view.update(Event(None, kind, data))


def fit_file(
    file: Path,
    target: str,
    budget: str,
    output: Path,
    options: dict[str, Any],
    wanted: Wanted,
    fail: Callable[[str], Exception],
) -> None:
    """Read, check, train, print the leaderboard, write the bundle. Mistakes end it with a sentence."""
    budget_s = parse_duration(budget)
    try:
        with open_as_csv(file, wanted) as table:
            sniffed = table.conversion.sniffed
            frame = read_csv(table.path, sniffed.dialect)
        types = code_column_types(frame, table.conversion.digit_text, options["column_options"])
        console().print(
            f"{file}: {plural(len(frame), 'row')}, {plural(len(frame.columns), 'column')}",
            markup=False,
            highlight=False,
        )
        for warning in [*sniffed.warnings, *code_column_warnings(types)]:
            console().print(f"Warning: {warning}", style="yellow", markup=False, highlight=False)
        options |= {"column_options": merge_column_options(types, options["column_options"])}
        stats = compute_table_stats(frame, options["column_options"])
        print_findings(Findings.from_json(check_target(frame, target, stats=stats)))
        with TrainingView(Job(file.name, target=target, time_budget_s=budget_s, state="running")) as view:
            engine = AutoML(time_budget=budget_s, **options)
            engine.fit(frame, target, callback=TerminalCallback(view))
        engine.save(output)
    except AutoMLError as exc:
        raise fail(str(exc)) from exc
    except OSError as exc:
        raise fail(f"{exc.strerror}: {exc.filename}") from exc
    size_bytes = output.stat().st_size
    model = Model.from_json({"id": str(output), "size_bytes": size_bytes, **engine.summary_})
    print_result(model, following=f"python -m automl predict {shlex.quote(str(output))} FILE.csv")
    console().print(f"Report: python -m automl report {shlex.quote(str(output))}", markup=False, highlight=False)
