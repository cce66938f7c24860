"""A back end is full, or at its limit: what does not fit is refused with a reason, what was accepted is done later."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from core.ports import TRAIN_QUEUE
from nobrains_client import Client, Dataset, Job
from tests.integration.polling import trials_done
from tests.integration.real.deployment import Deployment
from tests.integration.real.test_faults_real import bearer, finish, readiness, train_briefly
from tests.waiting import PATIENCE_S, wait_for

pytestmark = [pytest.mark.integration, pytest.mark.long]

__all__ = ["bearer"]

# What the broker holds up would be held up for ever.
ANSWER_S = 60.0


def stored(service: Deployment) -> set[str]:
    """The names of all blobs."""
    bucket = service.environ["NOBRAINS_GCS_BUCKET"]
    listed = requests.get(f"{service.blobs.url}/storage/v1/b/{bucket}/o", timeout=60).json()
    return {each["name"] for each in listed.get("items", [])}


@pytest.mark.parametrize(("status", "answered"), [(507, 507), (429, 503), (503, 503)])
def test_a_blob_store_that_takes_nothing_more(
    service: Deployment, grace: Client, bearer: dict[str, str], tips: Path, training: Job, status: int, answered: int
) -> None:
    service.blobs.refuse(status)
    refused = service.train.said("work.not_written")
    wait_for(lambda: service.train.said("work.not_written") > refused)
    datasets, blobs = [each.id for each in grace.datasets()], stored(service)
    headers = {**bearer, "Content-Type": "text/csv"}
    answer = requests.post(f"{service.url}/api/v1/datasets", data=tips.read_bytes(), headers=headers, timeout=60)
    reason = "STORAGE_FULL" if status == 507 else "UNAVAILABLE"
    assert (answer.status_code, answer.json()["reason"]) == (answered, reason)
    assert int(answer.headers["Retry-After"]) > 0
    assert [each.id for each in grace.datasets()] == datasets
    assert stored(service) == blobs
    # The training keeps what it has found out, and tells it when there is room.
    assert grace.job(training).state == "running"
    service.blobs.refuse(0)
    done = finish(grace, training)
    assert (done.state, done.attempt) == ("succeeded", 1)
    assert grace.wait_ready(grace.upload(tips)).rows == 244


@pytest.fixture
def full_queue(service: Deployment) -> Iterator[str]:
    """The queue of trainings takes two messages, and no worker takes any."""
    name = f"{service.queue_prefix}{TRAIN_QUEUE}"
    assert service.train.stop() == 0
    service.broker.control("set_policy", name, f"^{name}$", '{"max-length": 2}', "--apply-to", "queues")
    yield name
    service.broker.control("clear_policy", name)


def test_jobs_that_find_the_queue_full_are_accepted_and_done_later(
    service: Deployment, grace: Client, dataset: Dataset, full_queue: str
) -> None:
    waits_since = time.monotonic()
    jobs = [train_briefly(grace, dataset) for _ in range(6)]
    assert time.monotonic() - waits_since < len(jobs) * ANSWER_S
    assert {grace.job(job).state for job in jobs} == {"queued"}
    # As the queue empties the sweeper fills it again, without anybody having made it longer.
    service.train.start()
    for job in jobs:
        done = grace.wait(job, timeout_s=PATIENCE_S)
        assert (done.state, done.attempt) == ("succeeded", 1)


@pytest.mark.parametrize(
    ("alarm", "calm"),
    [
        (("set_vm_memory_high_watermark", "absolute", "1"), ("set_vm_memory_high_watermark", "0.4")),
        (("set_disk_free_limit", "100000GB"), ("set_disk_free_limit", "50MB")),
    ],
    ids=["memory", "disk"],
)
def test_a_broker_that_raises_an_alarm_holds_nobody_up(
    service: Deployment,
    grace: Client,
    dataset: Dataset,
    bearer: dict[str, str],
    training: Job,
    alarm: tuple[str, ...],
    calm: tuple[str, ...],
) -> None:
    service.broker.control(*alarm)
    try:
        body = {"dataset_id": dataset.id, "target": "smoker", "time_budget_s": 5, "models": ["linear"]}
        answers = [
            requests.post(f"{service.url}/api/v1/jobs", json=body, headers=bearer, timeout=ANSWER_S) for _ in range(3)
        ]
        assert {answer.status_code for answer in answers} == {202}
        wait_for(lambda: not readiness(service).ok)
        # What runs is not disturbed.
        known = trials_done(grace, training)
        wait_for(lambda: trials_done(grace, training) > known)
    finally:
        service.broker.control(*calm)
    wait_for(lambda: readiness(service).ok)
    done = finish(grace, training)
    assert (done.state, done.attempt) == ("succeeded", 1)
    for answer in answers:
        assert grace.wait(answer.json()["id"], timeout_s=PATIENCE_S).state == "succeeded"
