"""Endpoints that are watched, requests that are kept of them, and a wall clock that tests move."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backends.factory import create_backends
from core.domain.endpoints import Endpoint
from core.domain.ids import new_id, rfc3339
from core.domain.monitoring import Monitor, Window
from core.domain.prediction_ids import least_id
from core.domain.records import Json, TaskRef
from core.monitoring.window_rows import parts_of, task_ref
from core.monitoring.windows import Worked
from core.ports import PROFILE_QUEUE
from core.requests.segments import Segment, segment_key
from core.service import Service
from core.settings import Settings
from core.storage import rows
from core.storage.due_rows import due_until, minute_of
from core.tasks.lifecycle import ClaimedTask
from core.tasks.messages import TaskMessage
from tests.simulation.memory import MemoryBlobs, MemoryTables
from tests.unit.core.conftest import Clock, World
from tests.unit.core.endpoints.conftest import Served

START = datetime(2026, 11, 30, 10, 30, tzinfo=UTC)


@dataclass
class Heard:
    """Events that were sent, each once."""

    events: dict[str, tuple[str, Json]] = field(default_factory=dict)

    def emit(
        self, user_id: str, type: str, data: Json, *, id: str, endpoint: str | None = None, to: Collection[str] = ()
    ) -> None:
        self.events.setdefault(id, (type, {**data, "endpoint": endpoint, "to": list(to)}))

    @property
    def types(self) -> list[tuple[str, str]]:
        return [(type, data["kind"]) for type, data in self.events.values()]


class Watched(Served):
    """A user with an endpoint `income` that is watched."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.monitoring = world.service.monitoring
        self.now = START
        self.waiting: list[TaskMessage] = []
        self.monitoring.pulses.clock = lambda: self.now
        self.sent = self.monitoring.reviews.notifications = Heard()  # type: ignore[assignment]
        self.endpoint()
        self.own: Endpoint = self.service.endpoints.get(self.user_id, "income")
        self.monitoring.pulses.ensure(self.own)
        self.alter(created_at=rfc3339(START))

    def endpoint(self, versions: int = 1, name: str = "income") -> None:
        """Make an endpoint; nobody makes the file that would serve it."""
        super().endpoint(versions, name)
        self.world.messages(PROFILE_QUEUE)

    @property
    def monitor(self) -> Monitor:
        monitor = self.monitoring.monitors.find(self.own)
        assert monitor is not None
        return monitor

    def alter(self, **fields: Any) -> None:
        self.monitoring.monitors.update(self.own, lambda monitor: replace(monitor, **fields))

    def set(self, **settings: Any) -> None:
        self.monitoring.put(self.user_id, "income", settings)

    def answer(self, at: datetime, n: int) -> None:
        """Have a segment of n requests of that moment."""
        first, last = (least_id(int(at.timestamp() * 1000) + ms) for ms in (0, 1))
        segment = Segment(self.own.id, f"{self.user_id}/requests/{self.own.id}/2026-11-30/{first}-x", n, 1, first, last)
        self.service.ports.tables.put(segment_key(self.own, segment), rows.dump(segment))

    def pass_time(self, **by: float) -> None:
        """Move the wall clock, and look at what is due, as the sweeper does."""
        until = self.now + timedelta(**by)
        while (due := self.due_at()) is not None and due <= until:
            self.now = max(self.now, due)
            self.fire()
        self.now = until

    def due_at(self) -> datetime | None:
        found = self.service.ports.tables.scan("due#", 1)
        return datetime.fromisoformat(found[0].key.split("#")[1] + ":00+00:00") if found else None

    def fire(self) -> None:
        for due in list(due_until(self.service.ports.tables, minute_of(rfc3339(self.now)), {"monitor"})):
            self.monitoring.pulses.fire(due)

    @property
    def windows(self) -> list[Window]:
        """The newest first."""
        return self.monitoring.page(self.user_id, "income", None, None, 200).items

    def work(self, **signals: bool | None) -> list[Window]:
        """Do what workers do with the windows that wait; each says these signals."""
        done = []
        while (claimed := self.claim()) is not None:
            window = self.monitoring.windows.of(self.own, claimed.ref)
            assert window is not None
            findings = [{"kind": kind, "detail": f"{kind}!", "figures": {}} for kind, value in signals.items() if value]
            worked = Worked({"columns": []}, 500, 0, signals=dict(signals), findings=findings)
            self.monitoring.windows.record(self.own, window, worked, self.now)
            self.service.work.succeed(claimed, {})
            self.service.settler.finalize(claimed.ref)
            done.append(window)
        return done

    def claim(self) -> ClaimedTask | None:
        """Claim a window that waits, as a worker would that has nothing else to do."""
        self.waiting += self.world.messages(PROFILE_QUEUE)
        while self.waiting:
            message = self.waiting.pop(0)
            if claimed := self.service.claims.claim(message, f"worker-{new_id()}"):
                return claimed
        return None

    def windows_of(self, ref: TaskRef) -> Window:
        """The window of a task, whatever has become of it."""
        _, _, start, end, revision = parts_of(ref)
        return replace(Window("income", self.user_id, self.own.id, rfc3339(start), rfc3339(end), ""), revision=revision)

    def is_queued(self, window: Window) -> bool:
        return self.service.work.state(task_ref(self.own, window)) is not None


@pytest.fixture
def watched(settings: Settings) -> Iterator[Watched]:
    """Rows and blobs are in memory: some tests pass through months."""
    ports = create_backends(settings)
    service = Service(replace(ports, tables=MemoryTables(), blobs=MemoryBlobs()), settings)
    yield Watched(World(service, Clock()))
    ports.close()
