"""Data that kills whoever works on it, or is not what it was: said after few tries, and the worker goes on."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil
import pytest

from core.datasets.states import REJECTED
from core.domain import states
from tests.integration.worker.bench import Bench, table, wait
from worker.worker import Worker

pytestmark = [pytest.mark.integration, pytest.mark.long]

# Its profile takes long enough to be met at work.
MANY_ROWS = 300_000


def crash(bench: Bench, worker: Worker) -> None:
    """As a fault of a library would have it: the child at work ends by a signal."""
    child = bench.child(worker)
    os.kill(child.pid, signal.SIGSEGV)
    wait(lambda: child.is_running() and child.status() != psutil.STATUS_ZOMBIE, lambda lives: not lives)


def test_a_table_that_kills_its_trainings_is_given_up_and_the_worker_goes_on(bench: Bench) -> None:
    dataset = bench.dataset()
    worker = bench.start("train")
    job = bench.submit(dataset, time_budget_s=600)
    for _ in range(2):
        crash(bench, worker)
    view = bench.wait(job, *states.FINAL)
    assert view.task_state.error is not None
    assert (view.task_state.error["reason"], view.task_state.attempt) == ("TRAINING_CRASHED", 2)
    assert "SIGSEGV" in view.task_state.error["detail"]
    well = bench.submit(dataset, time_budget_s=3, models=["linear"])
    assert bench.wait(well, *states.FINAL).state == states.SUCCEEDED


def test_a_table_that_kills_its_profiles_is_rejected_and_what_waits_for_it_fails(bench: Bench) -> None:
    ((worker, _),) = bench.running
    dataset = bench.service.datasets.create(bench.user, "poison.csv", iter([table(MANY_ROWS)]))
    job = bench.submit(dataset)
    for _ in range(2):
        crash(bench, worker)
    found = wait(lambda: bench.service.datasets.get(bench.user, dataset.id), lambda each: each.state == REJECTED)
    assert found.error["reason"] == "TRAINING_CRASHED"  # type: ignore[attr-defined]
    assert bench.dataset().state == "ready"
    bench.start("train")
    view = bench.wait(job, *states.FINAL)
    assert view.task_state.error is not None
    assert view.task_state.error["reason"] == "DATASET_REJECTED"


@pytest.mark.parametrize("damage", ["changed", "cut short", "gone"])
def test_data_that_was_damaged_is_never_trained_on(bench: Bench, tmp_path: Path, damage: str) -> None:
    dataset = bench.dataset()
    path = tmp_path / "blobs" / "objects" / dataset.blob
    data = path.read_bytes()
    path.unlink()
    if damage != "gone":
        changed = bytes([data[1000] ^ 1])
        path.write_bytes(data[:1000] if damage == "cut short" else data[:1000] + changed + data[1001:])
    bench.start("train")
    job = bench.submit(dataset)
    view = bench.wait(job, *states.FINAL)
    assert view.task_state.error is not None
    assert (view.task_state.error["reason"], view.task_state.attempt) == ("DATA_DAMAGED", 1)
    assert bench.trials(job) == []
    # Put back, it can be asked for again.
    path.write_bytes(data)
    assert bench.wait(bench.service.jobs.retry(bench.user, job).job.id, *states.FINAL).state == states.SUCCEEDED
