"""Measure what further workers bring to one search: trials an hour, and the time that goes into anything but fitting.

    python -m benchmarks.scaling [--scenes real-1 real-2 ...] [--results FILE] [--write docs/benchmarks.md]

Over a real RabbitMQ and Google's Bigtable emulator; blobs are files. In `real` scenes workers of one thread each fit
LightGBM, with the same parameters in each trial: what a trial costs would else depend on what the search happens to
choose. In the others fits are sleeps, so that a small machine can carry many workers: what they show is the queue, the
tables and the search itself.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path

import structlog

from benchmarks.bare_backends import BareBackends
from benchmarks.markdown_section import machine, put_section
from core.domain.records import TrialRow

ROUNDS = 3
READY_S = 60.0
ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Scenario:
    """A number of workers on one job.

    Attributes:
        sleep_s: seconds of a trial that sleeps; 0 where models are fitted.
        budget_s: of the job.
        beside: the scene that it is compared with.
    """

    workers: int
    sleep_s: int
    budget_s: int
    beside: str


SCENARIOS = {
    "real-1": Scenario(1, 0, 35, "real-1"),
    "real-2": Scenario(2, 0, 35, "real-1"),
    "sleep-2-1": Scenario(1, 2, 20, "sleep-2-1"),
    "sleep-2-16": Scenario(16, 2, 30, "sleep-2-1"),
    "sleep-20-1": Scenario(1, 20, 50, "sleep-20-1"),
    "sleep-20-64": Scenario(64, 20, 80, "sleep-20-1"),
}


@dataclass(frozen=True)
class Rate:
    """The result of one round: trials an hour of all workers together, and their share of time outside fitting."""

    trials_an_hour: float
    outside: float


def rate_of(trials: Sequence[TrialRow]) -> Rate:
    """Return the rate, from the times at which each worker began its trials, one after the other.

    The time between two beginnings counts; the time before the first and after the last does not, for that depends on
    when the budget ends.
    """
    begun: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for trial in trials:
        if trial.model != "constant" and trial.state != "stopped":
            fitting_s = (trial.fit_s or 0.0) + trial.payload["predict_s"]
            begun[trial.helper_id].append((datetime.fromisoformat(trial.started_at).timestamp(), fitting_s))
    an_hour, fitted_s, spanned_s = 0.0, 0.0, 0.0
    for starts in begun.values():
        if len(starts) > 1:
            span_s = starts[-1][0] - starts[0][0]
            an_hour += 3600 * (len(starts) - 1) / span_s
            fitted_s += sum(fitting_s for _, fitting_s in starts[:-1])
            spanned_s += span_s
    return Rate(an_hour, 1 - fitted_s / spanned_s)


def measure(scene: Scenario) -> Rate:
    """Run one round, on back ends of its own."""
    with tempfile.TemporaryDirectory(prefix="nobrains-bench-") as folder, ExitStack() as opened:
        backstage = opened.enter_context(BareBackends(Path(folder)))
        log = opened.enter_context(open(Path(folder) / "workers.log", "wb"))
        command = [sys.executable, "-m", "benchmarks.many_workers", str(scene.workers), str(scene.sleep_s)]
        process = subprocess.Popen(command, cwd=ROOT, env=os.environ, stdout=log, stderr=log)
        opened.callback(process.wait)
        opened.callback(process.kill)
        said = Path(folder) / "workers.log"
        wait_until(lambda: said.read_bytes().count(b"worker.started") == scene.workers)
        models = ["sleeping" if scene.sleep_s else "steady"]
        trials = backstage.train(models, scene.budget_s, scene.workers)
        rate = rate_of(trials)
        print(f"{scene}: {rate} ({len(trials)} trials)", flush=True)
        return rate


def wait_until(look: Callable[[], bool]) -> None:
    """Return when the condition holds."""
    deadline = time.monotonic() + READY_S
    while not look():
        if time.monotonic() > deadline:
            raise SystemExit(f"the workers did not start in {READY_S} s")
        time.sleep(0.1)


def table(measured: dict[str, list[Rate]]) -> str:
    """Return the section of the page."""
    lines = ["| workers | a trial | trials an hour | times one worker | outside fitting |", "|---|---|---|---|---|"]
    for name, scene in SCENARIOS.items():
        if name not in measured:
            continue
        what = f"sleeps {scene.sleep_s} s" if scene.sleep_s else "fits LightGBM"
        rates = [rate.trials_an_hour for rate in measured[name]]
        outside = statistics.median(rate.outside for rate in measured[name])
        alone = [rate.trials_an_hour for rate in measured.get(scene.beside, [])]
        times = f"{statistics.median(rates) / statistics.median(alone):.2f}" if alone else ""
        hourly = f"{statistics.median(rates):,.0f} ({min(rates):,.0f}-{max(rates):,.0f})"
        lines.append(f"| {scene.workers} | {what} | {hourly} | {times} | {100 * outside:.1f} % |")
    return f"Measured on {date.today()} on {machine()}, by `python -m benchmarks.scaling`.\n\n" + "\n".join(lines)


def main() -> None:
    """Measure, print the table, and with --write put it into the page's section."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenes", nargs="*", choices=SCENARIOS, default=list(SCENARIOS), help="what to measure now")
    parser.add_argument("--results", type=Path, help="file of what was measured before, which is added to")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of each `real` scene")
    parser.add_argument("--write", type=Path, help="page to put the table into")
    chosen = parser.parse_args()
    structlog.configure(processors=[_say_nothing])
    measured: dict[str, list[Rate]] = {}
    if chosen.results and chosen.results.exists():
        kept = json.loads(chosen.results.read_text())
        measured = {name: [Rate(**rate) for rate in rates] for name, rates in kept.items()}
    for turn in range(chosen.rounds):  # In turns: what slows a machine for a minute slows both sides of a comparison.
        for name in chosen.scenes:
            if turn == 0 or not SCENARIOS[name].sleep_s:
                measured.setdefault(name, []).append(measure(SCENARIOS[name]))
    if chosen.results:
        kept = {name: [asdict(rate) for rate in rates] for name, rates in measured.items()}
        chosen.results.write_text(json.dumps(kept, indent=1))
    text = table(measured)
    print(text)
    if chosen.write:
        put_section(chosen.write, "scale", text)


def _say_nothing(*_: object) -> str:
    raise structlog.DropEvent


if __name__ == "__main__":
    main()
