"""A worker whose back ends go away in the middle."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.open import open_ports
from core import states
from core.datasets import profile_ref
from core.errors import Unavailable
from core.jobs import JobView
from core.messages import Doorbell
from core.ports import TRAIN_QUEUE
from core.service import Service
from core.settings import Settings
from worker import conduct, loop
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
