"""Measure what open event streams cost everybody else: other GETs while 100 listeners follow a training.

    python -m benchmarks.service.streams [--back-ends embedded real] [--write docs/benchmarks.md]

The training runs in both halves of a round and takes its share of the machine in both: the streams are the difference.
Listeners are a process of their own, so that they do not slow the one that measures.
"""

from __future__ import annotations

import multiprocessing
import time
from threading import Thread
from typing import Any

import plotly.data
import requests

from benchmarks.service.deployments import running
from benchmarks.service.report import Figures, options, percentile, publish, spread
from nobrains_client import Client

STREAMS = 100
ROUNDS = 3
GETS = 400


def listen(url: str, token: str, job_id: str, connected: Any) -> None:
    """Open the streams and read them to their end."""
    threads = [Thread(target=_read, args=(url, token, job_id, connected)) for _ in range(STREAMS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _read(url: str, token: str, job_id: str, connected: Any) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    with requests.get(f"{url}/api/v1/jobs/{job_id}/events", headers=headers, stream=True, timeout=60) as answer:
        answer.raise_for_status()
        connected.release()
        for _ in answer.iter_content(4096):
            pass


def time_gets(client: Client, path: str) -> list[float]:
    """Return the milliseconds of one GET after another, over one kept connection."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {client.token}"
    times_ms = []
    for _ in range(GETS):
        began = time.perf_counter()
        session.get(f"{client.url}/api/v1{path}", timeout=60).raise_for_status()
        times_ms.append((time.perf_counter() - began) * 1000)
    return times_ms


def measure(back_ends: str) -> Figures:
    """Return the 95th percentile of each half of each round."""
    spawn = multiprocessing.get_context("spawn")
    without_streams, with_streams = [], []
    with running(back_ends, max_streams=str(STREAMS)) as (_, client):
        dataset = client.wait_ready(client.upload(plotly.data.tips(return_type="pandas"), name="tips.csv"))
        for _ in range(ROUNDS):
            job = client.train(dataset, "tip", 600)
            while not list(client.trials(job)):
                time.sleep(0.05)
            without_streams.append(percentile(time_gets(client, f"/datasets/{dataset.id}"), 0.95))
            connected = spawn.Semaphore(0)
            streams = spawn.Process(target=listen, args=(client.url, client.token, job.id, connected))
            streams.start()
            for _ in range(STREAMS):
                connected.acquire()
            with_streams.append(percentile(time_gets(client, f"/datasets/{dataset.id}"), 0.95))
            client.cancel(job)
            streams.join()
    return {
        "GET of a dataset while a training runs, ms: p95": spread(without_streams),
        f"the same while {STREAMS} streams hear that training": spread(with_streams),
    }


def main() -> None:
    """Measure, print the table, and with --write put it into the page's section."""
    chosen = options(__doc__).parse_args()
    publish({back_ends: measure(back_ends) for back_ends in chosen.back_ends}, "streams", chosen.write)


if __name__ == "__main__":
    main()
