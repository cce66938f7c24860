"""A service with workers that a test starts and stops, over the embedded back ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil

from backends.factory import create_backends
from core.domain import states
from core.domain.records import Dataset
from core.domain.trainings import TrialRow
from core.jobs.events import read_events
from core.jobs.job_views import JobView
from core.ports import Ports
from core.service import Service
from core.settings import Settings
from tests.waiting import PATIENCE_S
from worker.worker import Worker

# A trial of theirs is over soon, however much time the search has.
QUICK = ["linear", "neighbours", "lightgbm", "extra_trees"]


class Bench:
    """A service, its user, and workers that a test starts and stops."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings({}, data=str(folder), lease_s=15.0, renew_s=0.5, sweep_s=0.2)
        self.opened: list[Ports] = []
        self.service = self.open()
        self.user = self.service.accounts.sign_up("ada", "correct horse").id
        self.running: list[tuple[Worker, threading.Thread]] = []

    def open(self) -> Service:
        self.opened.append(create_backends(self.settings))
        return Service(self.opened[-1], self.settings)

    def start(self, queue: str) -> Worker:
        worker = Worker(self.open(), queue)
        thread = threading.Thread(target=worker.run)
        thread.start()
        self.running.append((worker, thread))
        return worker

    def stop(self, worker: Worker) -> None:
        worker.stop()
        next(thread for each, thread in self.running if each is worker).join()

    def close(self) -> None:
        for worker, _ in self.running:
            self.stop(worker)
        for ports in self.opened:
            ports.close()

    def dataset(self, csv: bytes | None = None) -> Dataset:
        dataset = self.service.datasets.create(self.user, "table.csv", iter([csv or table()]))
        return wait(lambda: self.service.datasets.get(self.user, dataset.id), lambda found: found.state != "uploaded")

    def submit(self, dataset: Dataset, **spec: object) -> str:
        body = {
            "dataset_id": dataset.id, "target": "y", "task": "auto", "metric": "auto", "time_budget_s": 6, "seed": 0,
            "models": None, "exclude_columns": [], **spec,
        }  # fmt: skip
        return self.service.jobs.submit(self.user, body).job.id

    def view(self, job: str) -> JobView:
        return self.service.jobs.view(self.service.jobs.get(self.user, job))

    def wait(self, job: str, *wanted: str) -> JobView:
        return wait(lambda: self.view(job), lambda view: view.state in wanted)

    def stop_training(self, job: str) -> JobView:
        """Have it keep its best now; what it has become."""
        self.service.jobs.request_stop(self.user, job, states.STOP)
        view = self.wait(job, *states.FINAL)
        assert view.state == states.SUCCEEDED, view.task_state.error
        return view

    def trials(self, job: str) -> list[TrialRow]:
        return self.service.jobs.trials(self.service.jobs.get(self.user, job), 200).items

    def logged(self, job: str) -> list[str]:
        events = read_events(self.service.ports.tables, self.user, job)
        return [event.data["text"] for event in events if event.kind == "log"]

    def child(self, worker: Worker) -> psutil.Process:
        """The child that trains."""
        folder = str(worker.context.scratch_dir)
        return wait(
            lambda: [each for each in psutil.Process().children() if _cwd(each).startswith(folder)],
            lambda found: bool(found),
        )[0]


def _cwd(process: psutil.Process) -> str:
    try:
        return process.cwd()
    except psutil.Error:
        return ""


def wait(look: Callable[[], object], good: Callable[..., bool]) -> object:  # type: ignore[type-arg]
    """Look until it is good; the last look."""
    deadline = time.monotonic() + PATIENCE_S
    while not good(found := look()):
        assert time.monotonic() < deadline, found
        time.sleep(0.02)
    return found


def table(n_rows: int = 400) -> bytes:
    """A table that several families learn something from."""
    random = np.random.default_rng(0)
    x = random.normal(size=(n_rows, 3))
    y = x[:, 0] + x[:, 1] ** 2 + random.normal(scale=0.3, size=n_rows) > 1
    labels = np.where(y, "yes", "no")
    rows_ = [f"{a:.4f},{b:.4f},{c:.4f},{label}" for (a, b, c), label in zip(x, labels, strict=True)]
    return "\n".join(["a,b,c,y", *rows_]).encode()
