"""Measures the service on this machine: uploads, queueing, predictions, start-up.

    python bench/service.py [--write docs/benchmarks.md] [--upload-mib 1024]

Everything is measured from outside, over HTTP, against a `nobrains serve` that the benchmark starts in a folder of its
own; the upload stands beside `cat` of the same file to the same disk, in the same run. Run it while nothing else does.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import plotly.data
import psutil
import requests
from sklearn.datasets import load_breast_cancer

from client import Client

MIB = 1024 * 1024
ROUNDS = 3
START, END = "<!-- service -->", "<!-- /service -->"


class Service:
    """A `nobrains serve` in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        command = [sys.executable, "-m", "nobrains", "serve", "--port", "0", "--data", str(folder / "data")]
        self.began = time.perf_counter()
        with open(folder / "serve.log", "ab") as log:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        line = next(line for line in self.process.stdout or () if "ready at" in line)
        self.ready_s = time.perf_counter() - self.began
        self.url = re.findall(r"http://\S+", line)[0]

    def api(self) -> psutil.Process:
        """The process that answers requests."""
        master = next(each for each in psutil.Process(self.process.pid).children() if "api" in each.cmdline())
        return master.children()[0]

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def percentile(values: list[float], share: float) -> float:
    return float(np.percentile(values, share * 100))


def spread(values: list[float]) -> str:
    """Median of the rounds, and their range."""
    return f"{statistics.median(values):.3g} ({min(values):.3g}-{max(values):.3g})"


@contextmanager
def memory_of(process: psutil.Process) -> Iterator[Callable[[], float]]:
    """Watches resident memory; what it yields gives the growth in MiB."""
    first = most = process.memory_info().rss
    over = threading.Event()

    def watch() -> None:
        nonlocal most
        while not over.wait(0.02):
            most = max(most, process.memory_info().rss)

    thread = threading.Thread(target=watch)
    thread.start()
    yield lambda: (most - first) / MIB
    over.set()
    thread.join()


def make_table(path: Path, size_bytes: int) -> None:
    """A CSV of random numbers of about that size."""
    random = np.random.default_rng(0)
    block = "\n".join(",".join(f"{value:.6f}" for value in row) for row in random.normal(size=(20_000, 12)))
    with open(path, "w") as file:
        file.write(",".join(f"x{number}" for number in range(12)) + "\n")
        while file.tell() < size_bytes:
            file.write(block + "\n")
        file.flush()
        os.fsync(file.fileno())


def measure_upload(service: Service, client: Client, mib: int) -> dict[str, str]:
    """Raw body, fsynced by the service before it answers; `cat` to the same disk, fsynced too."""
    source, copy = service.folder / "big.csv", service.folder / "copy.csv"
    make_table(source, mib * MIB)
    size_mb = source.stat().st_size / 1e6
    headers = {"Authorization": f"Bearer {client.token}", "Content-Type": "text/csv"}
    uploads, cats, growths = [], [], []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        subprocess.run(f"cat {source} > {copy} && sync {copy}", shell=True, check=True)
        cats.append(size_mb / (time.perf_counter() - began))
        copy.unlink()
        with memory_of(service.api()) as growth, open(source, "rb") as body:
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
        "`cat` to the same disk and sync, MB/s": spread(cats),
        "memory growth of the api meanwhile, MiB": spread(growths),
    }


def settle(client: Client, dataset_id: str) -> None:
    """Wait until nothing is done with the dataset any more, so that rounds do not disturb each other."""
    while client.dataset(dataset_id).state == "uploaded":
        time.sleep(0.2)


def measure_jobs(client: Client, dataset_id: str) -> dict[str, str]:
    """From POST to the claim of an idle worker, and from POST to the end of a budget."""
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


def measure_predictions(client: Client) -> dict[str, str]:
    """The demo's two ensembles over one kept connection: a row at a time, and a thousand rows."""
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
            f"one row over HTTP, {name} ({members} members), ms: p50": f"{percentile(single, 0.5):.1f}",
            f"the same, p99 ({name})": f"{percentile(single, 0.99):.1f}",
            f"the first, loading the model ({name})": f"{first:.0f}",
            f"1,000 rows over HTTP, {name}, ms: p50": f"{percentile(thousand, 0.5):.0f}",
        }
    return figures


def measure_start() -> dict[str, str]:
    """The command's help, and a service that answers."""
    helps, apis = [], []
    program = str(Path(sys.executable).with_name("nobrains"))
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run([program, "--help"], check=True, stdout=subprocess.DEVNULL)
        helps.append(time.perf_counter() - began)
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as folder:
            service = Service(Path(folder))
            apis.append(service.ready_s)
            service.stop()
    return {"`nobrains --help`, s": spread(helps), "`nobrains serve` until the api answers, s": spread(apis)}


def main() -> None:
    """Measure everything and print it as a table; with --write, also into the page's section."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--write", type=Path, help="page to put the table into")
    options.add_argument("--upload-mib", type=int, default=1024)
    chosen = options.parse_args()
    figures = measure_start()
    with tempfile.TemporaryDirectory(prefix="nobrains-bench-") as folder:
        service = Service(Path(folder))
        try:
            client = Client(service.url)
            client.sign_up("bench", "correct horse")
            client.sign_in("bench", "correct horse")
            figures |= measure_upload(service, client, chosen.upload_mib)
            tips = client.wait_ready(client.upload(plotly.data.tips(return_type="pandas"), name="tips.csv"))
            figures |= measure_jobs(client, tips.id)
            figures |= measure_predictions(client)
        finally:
            service.stop()
    text = report(figures)
    print(text)
    if chosen.write:
        page = chosen.write.read_text()
        before, after = page.split(START)[0], page.split(END)[1]
        chosen.write.write_text(f"{before}{START}\n{text}\n{END}{after}")


def report(figures: dict[str, str]) -> str:
    """The table, with the date and the machine."""
    memory_gib = psutil.virtual_memory().total / 2**30
    machine = f"{os.cpu_count()} cores, {memory_gib:.0f} GiB, {platform.system()}, Python {platform.python_version()}"
    rows = "\n".join(f"| {name} | {value} |" for name, value in figures.items())
    return (
        f"Measured on {date.today()} on {machine}, by `python {' '.join(sys.argv)}`; "
        "medians of rounds with their range.\n\n"
        f"| what | figure |\n|---|---|\n{rows}"
    )


if __name__ == "__main__":
    main()
