"""The network between a worker and its back ends is cut, slow or half open; a worker or its child is stopped."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from random import Random

import psutil
import pytest
import requests

from nobrains_client import Client, Dataset, Job
from tests.emulators.proxy import Mode
from tests.integration.polling import trials_done
from tests.integration.real.deployment import Deployment
from tests.integration.real.test_faults_real import bearer, finish, train_briefly
from tests.waiting import PATIENCE_S, wait_for

pytestmark = [pytest.mark.integration, pytest.mark.long]

__all__ = ["bearer"]


def events_of(client: Client, job: Job) -> list[str]:
    return [event.kind for event in client.events(job)]


def test_a_stopped_worker_is_followed_by_another_and_its_late_writes_count_for_nothing(
    service: Deployment, grace: Client, training: Job
) -> None:
    lost = service.train.said("work.lost")
    service.train.pause()
    service.train_b.start()
    wait_for(lambda: grace.job(training).attempt == 2)
    known = trials_done(grace, training)
    service.train.resume()
    # It learns that the work is somebody else's, and its child dies.
    wait_for(lambda: service.train.said("work.lost") > lost)
    wait_for(lambda: trials_done(grace, training) > known)
    done = finish(grace, training)
    assert (done.state, done.attempt) == ("succeeded", 2)
    numbers = [trial.number for trial in grace.trials(training)]
    assert numbers == list(range(len(numbers)))
    assert [model.id for model in grace.models() if model.job_id == training.id] == [done.model_id]
    assert events_of(grace, training).count("done") == 1
    assert service.train_b.stop() == 0


@pytest.mark.parametrize("mode", ["hold", "mute", "reset"])
def test_a_worker_that_is_cut_off_from_the_tables_lets_go_and_the_training_goes_on(
    service: Deployment, grace: Client, training: Job, mode: Mode
) -> None:
    known, failures = trials_done(grace, training), service.train.said("work.failure")
    service.lines.tables.set(mode)
    wait_for(lambda: service.train.said("work.failure") > failures)
    service.lines.tables.set("forward")
    wait_for(lambda: trials_done(grace, training) > known)
    done = finish(grace, training)
    # Everybody else could see that it was silent: the work may have been taken over, once.
    assert done.state == "succeeded"
    assert done.attempt <= 2


def test_a_worker_that_is_cut_off_from_the_broker_is_not_disturbed_and_takes_the_next_job(
    service: Deployment, grace: Client, dataset: Dataset, training: Job
) -> None:
    service.lines.broker.set("hold")
    done = finish(grace, training)
    assert (done.state, done.attempt) == ("succeeded", 1)
    following = train_briefly(grace, dataset)
    service.lines.broker.set("reset")
    service.lines.broker.set("forward")
    assert grace.wait(following, timeout_s=PATIENCE_S).state == "succeeded"


@pytest.mark.parametrize("mode", ["hold", "reset"])
def test_a_job_waits_for_the_blobs(service: Deployment, grace: Client, dataset: Dataset, mode: Mode) -> None:
    service.lines.blobs.set(mode)
    refused = service.train.said("work.failure")
    job = train_briefly(grace, dataset)
    wait_for(lambda: grace.job(job).state == "running" or service.train.said("work.failure") > refused)
    service.lines.blobs.set("forward")
    done = grace.wait(job, timeout_s=PATIENCE_S)
    assert (done.state, done.attempt) == ("succeeded", 1)


def test_slow_lines_are_only_slow(service: Deployment, grace: Client, dataset: Dataset) -> None:
    for line in service.lines.all:
        line.set("forward", delay_s=0.02)
    done = grace.wait(train_briefly(grace, dataset), timeout_s=PATIENCE_S)
    assert (done.state, done.attempt) == ("succeeded", 1)


def test_the_same_key_makes_one_job_although_apis_die_while_they_are_asked(
    service: Deployment, grace: Client, dataset: Dataset, bearer: dict[str, str]
) -> None:
    dice, over = Random(0), threading.Event()
    body = {"dataset_id": dataset.id, "target": "smoker", "time_budget_s": 5, "models": ["linear"]}
    keys = [uuid.uuid4().hex for _ in range(12)]

    def ask(key: str) -> str:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            with contextlib.suppress(requests.RequestException):
                answer = requests.post(
                    f"{service.url}/api/v1/jobs", json=body, headers={**bearer, "Idempotency-Key": key}, timeout=60
                )
                if answer.status_code == 202:
                    return str(answer.json()["id"])
        raise AssertionError("no api lived long enough to answer")

    def is_ready() -> bool:
        with contextlib.suppress(requests.RequestException):
            return requests.get(f"{service.url}/readyz", timeout=60).ok
        return False

    def kill_again_and_again() -> None:
        assert service.api.process is not None
        while not over.wait(dice.uniform(0.05, 0.4)):
            for child in psutil.Process(service.api.process.pid).children():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child.pid, signal.SIGKILL)
            wait_for(is_ready)  # Else none would live to be asked, on a slow machine.

    before = {job.id for job in grace.jobs()}
    with ThreadPoolExecutor(5) as pool:
        killing = pool.submit(kill_again_and_again)
        try:
            promised = list(pool.map(ask, keys))
        finally:
            over.set()
        killing.result()
    wait_for(is_ready)
    assert {job.id for job in grace.jobs()} - before == set(promised)
    assert len(set(promised)) == len(keys)
    for id in promised[1:]:
        grace.cancel(id)
    assert grace.wait(promised[0], timeout_s=PATIENCE_S).state == "succeeded"
