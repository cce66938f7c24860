"""A small deployment in one thread's hands: api and workers as they are, over ports that fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backends.retry import RetryingBlobs, RetryingTables
from core.domain.ids import now
from core.domain.records import Json, Model
from core.domain.trainings import Job
from core.maintenance.sweeper_thread import SweeperThread
from core.ports import PROFILE_QUEUE, TRAIN_QUEUE, Blobs, Ports, Tables
from core.service import Service
from core.settings import Settings
from core.storage import rows
from tests.simulation.child import ChildEnds, PlayedChild
from tests.simulation.faults import FaultPlan, FaultyBlobs, FaultyPort, FaultyQueue, FaultyTables
from tests.simulation.memory import MemoryBlobs, MemoryQueue, MemoryTables
from tests.simulation.scheduler import Process, Scheduler
from tests.simulation.threads import SimulatedTime, Stage
from tests.simulation.watcher import Watcher
from worker.worker import Worker

RESTART_S = 1.0
STALL_S = 15.0
PATIENCE_S = 6.0


@dataclass
class Answer:
    """What became of a request: a value, an error, or nothing, where its process died or took too long."""

    value: Any = None
    error: Exception | None = None
    came: bool = False


@dataclass
class Role:
    """A place in the deployment; whatever process is in it may be killed, and another follows."""

    name: str
    queue: str | None
    process: Process = field(default_factory=lambda: Process("none"))
    service: Service | None = None
    starts: int = 0


class World:
    """Everything there is. `folder` is for the workers' own files."""

    def __init__(
        self, seed: int, folder: Path, *, train_workers: int = 2, ends: dict[str, int], schedules: bool = False,
        **settings: Any,
    ) -> None:  # fmt: skip
        self.folder = folder
        self.schedules = schedules
        self.scheduler = Stage.scheduler = Scheduler(seed)
        self.settings = Settings({}, **{"stall_s": STALL_S, "retry_s": 0.0, "orphan_age_s": 60, **settings})
        self.weather = FaultPlan()
        self.watcher = Watcher(self.settings, lambda: self.scheduler.now_s, self._trained)
        self.ends = PlayedChild.ends = ChildEnds(ends)
        self.tables, self.blobs, self.broker = MemoryTables(self.watcher.saw), MemoryBlobs(), MemoryQueue()
        self.direct = Service(Ports(self.tables, self.blobs, self._queue(Process("outside"))), self.settings)  # type: ignore[arg-type]
        names = [("api", None), ("profile", PROFILE_QUEUE)]
        names += [(f"train-{number}", TRAIN_QUEUE) for number in range(train_workers)]
        self.roles = [Role(name, queue) for name, queue in names]
        self.api = self.roles[0]
        for role in self.roles:
            self.start(role)

    # -- processes --

    def start(self, role: Role) -> None:
        """A new process in the role."""
        role.starts += 1
        offset_s = self.scheduler.random.random() * 1000
        process = role.process = Process(role.name, offset_s)
        role.service = self.service(process)
        self.scheduler.spawn(process, lambda: self._main(role, process))

    def kill(self, role: Role) -> None:
        self.scheduler.kill(role.process)

    def service(self, process: Process) -> Service:
        """The use cases of one process."""
        line = FaultyPort(self.scheduler, self.weather, process)
        tables: Tables = FaultyTables(line, self.tables)
        blobs: Blobs = FaultyBlobs(line, self.blobs)
        if self.settings.retry_s:
            tables, blobs = RetryingTables(tables, self.settings.retry_s), RetryingBlobs(blobs, self.settings.retry_s)
        made = Service(Ports(tables, blobs, FaultyQueue(line, self.broker)), self.settings)
        made.sweeper = made.make_sweeper(SimulatedTime.monotonic)
        made.scheduler = made.make_scheduler(SimulatedTime.monotonic, at_once=1)
        return made

    def _main(self, role: Role, process: Process) -> None:
        assert role.service is not None
        if role.queue is None:
            SweeperThread(role.service.sweeper, self.settings.sweep_s).start()
            if self.schedules:
                SweeperThread(role.service.scheduler, self.settings.sweep_s).start()
            self.scheduler.wait_until()
        else:
            Worker(role.service, role.queue).run()

    def tend(self) -> None:
        """What a supervisor and a broker do: dead processes are followed by new ones, their messages come back."""
        for role in self.roles:
            if not role.process.alive:
                self.broker.give_back(role.process)
                self.start(role)

    def _queue(self, process: Process) -> FaultyQueue:
        return FaultyQueue(FaultyPort(self.scheduler, FaultPlan(), process), self.broker)

    def _trained(self, job: str) -> bool:
        """Whether a child works on it whose worker could have killed it: one that is stopped cannot."""
        raw = self.tables.get(f"job#{job}")
        tag = raw and rows.load(Job, raw).spec["tag"]
        at_work = [child for child in self.ends.children if child.alive and child.at_work and child.process.alive]
        return any(child.tag == tag and child.process.stopped_until_s < self.scheduler.now_s for child in at_work)

    # -- users --

    def put_model(self, user_id: str, id: str, summary: Json) -> None:
        """One that was trained long ago."""
        blob = f"{user_id}/models/{id}"
        info = self.blobs.write(blob, [id.encode()])
        model = Model(id, user_id, "job", "data", now(), blob, info.size_bytes, info.sha256, summary, committed=True)
        self.tables.put(rows.key("model", user_id, id), rows.dump(model))

    def ask(self, request: Callable[[Service], object]) -> Answer:
        """Have the api answer a request. A user waits but so long; the request goes on without him."""
        answer, service = Answer(), self.api.service
        assert service is not None

        def handle() -> None:
            try:
                answer.value = request(service)
            except Exception as exc:
                answer.error = exc
            answer.came = True

        self.scheduler.join(self.scheduler.spawn(self.api.process, handle), PATIENCE_S)
        return answer if answer.came else Answer()

    # -- the end --

    def close(self) -> None:
        """End every thread."""
        for role in self.roles:
            role.process.alive = False
        while len(self.scheduler.tasks) > 1:
            self.scheduler.sleep(0.0)
