"""A worker whose back ends go away in the middle."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.open import open_ports
from core import rows, states
from core.datasets import profile_ref
from core.errors import Unavailable
from core.jobs import JobView
from core.messages import Doorbell
from core.ports import TRAIN_QUEUE
from core.records import Json, WorkRef
from core.service import Service
from core.settings import Settings
from core.work import Held
from worker import conduct, loop
from worker.child import ChildDied
from worker.conduct import Conduct
from worker.loop import Worker

USER = "user"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    settings = Settings({}, data=str(tmp_path / "data"))
    ports = open_ports(settings)
    yield Service(ports, settings)
    ports.close()


@pytest.fixture
def worker(service: Service) -> Iterator[Worker]:
    made = Worker(service, TRAIN_QUEUE)
    yield made
    made.nursery.close()


def submit(service: Service) -> str:
    """A job that can begin."""
    dataset = service.datasets.create(USER, "a.csv", iter([b"a,y\n1,2\n"]))
    ref = profile_ref(dataset)
    held = service.work.claim(Doorbell(ref), "profiler")
    assert held is not None
    service.datasets.record_profile(ref, {"rows": 1, "columns": [{"name": "a"}, {"name": "y"}]}, None)
    service.work.succeed(held, {})
    service.settler.settle(ref)
    return service.jobs.submit(USER, {"dataset_id": dataset.id, "target": "y", "time_budget_s": 1}).job.id


def view(service: Service, job: str) -> JobView:
    return service.jobs.view(service.jobs.get(USER, job))


def test_a_message_is_held_until_the_tables_are_back(
    worker: Worker, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = submit(service)
    claim, tries = service.claims.claim, []

    def away_at_first(*args: object) -> object:
        tries.append(args)
        if len(tries) == 1:
            raise Unavailable("no tables")
        return claim(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(service.claims, "claim", away_at_first)
    monkeypatch.setattr(worker, "_do", lambda held: None)
    worker.work_once()
    assert view(service, job).state == states.RUNNING
    assert service.ports.queue.take(TRAIN_QUEUE, 0) is None


@pytest.mark.parametrize("outage", [True, False])
def test_a_lease_that_was_lost_in_an_outage_is_no_attempt_of_the_work(
    worker: Worker, service: Service, monkeypatch: pytest.MonkeyPatch, outage: bool
) -> None:
    service.settings.values.update(lease_s=0.2, renew_s=0.05)
    job, over = submit(service), threading.Event()

    def renew(held: Held, _: float) -> Held:
        if outage:
            raise Unavailable("no tables")
        over.wait(60)  # A machine that is too busy to get there in time.
        return held

    def wait_until_lost(conduct: Conduct) -> Json:
        assert conduct.lease.lost.wait(60)
        over.set()
        conduct.check()
        raise AssertionError

    monkeypatch.setattr(service.work, "renew", renew)
    monkeypatch.setattr(worker, "_result", wait_until_lost)
    worker.work_once()
    after = view(service, job)
    assert (after.state, after.control.epoch, after.control.attempt) == (states.QUEUED, 1, 0 if outage else 1)


def test_a_message_that_cannot_be_acknowledged_is_worked_on_all_the_same(
    worker: Worker, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = submit(service)
    done: list[Held] = []
    monkeypatch.setattr(worker, "_do", done.append)

    def away(*_: object) -> None:
        raise Unavailable("no broker")

    monkeypatch.setattr("backends.local.LocalDelivery.ack", away)
    worker.work_once()
    assert [held.ref.id for held in done] == [job]


def test_only_a_training_that_died_itself_twice_is_given_up(
    worker: Worker, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = submit(service)

    def crash(_: Conduct) -> Json:
        raise ChildDied(-6)

    ref = WorkRef("train", USER, job)
    lost = service.work.claim(Doorbell(ref), "a worker that is killed")
    assert lost is not None
    service.work.ring(ref, silent=rows.digest(lost.raw))
    monkeypatch.setattr(worker, "_result", crash)
    for state in (states.QUEUED, states.FAILED):
        while view(service, job).control.epoch < 3 and service.ports.queue.depth(TRAIN_QUEUE):
            worker.work_once()
            if view(service, job).state == state:
                break
        assert view(service, job).state == state
    after = view(service, job).control
    assert after.error is not None
    assert (after.error["reason"], after.attempt) == ("TRAINING_CRASHED", 3)


def test_an_outage_is_no_attempt_of_the_work(worker: Worker, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "OUTAGE_S", 0.0)
    monkeypatch.setattr(conduct, "READ_TRIES", 1)
    job = submit(service)

    def away(*_: object) -> None:
        raise Unavailable("no blobs")

    monkeypatch.setattr(service.ports.blobs, "read", away)
    worker.work_once()
    after = view(service, job)
    assert (after.state, after.control.epoch, after.control.attempt) == (states.QUEUED, 1, 0)
