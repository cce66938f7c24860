"""The broker, the tables, the blobs or a role is away, or is told to go: nothing accepted is lost."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from backends.queue.rabbitmq import RabbitQueue
from core.ports import TRAIN_QUEUE
from nobrains_client import Client, Dataset, Job, JobFailed, Model
from tests.emulators.bound import stop
from tests.integration.polling import trials_done
from tests.integration.real.deployment import Deployment
from tests.waiting import PATIENCE_S, wait_for

pytestmark = pytest.mark.integration

# A quorum queue delivers a message that is never acknowledged so often, then gives it up.
DELIVERIES = 4


@pytest.fixture
def bearer(grace: Client) -> dict[str, str]:
    return {"Authorization": f"Bearer {grace.token}"}


def finish(client: Client, job: Job) -> Job:
    """Have it go on a little, then keep its best; the job when it is over."""
    known = trials_done(client, job)
    wait_for(lambda: trials_done(client, job) > known)
    client.stop(job)
    return client.wait(job, timeout_s=PATIENCE_S)


def train_briefly(client: Client, dataset: Dataset) -> Job:
    return client.train(dataset, "smoker", 5, models=["linear"])


def readiness(service: Deployment) -> requests.Response:
    return requests.get(f"{service.url}/readyz", timeout=60)


def parts_down(answer: requests.Response) -> list[str]:
    return [entry["field"] for entry in answer.json()["errors"]]


class SlowRequest:
    """A POST in the middle of its body for as long as the block lasts."""

    def __init__(self, address: str, data: bytes, headers: dict[str, str]) -> None:
        self.data = data
        self.sent_half = threading.Event()
        self.go_on = threading.Event()
        self.pool = ThreadPoolExecutor(1)
        self.answer = self.pool.submit(
            requests.post, address, data=self._body(), headers={**headers, "Content-Type": "text/csv"}, timeout=60
        )

    def _body(self) -> Iterator[bytes]:
        half = len(self.data) // 2
        yield self.data[:half]
        self.sent_half.set()
        self.go_on.wait()
        yield self.data[half:]

    def __enter__(self) -> SlowRequest:
        assert self.sent_half.wait(PATIENCE_S)
        return self

    def __exit__(self, *exc: object) -> None:
        self.go_on.set()
        self.pool.shutdown()


@pytest.mark.parametrize("how", ["pause", pytest.param("kill", marks=pytest.mark.long)])
def test_a_job_is_accepted_while_the_broker_is_away_and_runs_when_it_is_back(
    service: Deployment, grace: Client, dataset: Dataset, bearer: dict[str, str], how: str
) -> None:
    getattr(service.broker, how)()
    body = {"dataset_id": dataset.id, "target": "smoker", "time_budget_s": 5, "models": ["linear"]}
    # A broker that is paused would never answer: whoever waited for it would not answer either.
    answer = requests.post(f"{service.url}/api/v1/jobs", json=body, headers=bearer, timeout=60)
    assert answer.status_code == 202, answer.text
    wait_for(lambda: not readiness(service).ok)
    assert parts_down(readiness(service)) == ["queue"]
    assert grace.job(answer.json()["id"]).state == "queued"
    service.broker.resume() if how == "pause" else service.broker.start()
    wait_for(lambda: readiness(service).ok)
    assert grace.wait(answer.json()["id"], timeout_s=PATIENCE_S).state == "succeeded"


def test_a_broker_that_dies_does_not_disturb_what_is_running(service: Deployment, grace: Client, training: Job) -> None:
    service.broker.kill()
    wait_for(lambda: not readiness(service).ok)
    done = finish(grace, training)
    assert (done.state, done.attempt) == ("succeeded", 1)


def test_a_killed_worker_is_followed_by_another(
    service: Deployment, grace: Client, training: Job, record_property: pytest.RecordProperty
) -> None:
    before = {trial.number: trial.score for trial in grace.trials(training) if trial.state == "complete"}
    service.train.kill()
    killed_at = time.monotonic()
    service.train.start()
    wait_for(lambda: grace.job(training).attempt == 2)
    took_s = time.monotonic() - killed_at
    record_property("killed_to_running_s", round(took_s, 1))
    print(f"killed -> running again: {took_s:.1f} s")
    done = finish(grace, training)
    assert (done.state, done.attempt) == ("succeeded", 2)
    after = {trial.number: trial for trial in grace.trials(training)}
    assert all(after[number].score == score for number, score in before.items())
    assert sum(trial.state == "failed" for trial in after.values()) <= 1


def test_a_worker_told_to_go_hands_its_work_back(service: Deployment, grace: Client, training: Job) -> None:
    assert service.train.stop() == 0
    left = grace.job(training)
    assert (left.state, left.attempt) == ("queued", 0)
    finished = trials_done(grace, training)
    assert finished >= 3
    service.train.start()
    done = finish(grace, training)
    assert (done.state, done.attempt) == ("succeeded", 1)
    assert trials_done(grace, training) >= finished


def test_what_comes_while_no_profile_worker_is_there_waits_for_one(
    service: Deployment, grace: Client, tips: Path
) -> None:
    assert service.profile.stop() == 0
    dataset = grace.upload(tips)
    job = train_briefly(grace, dataset)
    assert (grace.dataset(dataset).state, grace.job(job).state) == ("uploaded", "queued")
    service.profile.start()
    assert grace.wait(job, timeout_s=PATIENCE_S).state == "succeeded"


def test_an_api_told_to_go_finishes_the_uploads_it_has_begun(
    service: Deployment, grace: Client, bearer: dict[str, str], tips: Path
) -> None:
    with SlowRequest(f"{service.url}/api/v1/datasets", tips.read_bytes(), bearer) as upload:
        service.balancer.wait_until_busy(f"api-{service.api.port}")
        service.api.terminate()
        # Nobody else is let in any more, so that a balancer asks another api.
        service.balancer.wait_until(False, f"api-{service.api.port}")
    answer = upload.answer.result()
    assert answer.status_code == 201, answer.text
    assert service.api.stop() == 0
    service.heal()
    assert grace.wait_ready(answer.json()["id"]).rows == 244


def test_a_predictor_told_to_go_finishes_the_predictions_it_has_begun(
    service: Deployment, model: Model, bearer: dict[str, str], tips: Path
) -> None:
    address = f"{service.url}/api/v1/models/{model.id}/predict"
    with SlowRequest(address, tips.read_bytes(), bearer) as prediction:
        service.balancer.wait_until_busy(f"predictor-{service.predictor.port}")
        service.predictor.terminate()
        service.balancer.wait_until(False, f"predictor-{service.predictor.port}")
    answer = prediction.answer.result()
    assert answer.status_code == 200, answer.text
    assert answer.text.count("\n") == 245
    assert service.predictor.stop() == 0


@pytest.mark.parametrize(("part", "path"), [("tables", ""), ("blobs", "/content")])
def test_a_back_end_that_does_not_answer_is_said_to_be_away_and_then_is_back(
    service: Deployment, dataset: Dataset, bearer: dict[str, str], part: str, path: str
) -> None:
    address = f"{service.url}/api/v1/datasets/{dataset.id}{path}"
    stop(getattr(service, part).process.pid)
    answer = requests.get(address, headers=bearer, timeout=60)
    assert (answer.status_code, answer.json()["reason"]) == (503, "UNAVAILABLE")
    assert int(answer.headers["Retry-After"]) > 0
    red = readiness(service)
    assert (red.status_code, parts_down(red)) == (503, [part])
    assert requests.get(f"{service.url}/healthz", timeout=60).ok  # Nobody is to restart what cannot help it.
    assert int(red.headers["Retry-After"]) > 0
    getattr(service, part).process.send_signal(signal.SIGCONT)
    wait_for(lambda: readiness(service).ok)
    assert requests.get(address, headers=bearer, timeout=60).status_code == 200


def test_a_training_outlives_an_outage_of_the_tables(service: Deployment, grace: Client, training: Job) -> None:
    lost = service.train.said("work.failure")
    service.tables.pause()
    # Its worker cannot renew its lease, and lets go before anybody may take over.
    wait_for(lambda: service.train.said("work.failure") > lost)
    service.tables.resume()
    wait_for(lambda: grace.job(training).attempt == 1 and service.train.said("work.claimed"))
    done = finish(grace, training)
    # An outage is no attempt: however many there are, they do not use a job up.
    assert (done.state, done.attempt) == ("succeeded", 1)
    assert trials_done(grace, training) >= 3


@pytest.mark.long
def test_a_worker_told_to_go_while_the_tables_are_away_goes_all_the_same(
    service: Deployment, grace: Client, training: Job
) -> None:
    service.tables.pause()
    assert service.train.stop() == 0
    service.tables.resume()
    service.train.start()
    assert finish(grace, training).state == "succeeded"


def test_a_dead_letter_is_listed_and_retried(service: Deployment, grace: Client, dataset: Dataset) -> None:
    assert service.train.stop() == 0
    job = train_briefly(grace, dataset)
    # Takers that die with the message in their hands.
    for _ in range(DELIVERIES):
        taker = RabbitQueue(service.broker.url, service.queue_prefix)
        assert taker.receive(TRAIN_QUEUE, PATIENCE_S) is not None
        taker.close()
    wait_for(lambda: grace.job(job).state == "failed")
    with pytest.raises(JobFailed, match="No worker could process this task"):
        grace.wait(job)
    (line,) = [line for line in service.run("dead-letters").splitlines() if job.id in line]
    said = service.run("dead-letters", "retry", line.split()[0])
    again = said.split()[1]
    assert f"repeats job {job.id}" in said
    service.train.start()
    assert grace.wait(again, timeout_s=PATIENCE_S).state == "succeeded"
    assert job.id not in service.run("dead-letters")


def test_what_is_no_message_of_ours_is_put_aside(service: Deployment, grace: Client, dataset: Dataset) -> None:
    queue = RabbitQueue(service.broker.url, service.queue_prefix)
    queue.publish(TRAIN_QUEUE, b"hello")
    queue.close()
    wait_for(lambda: "hello" in service.run("dead-letters"))
    (line,) = [line for line in service.run("dead-letters").splitlines() if "hello" in line]
    service.run("dead-letters", "forget", line.split()[0])
    assert "hello" not in service.run("dead-letters")
    assert grace.wait(train_briefly(grace, dataset), timeout_s=PATIENCE_S).state == "succeeded"
