"""Measure the service on this machine: uploads, queueing, predictions, start-up.

    python -m benchmarks.service [--back-ends embedded real] [--write docs/benchmarks.md] [--upload-mib 1024]

Everything is measured from outside, over HTTP, against a service that the benchmark starts in a folder of its own; the
upload stands beside `cat` of the same file to the same disk, in the same run. Run it while nothing else does.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import plotly.data
import psutil
import requests
from sklearn.datasets import load_breast_cancer

from benchmarks.service.deployments import Service, running
from benchmarks.service.report import Figures, options, percentile, publish, spread
from nobrains_client import Client

MIB = 1024 * 1024
ROUNDS = 3


@contextmanager
def memory_of(processes: list[psutil.Process]) -> Iterator[Callable[[], float]]:
    """Watch the processes' resident memory; yield a function that returns the growth in MiB."""

    def resident() -> int:
        return sum(process.memory_info().rss for process in processes)

    first = most = resident()
    over = threading.Event()

    def watch() -> None:
        nonlocal most
        while not over.wait(0.02):
            most = max(most, resident())

    thread = threading.Thread(target=watch)
    thread.start()
    yield lambda: (most - first) / MIB
    over.set()
    thread.join()


def make_table(path: Path, size_bytes: int) -> None:
    """Write a CSV of random numbers of about that size."""
    random = np.random.default_rng(0)
    block = "\n".join(",".join(f"{value:.6f}" for value in row) for row in random.normal(size=(20_000, 12)))
    with open(path, "w") as file:
        file.write(",".join(f"x{number}" for number in range(12)) + "\n")
        while file.tell() < size_bytes:
            file.write(block + "\n")
        file.flush()
        os.fsync(file.fileno())


def measure_upload(service: Service, client: Client, mib: int) -> Figures:
    """Measure a raw body, safe before the service answers; beside it the same bytes into the same store without us."""
    source = service.folder / "big.csv"
    make_table(source, mib * MIB)
    size_mb = source.stat().st_size / 1e6
    headers = {"Authorization": f"Bearer {client.token}", "Content-Type": "text/csv"}
    uploads, bare, growths = [], [], []
    for _ in range(ROUNDS):
        bare.append(size_mb / service.time_bare_write(source))
        with memory_of(service.apis()) as growth, open(source, "rb") as body:
            began = time.perf_counter()
            answer = requests.post(f"{client.url}/api/v1/datasets", data=body, headers=headers, timeout=600)
            uploads.append(size_mb / (time.perf_counter() - began))
            growths.append(growth())
        answer.raise_for_status()
        settle(client, answer.json()["id"])
        client.delete_dataset(answer.json()["id"])
    source.unlink()
    return {
        f"upload of {mib} MiB, MB/s": spread(uploads),
        "the same without us (`cat` and sync; Google's client), MB/s": spread(bare),
        "memory growth of the api meanwhile, MiB": spread(growths),
    }


def settle(client: Client, dataset_id: str) -> None:
    """Wait until no task of the dataset is left, so that rounds do not disturb each other."""
    while client.dataset(dataset_id).state == "uploaded":
        time.sleep(0.2)


def measure_jobs(client: Client, dataset_id: str) -> Figures:
    """Measure from POST to the claim of an idle worker, and from POST to the end of a budget."""
    waits = []
    for _ in range(15):
        job = client.train(dataset_id, "tip", 60)
        while client.job(job.id).state != "running":
            time.sleep(0.005)
        found = client.job(job.id)
        waits.append(((found.started_at or now()) - (found.created_at or now())).total_seconds() * 1000)
        client.cancel(job)
        while not client.job(job.id).is_over:
            time.sleep(0.05)
        time.sleep(3.0)  # The worker gets its next child ready.
    overs = []
    for budget_s in (5, 10, 20):
        began = time.perf_counter()
        job = client.train(dataset_id, "tip", budget_s)
        while not client.job(job.id).is_over:
            time.sleep(0.02)
        overs.append(time.perf_counter() - began - budget_s)
        time.sleep(3.0)
    return {
        "submit to claimed, idle worker, ms: p50": f"{percentile(waits, 0.5):.0f}",
        "the same, p95": f"{percentile(waits, 0.95):.0f}",
        "POST to final state beyond the budget (5, 10, 20 s), s": ", ".join(f"{over:+.1f}" for over in overs),
    }


def now() -> datetime:
    return datetime.now(UTC)


def measure_predictions(client: Client) -> Figures:
    """Measure the demo's two ensembles over one kept connection: a row at a time, and a thousand rows."""
    figures = {}
    cancer = load_breast_cancer(as_frame=True)
    tables = {
        "breast cancer": (cancer.data.assign(diagnosis=cancer.target), "diagnosis"),
        "tips": (plotly.data.tips(return_type="pandas"), "tip"),
    }
    for name, (table, target) in tables.items():
        dataset = client.wait_ready(client.upload(table, name=f"{name}.csv"))
        job = client.wait(client.train(dataset, target, 20))
        rows = table.drop(columns=target).astype(object).to_dict("records")
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {client.token}"
        address = f"{client.url}/api/v1/models/{job.model_id}/predict"

        def ask(instances: list[dict[str, object]], session: requests.Session = session, to: str = address) -> float:
            began = time.perf_counter()
            session.post(to, json={"instances": instances}, timeout=60).raise_for_status()
            return (time.perf_counter() - began) * 1000

        first = ask(rows[:1])
        single = [ask([rows[number % len(rows)]]) for number in range(500)]
        thousand = [ask((rows * (1 + 1000 // len(rows)))[:1000]) for _ in range(30)]
        members = sum(bool(entry.weight) for entry in client.model(str(job.model_id)).leaderboard)
        figures |= {
            f"members of the ensemble, {name}": f"{members}",
            f"one row over HTTP, {name}, ms: p50": f"{percentile(single, 0.5):.1f}",
            f"the same, p99 ({name})": f"{percentile(single, 0.99):.1f}",
            f"the first, loading the model ({name})": f"{first:.0f}",
            f"1,000 rows over HTTP, {name}, ms: p50": f"{percentile(thousand, 0.5):.0f}",
        }
    return figures


def measure_start(service: Service) -> Figures:
    """Measure the command's help, and an api's start."""
    helps = []
    program = str(Path(sys.executable).with_name("nobrains"))
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run([program, "--help"], check=True, stdout=subprocess.DEVNULL)
        helps.append(time.perf_counter() - began)
    starts = service.time_starts(ROUNDS)
    return {"`nobrains --help`, s": spread(helps), "start until the api answers, s": spread(starts)}


def measure(back_ends: str, upload_mib: int) -> Figures:
    """Measure everything over these back ends."""
    with running(back_ends) as (service, client):
        figures = measure_start(service) | measure_upload(service, client, upload_mib)
        tips = client.wait_ready(client.upload(plotly.data.tips(return_type="pandas"), name="tips.csv"))
        return figures | measure_jobs(client, tips.id) | measure_predictions(client)


def main() -> None:
    """Measure, print the table, and with --write put it into the page's section."""
    parser = options(__doc__)
    parser.add_argument("--upload-mib", type=int, default=1024)
    chosen = parser.parse_args()
    columns = {back_ends: measure(back_ends, chosen.upload_mib) for back_ends in chosen.back_ends}
    publish(columns, "service", chosen.write)


if __name__ == "__main__":
    main()
