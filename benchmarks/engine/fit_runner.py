"""Run one fit after the other, each in a fresh process; any outcome becomes a row."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchmarks.engine.peer_environments import NoEnvironment, python_of
from benchmarks.engine.results import Key, ResultStore, Row
from benchmarks.engine.tables import Table

PROGRAM = Path(__file__).parent / "single_fit" / "fit.py"
PATIENCE_SHARE, PATIENCE_S = 3, 300.0
"""Time an engine may take beyond its budget before it is ended, predictions included: a factor, and seconds."""


@dataclass(frozen=True)
class Fit:
    """A fit to run; `version` is the engine's."""

    engine: str
    version: str
    table: Table
    budget_s: float
    seed: int

    @property
    def key(self) -> Key:
        """Key of the fit in the results."""
        return self.engine, self.table.name, float(self.budget_s), self.seed

    def row(self) -> Row:
        """Return the beginning of the fit's row."""
        return {
            "engine": self.engine,
            "version": self.version,
            "dataset": self.table.name,
            "task": self.table.task,
            "budget_s": self.budget_s,
            "seed": self.seed,
            "measured_on": date.today().isoformat(),
        }


def run_fits(fits: Iterable[Fit], kept: ResultStore, cache: Path) -> None:
    """Run the fits of this version that are not kept yet. An unavailable engine is reported once and left out."""
    absent: set[str] = set()
    for fit in fits:
        if fit.engine in absent or kept.rows.get(fit.key, {}).get("version") == fit.version:
            continue
        try:
            python = python_of(fit.engine, cache)
        except NoEnvironment as exc:
            absent.add(fit.engine)
            print(f"{fit.engine} is left out: {exc}", file=sys.stderr, flush=True)
            continue
        row = fit.row() | _run(python, fit)
        kept.add(row)
        print(_line(row), file=sys.stderr, flush=True)


def _run(python: Path, fit: Fit) -> Row:
    command = [str(python), str(PROGRAM), fit.engine, str(fit.table.folder.absolute()), f"{fit.budget_s:g}"]
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if fit.engine == "nobrains":
        environ["PYTHONPATH"] = str(PROGRAM.parents[3])
    timeout_s = fit.budget_s * PATIENCE_SHARE + PATIENCE_S
    with subprocess.Popen(
        [*command, str(fit.seed)],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            out, err = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            return {"error": f"not done {timeout_s:.0f} s after it began", "fit_s": timeout_s}
        finally:
            _end(process)
    return parse_line(out) or {"error": f"ended with {process.returncode} and no result: {err[-300:].strip()}"}


def _end(process: subprocess.Popen[str]) -> None:
    """End its whole group: engines start servers and pools that would slow down the next fit."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def parse_line(output: str) -> Row | None:
    """Return the last line that is a JSON object, for engines print what they like; None if there is none."""
    for line in reversed(output.splitlines()):
        if line.startswith("{"):
            try:
                row: Row = json.loads(line)
            except ValueError:
                continue
            return row
    return None


def _line(row: Row) -> str:
    came = row.get("error") or f"{row['score']:.5g} in {row['fit_s']:.1f} s, one row {row['predict_one_ms']:.1f} ms"
    return f"{row['engine']:17} {row['dataset']:15} {row['budget_s']:g} s, seed {row['seed']}: {came}"
