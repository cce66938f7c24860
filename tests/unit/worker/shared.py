"""A service over tables in memory, with a training that several workers may share."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from backends.factory import create_backends
from core.datasets.datasets import profile_ref
from core.domain.records import Dataset, Json, TaskRef, TaskState
from core.domain.trainings import Job
from core.ports import TRAIN_QUEUE, Ports
from core.service import Service
from core.settings import Settings
from core.tasks.helpers import HelperLease, HelperSlots
from core.tasks.messages import TaskMessage, load_message
from tests.simulation.memory import MemoryTables
from worker.child_process import ChildProcess
from worker.context import WorkerContext
from worker.distributed.leader import LeaderSearch
from worker.lease_keeper import LeaseRenewer
from worker.messages.to_child import ToChild
from worker.process_pool import ProcessPool
from worker.supervisor import TaskSupervisor
from worker.tasks.training.record import TrainingRecord

ENGINE = "1.0"
SPEC = {"target": "y", "time_budget_s": 100, "parallelism": 3}


class NoPool(ProcessPool):
    """A pool whose children nobody asks for."""

    def __init__(self) -> None: ...


def context(service: Service, folder: Path, pool: ProcessPool | None = None) -> WorkerContext:
    """What the parts of a worker named "helper" share."""
    return WorkerContext(service, "helper", ENGINE, pool or NoPool(), folder, threading.Event(), 1 << 40)


class SilentChild(ChildProcess):
    """A real child that is given nothing to do; what it would have been sent is kept."""

    def __init__(self) -> None:
        self.sent: list[ToChild] = []
        super().__init__(1)

    def send(self, message: ToChild) -> None:
        self.sent.append(message)


class CountingTables:
    """`Tables` in memory that count operations."""

    def __init__(self) -> None:
        self.count = 0
        self.tables = MemoryTables()

    def __getattr__(self, name: str) -> Any:
        self.count += 1
        return getattr(self.tables, name)


class Shared:
    """A user, a dataset that is ready, and jobs that several workers may share."""

    def __init__(self, folder: Path) -> None:
        settings = Settings({}, data=str(folder / "data"))
        embedded = create_backends(settings)
        self.tables = CountingTables()
        self.service = Service(Ports(self.tables, embedded.blobs, embedded.queue), settings)
        self.user = self.service.accounts.sign_up("ada", "correct horse").id
        self.dataset = self._ready()
        self.settings = settings
        self.folder = folder
        self.service.sweeper.sweep()

    def _ready(self) -> Dataset:
        service = self.service
        dataset = service.datasets.create(self.user, "a.csv", iter([b"a,y\n1,2\n"]))
        claimed = service.work.claim(TaskMessage(profile_ref(dataset)), "profiler")
        assert claimed is not None
        service.datasets.record_profile(claimed.ref, {"rows": 1, "columns": [{"name": "a"}, {"name": "y"}]}, None)
        service.work.succeed(claimed, {})
        service.settler.finalize(claimed.ref)
        return service.datasets.get(self.user, dataset.id)

    def submit(self, **changes: Any) -> Job:
        return self.service.jobs.submit(self.user, {"dataset_id": self.dataset.id, **SPEC, **changes}).job

    def ref(self, job: Job) -> TaskRef:
        return TaskRef("train", self.user, job.id)

    def messages(self) -> list[TaskMessage]:
        """What the training queue holds, taken off it."""
        found = []
        while (delivery := self.service.ports.queue.receive(TRAIN_QUEUE, 0)) is not None:
            found.append(load_message(delivery.body, self.service.kinds))
            delivery.ack()
        return found

    def task_state(self, job: Job) -> TaskState:
        task_state = self.service.work.state(self.ref(job))
        assert task_state is not None
        return task_state

    def slot(self, job: Job, worker: str = "helper") -> tuple[HelperSlots, HelperLease]:
        slots = HelperSlots(self.tables, self.ref(job))
        slot = slots.acquire(2, worker, 1)
        assert slot is not None
        return slots, slot

    @contextmanager
    def led(self, job: Job) -> Iterator[tuple[LeaderSearch, SilentChild]]:
        """The search, as its leader has it."""
        claimed = self.service.claims.claim(TaskMessage(self.ref(job)), "leader", ENGINE)
        assert claimed is not None
        child = SilentChild()
        try:
            with LeaseRenewer(self.service.work, claimed, self.settings, child.kill_group) as lease:
                supervisor = TaskSupervisor(context(self.service, self.folder), lease, child, self.folder)
                yield LeaderSearch(supervisor, TrainingRecord(supervisor, job), job), child
        finally:
            child.kill()


def trial(number: int, state: str = "running", **changes: Any) -> Json:
    score = 0.5 if state == "complete" else None
    return {
        "number": number, "model": "linear", "state": state, "started_at": "", "score": score, "fit_s": 1.0,
        "params": {"C": number}, "reason": "", **changes,
    }  # fmt: skip
