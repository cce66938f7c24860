"""Kill processes at random while jobs run and wait, then count what was lost.

    python -m benchmarks.chaos [--jobs 60] [--kills 30] [--seed 0] [--models linear] [--budget 2] [--write PAGE]

Every role is a process of its own over RabbitMQ, Google's Bigtable emulator and a Cloud Storage emulator. All jobs are
asked for at once. Workers, apis and the broker get SIGKILL, training children SIGABRT (a killed one is taken for out of
memory), spread over the whole run, and all are started again at once, as an orchestrator would. Exits with 1 where
anything was lost, won twice or left behind.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import plotly.data

from benchmarks.chaos.accepted_jobs import LOOK_S, AcceptedJobs
from benchmarks.chaos.consistency_check import Consistency, check_consistency
from benchmarks.chaos.fault_injection import FaultInjector
from benchmarks.markdown_section import provenance, put_section
from core.service import Service
from core.settings import Settings
from tests.integration.real.deployment import Deployment

# Maximum seconds from one end of a job to the next, whatever is killed: beyond it, something has come to a halt.
PATIENCE_S = 240.0
# Seconds between two kills, if no job ends meanwhile.
MAX_PAUSE_S = 15.0
# Seconds of a pause above which the report explains it.
REACH_S = 10.0
# Attempts of a job: the test is that nothing is lost, not how often one unlucky job was hit.
MAX_ATTEMPTS = "30"


def run(options: argparse.Namespace, deployment: Deployment, inside: Service) -> tuple[AcceptedJobs, FaultInjector]:
    """Submit every job while processes are killed; return when all are over, or at the timeout."""
    accepted = AcceptedJobs(deployment.client("chaos"), inside)
    table = plotly.data.tips(return_type="pandas")
    dataset = accepted.client.wait_ready(accepted.client.upload(table, name="tips.csv"))
    injector = FaultInjector(deployment, accepted, options.seed)
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(accepted.ask, options.jobs, dataset, options.budget, options.models or None)
        while injector.count < options.kills and accepted.ended() < options.jobs:
            injector.inject()
            wait_for_ends(accepted, options.jobs * injector.count // options.kills, MAX_PAUSE_S)
        asking.result()
    deployment.heal()
    while accepted.ended() < options.jobs and wait_for_ends(accepted, len(accepted.over) + 1, PATIENCE_S):
        continue
    injector.close()
    return accepted, injector


def wait_for_ends(accepted: AcceptedJobs, count: int, most_s: float) -> bool:
    """Return True when that many jobs are over, or False when that takes too long."""
    deadline = time.monotonic() + most_s
    while accepted.ended() < count:
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_S)
    return True


def report(options: argparse.Namespace, injector: FaultInjector, consistency: Consistency, took_s: float) -> str:
    """Return the section of the page."""
    slow = [pause for pause in injector.pauses if pause.seconds > REACH_S]
    families = ", ".join(options.models) if options.models else "all families"
    lines = [
        provenance(),
        f"{options.jobs} jobs of {options.budget} s ({families}), seed {options.seed}, {took_s:.0f} s in all",
        f"killed: {', '.join(f'{kind} {count}' for kind, count in sorted(injector.kinds.items()))}",
        f"killed worker to its job running again: {spread([pause.seconds for pause in injector.pauses])}",
        "  where nothing else was killed meanwhile: "
        f"{spread([pause.seconds for pause in injector.pauses if not pause.meanwhile])}",
        *(f"  {pause.seconds:.1f} s; meanwhile were killed: {', '.join(pause.meanwhile) or 'none'}" for pause in slow),
        f"lost {len(consistency.lost)}, double winners {len(consistency.double)}, orphans {len(consistency.orphans)}",
        *(f"  lost: {line}" for line in consistency.lost),
        *(f"  twice: {line}" for line in consistency.double),
        *(f"  orphan: {line}" for line in consistency.orphans),
    ]
    return "\n".join(lines)


def spread(pauses_s: list[float]) -> str:
    if not pauses_s:
        return "no worker was hit at work"
    p50, p95 = np.percentile(pauses_s, (50, 95))
    return f"p50 {p50:.1f} s, p95 {p95:.1f} s, longest {max(pauses_s):.1f} s, of {len(pauses_s)}"


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=60)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--budget", type=int, default=2, help="seconds of each job")
    parser.add_argument("--models", nargs="*", default=["linear"], help="families of each job; none named: all")
    parser.add_argument("--write", type=Path, help="page whose section chaos-JOBS is to hold the outcome")
    return parser.parse_args()


def main() -> int:
    """Run the benchmark; return the exit code."""
    options = parse()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        settings = {"retry_s": "1", "max_queued_jobs": str(options.jobs + 1), "max_attempts": MAX_ATTEMPTS}
        with Deployment(Path(folder), threads="1", **settings) as deployment:
            deployment.train_b.start()
            os.environ.update(deployment.environ)
            inside = Service(deployment.open(), Settings(os.environ))
            accepted, injector = run(options, deployment, inside)
            for role in (*deployment.roles, deployment.train_b):
                role.stop()
            consistency = check_consistency(deployment, accepted.user_id, accepted.ids)
            inside.ports.close()
            deployment.heal()
    text = report(options, injector, consistency, time.monotonic() - began)
    print(text, flush=True)
    if options.write:
        put_section(options.write, f"chaos-{options.jobs}", f"```\n{text}\n```")
    return 0 if consistency.clean and len(accepted.ids) == options.jobs else 1


if __name__ == "__main__":
    sys.exit(main())
