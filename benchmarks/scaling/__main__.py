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
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

import structlog

from benchmarks.markdown_section import provenance, put_section
from benchmarks.scaling.bare_backends import BareBackends
from benchmarks.scaling.rates import SCENARIOS, Rate, Scenario, rate_of, table

ROUNDS = 3
READY_S = 60.0
ROOT = Path(__file__).parents[2]


def measure(scene: Scenario) -> Rate:
    """Run one round, on back ends of its own."""
    with tempfile.TemporaryDirectory(prefix="nobrains-bench-") as folder, ExitStack() as opened:
        backstage = opened.enter_context(BareBackends(Path(folder)))
        log = opened.enter_context(open(Path(folder) / "workers.log", "wb"))
        command = [sys.executable, "-m", "benchmarks.scaling.many_workers", str(scene.workers), str(scene.sleep_s)]
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
    text = f"Measured on {provenance()}.\n\n{table(measured)}"
    print(text)
    if chosen.write:
        put_section(chosen.write, "scale", text)


def _say_nothing(*_: object) -> str:
    raise structlog.DropEvent


if __name__ == "__main__":
    main()
