"""Kills processes at random while jobs run, then counts what was lost.

    python -m bench.chaos [--jobs 60] [--kills 30] [--seed 0] [--models linear] [--budget 2]

Every role is a process of its own over RabbitMQ, Google's Bigtable emulator and a Cloud Storage emulator. Workers, apis
and the broker get SIGKILL, training children SIGABRT (a killed one is taken for out of memory), and all are started
again at once, as an orchestrator would. Exits with 1 where anything was lost, won twice or left behind.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import TypeVar

import plotly.data

from bench.aftermath import Aftermath, look_over
from bench.blows import Blows
from bench.page import percentile
from bench.section import machine
from client import Client, ConnectionFailed, Dataset, ServerError, TooManyRequests
from core.records import Control, WorkRef
from core.service import Service
from core.settings import Settings
from core.states import FINAL
from tests.integration.real.deployment import Deployment

T = TypeVar("T")

# From the last blow or the last job that was asked for, whichever is later.
PATIENCE_S = 240.0
LOOK_S = 0.1
WORKERS = 2


class Jobs:
    """The jobs that the service has promised. `inside` looks at the rows themselves, past every api."""

    def __init__(self, client: Client, inside: Service) -> None:
        self.client = client
        self.inside = inside
        self.user_id = self.insist(client.me).id
        self.promised: list[str] = []

    def insist(self, request: Callable[[], T]) -> T:
        """Ask again while the service is too ill to answer."""
        while True:
            try:
                return request()
            except (ConnectionFailed, ServerError, TooManyRequests):
                time.sleep(LOOK_S)

    def ask(self, count: int, dataset: Dataset, budget_s: int, models: list[str]) -> None:
        """One after the other, as there are workers for them: else what was killed would wait for those before it."""
        for _ in range(count):
            while self.unfinished() >= WORKERS:
                time.sleep(LOOK_S)
            job = self.insist(lambda: self.client.train(dataset, "smoker", budget_s, models=models))
            self.promised.append(job.id)

    def controls(self) -> dict[str, Control]:
        """Where each stands, by its id."""
        found = self.inside.work.controls([WorkRef("train", self.user_id, id) for id in list(self.promised)])
        return {ref.id: control for ref, control in found.items()}

    def unfinished(self) -> int:
        """How many of them are not over."""
        return len(self.promised) - sum(control.state in FINAL for control in self.controls().values())


def run(options: argparse.Namespace, deployment: Deployment, inside: Service) -> tuple[Jobs, Blows]:
    """Ask for every job while the blows fall; return when all are over, or patience is."""
    jobs = Jobs(deployment.client("chaos"), inside)
    table = plotly.data.tips(return_type="pandas")
    dataset = jobs.client.wait_ready(jobs.client.upload(table, name="tips.csv"))
    blows = Blows(deployment, jobs.controls, options.seed)
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(jobs.ask, options.jobs, dataset, options.budget, options.models)
        while blows.count < options.kills and not (asking.done() and not jobs.unfinished()):
            blows.strike()
        asking.result()
    deployment.heal()
    deadline = time.monotonic() + PATIENCE_S
    while (jobs.unfinished() or not blows.watched()) and time.monotonic() < deadline:
        time.sleep(LOOK_S)
    blows.close()
    return jobs, blows


def report(options: argparse.Namespace, blows: Blows, aftermath: Aftermath, took_s: float) -> str:
    """What goes on the page."""
    pauses_s = blows.pauses_s
    again = (
        f"p50 {percentile(pauses_s, 0.5):.1f} s, p95 {percentile(pauses_s, 0.95):.1f} s of {len(pauses_s)}"
        if pauses_s else "no worker was hit at work"
    )  # fmt: skip
    lines = [
        f"{date.today()}, {machine()}; seed {options.seed}, {options.jobs} jobs of {options.budget} s, {took_s:.0f} s",
        f"killed: {', '.join(f'{kind} {count}' for kind, count in sorted(blows.kinds.items()))}",
        f"killed worker to its job running again: {again}",
        f"lost {len(aftermath.lost)}, double winners {len(aftermath.double)}, orphans {len(aftermath.orphans)}",
        *(f"  lost: {line}" for line in aftermath.lost),
        *(f"  twice: {line}" for line in aftermath.double),
        *(f"  orphan: {line}" for line in aftermath.orphans),
    ]
    return "\n".join(lines)


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=60)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--budget", type=int, default=2, help="seconds of each job")
    parser.add_argument("--models", nargs="+", default=["linear"], help="families of each job")
    options = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        deployment = Deployment(Path(folder), retry_s="1", max_queued_jobs=str(options.jobs + 1))
        with deployment:
            deployment.train_b.start()
            os.environ.update(deployment.environ)
            inside = Service(deployment.open(), Settings(os.environ))
            jobs, blows = run(options, deployment, inside)
            for role in (*deployment.roles, deployment.train_b):
                role.stop()
            aftermath = look_over(deployment, jobs.user_id, jobs.promised)
            inside.ports.close()
            deployment.heal()
    print(report(options, blows, aftermath, time.monotonic() - began), flush=True)
    return 0 if aftermath.clean else 1


if __name__ == "__main__":
    sys.exit(main())
