"""A worker with its real child processes over the embedded back ends: what it does when things go wrong."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from backends.factory import create_backends
from core.domain import states
from core.domain.records import Dataset, TrialRow
from core.jobs.events import read_events
from core.jobs.jobs import JobView
from core.ports import Ports
from core.service import Service
from core.settings import Settings
from core.storage import rows
from tests.waiting import PATIENCE_S
from worker.messages.from_child import TrialStarted
from worker.tasks.search import SingleProcessSearch
from worker.worker import Worker

pytestmark = pytest.mark.integration

KILLED_AT = 4
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


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    made.start("profile")
    yield made
    made.close()


def test_a_job_from_queue_to_model(bench: Bench) -> None:
    worker = bench.start("train")
    job = bench.submit(bench.dataset(), time_budget_s=600, models=QUICK)
    wait(lambda: bench.trials(job), lambda trials: len({each.model for each in trials if each.score is not None}) > 3)
    view = bench.stop_training(job)
    assert view.task_state.result is not None
    model = bench.service.models.get(bench.user, view.task_state.result["model_id"])
    assert model.summary["scores"]["reported"]["auc"]["mean"] > 0.7
    trials = bench.trials(job)
    assert [trial.number for trial in trials] == list(range(len(trials)))
    # What served the search only is gone, and so is the child's folder.
    wait(lambda: list(bench.service.ports.blobs.names(f"{bench.user}/trials/")), lambda left: not left)
    wait(lambda: list(worker.context.scratch_dir.iterdir()), lambda left: not left)


def test_stop_keeps_the_best_so_far_and_cancel_keeps_nothing(bench: Bench) -> None:
    bench.start("train")
    dataset = bench.dataset()
    stopped = bench.submit(dataset, time_budget_s=600, models=QUICK)
    wait(lambda: bench.trials(stopped), lambda trials: any(trial.state == "complete" for trial in trials))
    bench.stop_training(stopped)
    cancelled = bench.submit(dataset, time_budget_s=600, models=QUICK)
    bench.wait(cancelled, states.RUNNING)
    bench.service.jobs.request_stop(bench.user, cancelled, states.CANCEL)
    view = bench.wait(cancelled, *states.FINAL)
    assert (view.state, view.task_state.result) == (states.CANCELLED, None)


@pytest.mark.parametrize("moment", ["inside a fit", pytest.param("between fits", marks=pytest.mark.long)])
def test_a_killed_child_is_followed_by_another_that_goes_on(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    reserve = SingleProcessSearch.start_trial

    def reserve_and_kill(search: SingleProcessSearch, message: TrialStarted) -> None:
        """When trial 4 begins, for the first time: after its number is taken, or before that."""
        if message.trial["number"] != KILLED_AT or search.supervisor.lease.epoch > 1:
            reserve(search, message)
            return
        if moment == "inside a fit":
            reserve(search, message)
        os.kill(search.supervisor.child.process.pid, signal.SIGABRT)

    monkeypatch.setattr(SingleProcessSearch, "start_trial", reserve_and_kill)
    bench.start("train")
    job = bench.submit(bench.dataset(), time_budget_s=600, models=QUICK)
    wait(lambda: bench.trials(job), lambda trials: any((each.epoch, each.state) == (2, "complete") for each in trials))
    view = bench.stop_training(job)
    assert (view.task_state.attempt, view.task_state.crashes) == (2, 1)
    trials = sorted(bench.trials(job), key=lambda trial: trial.number)
    # The numbering goes on.
    assert [trial.number for trial in trials] == list(range(len(trials)))
    before = [trial for trial in trials if trial.epoch == 1 and trial.state == "complete"]
    lost = [trial.number for trial in trials if trial.payload["reason"] == "Its worker was lost."]
    assert lost == ([KILLED_AT] if moment == "inside a fit" else [])
    assert len(before) > 1
    # The pool goes on: predictions of before are at hand, so nothing is fitted again, and all stand on the leaderboard.
    assert not [text for text in bench.logged(job) if "not at hand" in text]
    tried = [(trial.model, trial.params) for trial in trials if trial.state == "complete"]
    assert all(tried.count(each) == 1 for each in tried)
    model = bench.service.models.get(bench.user, view.task_state.result["model_id"])  # type: ignore[index]
    board = {row["name"]: row["score"] for row in model.summary["leaderboard"]}
    assert all(board[f"{trial.model}-{trial.number}"] == trial.score for trial in before)


def test_a_hung_child_is_killed_and_followed_by_another(bench: Bench) -> None:
    worker = bench.start("train")
    job = bench.submit(bench.dataset(), time_budget_s=600, models=QUICK)
    wait(lambda: bench.trials(job), lambda trials: len(trials) > 3)
    hung = bench.child(worker)
    bench.settings.values["stall_s"] = 3.0  # From here on: imports on a busy machine may take as long.
    hung.send_signal(signal.SIGSTOP)
    wait(lambda: bench.view(job), lambda view: view.task_state.crashes == 1)
    bench.settings.values["stall_s"] = 60.0
    known = len(bench.trials(job))
    wait(lambda: bench.trials(job), lambda trials: len(trials) > known)
    view = bench.stop_training(job)
    assert (view.task_state.attempt, view.task_state.crashes) == (2, 1)
    assert not hung.is_running()


def test_work_is_handed_back_at_shutdown_and_finished_by_another(bench: Bench) -> None:
    first = bench.start("train")
    job = bench.submit(bench.dataset(), time_budget_s=600, models=QUICK)
    wait(lambda: bench.trials(job), lambda trials: len(trials) > 2)
    bench.stop(first)
    view = bench.view(job)
    assert (view.state, view.task_state.attempt) == (states.QUEUED, 0)
    known = len(bench.trials(job))
    bench.start("train")
    wait(lambda: bench.trials(job), lambda trials: len(trials) > known)
    bench.stop_training(job)


def test_out_of_memory_is_tried_once_smaller_then_said(bench: Bench) -> None:
    bench.settings.values["memory_limit_mib"] = 150
    bench.start("train")
    job = bench.submit(bench.dataset())
    view = bench.wait(job, *states.FINAL)
    assert view.state == states.FAILED
    assert view.task_state.error is not None
    assert view.task_state.error["reason"] == "OUT_OF_MEMORY"
    assert view.task_state.attempt == 2


def test_what_cannot_be_learned_from_fails_with_a_reason(bench: Bench) -> None:
    bench.start("train")
    constant = b"a,y\n" + b"".join(b"%d,same\n" % number for number in range(50))
    job = bench.submit(bench.dataset(constant))
    view = bench.wait(job, *states.FINAL)
    assert view.state == states.FAILED
    assert view.task_state.error is not None
    assert view.task_state.error["detail"]
    assert view.task_state.attempt == 1


def test_a_file_that_turns_out_bad_is_rejected_with_the_line(bench: Bench) -> None:
    good = b"".join(b"%d,x\n" % number for number in range(300_000))
    dataset = bench.dataset(b"a,y\n" + good + b"1,2,3\n")
    assert dataset.state == "rejected"
    assert dataset.error is not None
    assert (dataset.error["reason"], dataset.error["line"]) == ("ROW_TOO_LONG", 300_002)


def test_the_child_has_no_settings_and_no_credentials(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NOBRAINS_DATA", "GOOGLE_APPLICATION_CREDENTIALS", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "a-secret")
    worker = bench.start("train")
    job = bench.submit(bench.dataset(), time_budget_s=600, models=QUICK)
    child = bench.child(worker)
    assert "a-secret" not in child.environ().values()
    assert all(str(bench.settings.folder) not in file.path for file in child.open_files())
    bench.service.jobs.request_stop(bench.user, job, states.CANCEL)
    bench.wait(job, *states.FINAL)


def test_stored_predictions(bench: Bench) -> None:
    bench.start("train")
    dataset = bench.dataset()
    view = bench.wait(bench.submit(dataset, time_budget_s=3, models=["linear"]), *states.FINAL)
    assert view.task_state.result is not None
    stored = bench.service.predictions.submit(bench.user, view.task_state.result["model_id"], dataset.id)
    done = wait(
        lambda: bench.service.predictions.view(stored.prediction), lambda each: each.task_state.state in states.FINAL
    )
    blob = bench.service.predictions.blob(done).name  # type: ignore[arg-type]
    csv = b"".join(bench.service.ports.blobs.read(blob)).decode().splitlines()
    assert csv[0] == "a,b,c,y,prediction,probability_no,probability_yes,prediction_warnings"
    assert len(csv) == 401
    wait(lambda: list(rows.scan_all(bench.service.ports.tables, "active#")), lambda left: not left)
