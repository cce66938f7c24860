"""Windows that fall due while sweepers crash, stall, and disagree about the time: each is asked for, and once.

Several sweep at the same time here, without the lease that keeps real ones apart: as when one was stopped for long.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

import pytest

from core.domain.endpoints import Endpoint
from core.domain.ids import rfc3339
from core.domain.monitoring import Window
from core.domain.prediction_ids import least_id
from core.domain.users import User
from core.errors import Unavailable
from core.maintenance.due_work import DueWork
from core.maintenance.monitor_upkeep import MonitorUpkeep
from core.monitoring.monitor_rows import DUE_KIND, due_of
from core.monitoring.windows import SETTLED_AFTER
from core.ports import Ports, Tables
from core.requests.segments import Segment, segment_key
from core.service import Service
from core.settings import Settings
from core.storage import rows
from tests.simulation.faults import ANSWER_LOST, CRASH_AFTER, CRASH_BEFORE, REFUSED, FaultPlan, FaultyPort, FaultyTables
from tests.simulation.memory import MemoryBlobs, MemoryQueue, MemoryTables
from tests.simulation.scheduler import Process, Scheduler, Task
from tests.simulation.threads import BEGAN, SimulatedTime, Stage

USER = "ada"
ENDPOINTS = ("a", "b", "c")
HOURS = 3
SWEEP_S = 10.0
STEP = timedelta(minutes=15)
CLOCKS_APART_S = 300.0


class Stand:
    """Endpoints with requests in every quarter of an hour, and sweepers on their way to the tables."""

    def __init__(self, seed: int) -> None:
        self.scheduler = Stage.scheduler = Scheduler(seed)
        self.dice = Random(seed)
        self.weather = FaultPlan()
        self.tables = MemoryTables(self._look)
        self.settings = Settings({})
        self.direct = self._service(self.tables)
        self.tables.put(rows.key("user", USER), rows.dump(User(USER, USER, "")))
        for name in ENDPOINTS:
            self.direct.endpoints.create(USER, name, "user/ada")
            self._requests(self.direct.endpoints.get(USER, name))
            self.direct.monitoring.put(USER, name, {"window": "1h", "every": "15m"})

    def _service(self, tables: Tables) -> Service:
        return Service(Ports(tables, MemoryBlobs(), MemoryQueue()), self.settings)  # type: ignore[arg-type]

    def _requests(self, endpoint: Endpoint) -> None:
        for quarter in range(HOURS * 4 + 8):
            first = least_id(int((BEGAN + quarter * STEP).timestamp() * 1000) + 1000)
            blob = f"{USER}/requests/{endpoint.id}/x/{first}-x"
            segment = Segment(endpoint.id, blob, 300, 1, first, first)
            self.tables.put(segment_key(endpoint, segment), rows.dump(segment))

    def _look(self, key: str, _: bytes | None, new: bytes | None) -> None:
        """No window is ever made anew: what asks for it twice finds it."""
        if key.startswith("window#") and new is not None:
            window = rows.load(Window, new)
            assert (window.revision, window.scheduled) == (1, True), key

    def spawn(self, number: int, clock_s: float) -> tuple[Process, Task]:
        process = Process(f"sweeper-{number}")
        process.wall_offset_s = clock_s
        service = self._service(FaultyTables(FaultyPort(self.scheduler, self.weather, process), self.tables))
        due = DueWork(
            service.ports.tables, {DUE_KIND: service.monitoring.pulses.fire}, SimulatedTime.monotonic
        )  # fmt: skip
        upkeep = MonitorUpkeep(service.ports.tables, service.monitoring.pulses)

        def live() -> None:
            rounds = 0
            while True:
                try:
                    due.run()
                    if rounds % 6 == 5:
                        upkeep.run()
                except Unavailable:
                    pass
                rounds += 1
                self.scheduler.sleep(SWEEP_S)

        return process, self.scheduler.spawn(process, live)

    def windows(self, name: str) -> list[str]:
        endpoint = self.direct.endpoints.get(USER, name)
        return sorted(window.end for window in self.direct.monitoring.windows.rows.newest_first(endpoint))

    def check(self, until: datetime) -> None:
        """Every window that has ended is there, each with its task, and each endpoint is found again."""
        ends = []
        end = BEGAN + STEP
        while end <= until:
            ends.append(rfc3339(end))
            end += STEP
        for name in ENDPOINTS:
            assert self.windows(name) == ends
            endpoint = self.direct.endpoints.get(USER, name)
            monitor = self.direct.monitoring.monitors.find(endpoint)
            assert monitor is not None
            assert self.tables.get(due_of(monitor).key) is not None
        assert len(self.tables.scan("control#monitor#", 10_000)) == len(ends) * len(ENDPOINTS)
        assert len(self.tables.scan("due#", 100)) == len(ENDPOINTS)


@pytest.mark.parametrize("seed", range(12))
def test_each_window_is_asked_for_once_whatever_happens_to_sweepers(seed: int) -> None:
    stand = Stand(seed)
    dice, scheduler = stand.dice, stand.scheduler
    stand.weather.odds = {CRASH_BEFORE: 0.004, CRASH_AFTER: 0.004, REFUSED: 0.02, ANSWER_LOST: 0.02}
    offsets = [0.0, CLOCKS_APART_S, -CLOCKS_APART_S]
    sweepers = [stand.spawn(number, offsets[number]) for number in range(3)]
    while scheduler.now_s < HOURS * 3600:
        scheduler.sleep(30.0)
        for number, (process, _) in enumerate(sweepers):
            if not process.alive:
                sweepers[number] = stand.spawn(number, offsets[number])
            elif dice.random() < 0.02:
                process.stopped_until_s = scheduler.now_s + dice.random() * 900
    assert sum(stand.weather.crashes.values()) > 5
    stand.weather.clear()
    for process, _ in sweepers:
        process.stopped_until_s = 0.0
        process.wall_offset_s = 0.0
    scheduler.sleep(1000.0)
    now = BEGAN + timedelta(seconds=scheduler.now_s)
    if now.minute % 15 == 1:  # Just then windows fall due.
        scheduler.sleep(120.0)
        now += timedelta(seconds=120)
    for process, _ in sweepers:
        scheduler.kill(process)
    scheduler.sleep(1.0)
    if scheduler.failures:
        raise scheduler.failures[0]
    stand.check(now - SETTLED_AFTER)
