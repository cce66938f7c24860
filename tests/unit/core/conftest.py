"""The use cases over the real embedded back ends, and a clock that tests move."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.factory import create_backends
from core.domain.records import Dataset
from core.domain.users import User
from core.ports import PROFILE_QUEUE, TRAIN_QUEUE, URGENT
from core.service import Service
from core.settings import Settings
from core.tasks.lifecycle import ClaimedTask
from core.tasks.messages import TaskMessage, load_message

CSV = b"age,city,bought\n31,Rome,yes\n45,Oslo,no\n27,Rome,yes\n"


class Clock:
    """A monotonic clock that moves when told, and as a real one never tells the same time twice."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        self.now_s += 1e-6
        return self.now_s

    def pass_s(self, seconds: float) -> None:
        self.now_s += seconds


class World:
    """A service with what tests do again and again: sign up, upload, take messages, claim tasks."""

    def __init__(self, service: Service, clock: Clock) -> None:
        self.service = service
        self.clock = clock
        service.sweeper = service.make_sweeper(clock)
        self.user: User = service.accounts.sign_up("ada", "correct horse")

    def upload(self, *, ready: bool = True, csv: bytes = CSV) -> Dataset:
        dataset = self.service.datasets.create(self.user.id, "people.csv", iter([csv]))
        if ready:
            claimed = self.claim(PROFILE_QUEUE)
            assert claimed is not None
            columns = [{"name": name} for name in dataset.header]
            self.service.datasets.record_profile(claimed.ref, {"rows": 3, "columns": columns, "warnings": []}, None)
            self.service.work.succeed(claimed, {})
            self.service.settler.finalize(claimed.ref)
        return self.service.datasets.get(self.user.id, dataset.id)

    def submit(self, dataset: Dataset | None = None, **spec: object) -> str:
        dataset = dataset or self.upload()
        body = {"dataset_id": dataset.id, "target": "bought", "exclude_columns": [], **spec}
        return self.service.jobs.submit(self.user.id, body).job.id

    def messages(self, queue: str = TRAIN_QUEUE) -> list[TaskMessage]:
        """All messages in the queue now, the urgent ones first."""
        found = []
        for name in (URGENT[queue], queue):
            while (delivery := self.service.ports.queue.receive(name, 0)) is not None:
                found.append(load_message(delivery.body, self.service.kinds))
                delivery.ack()
        return found

    def claim(self, queue: str = TRAIN_QUEUE, owner: str = "worker-1") -> ClaimedTask | None:
        """Claim what the messages name, as a worker would; the first task that could be claimed."""
        claimed = [self.service.claims.claim(message, owner) for message in self.messages(queue)]
        return next((each for each in claimed if each is not None), None)

    def state(self, job_id: str) -> str:
        return self.service.jobs.view(self.service.jobs.get(self.user.id, job_id)).state

    def sweep(self, after_s: float = 0.0) -> None:
        self.clock.pass_s(after_s)
        assert self.service.sweeper.sweep()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings({}, data=str(tmp_path / "data"))


@pytest.fixture
def service(settings: Settings) -> Iterator[Service]:
    ports = create_backends(settings)
    yield Service(ports, settings)
    ports.close()


@pytest.fixture
def world(service: Service) -> World:
    return World(service, Clock())
