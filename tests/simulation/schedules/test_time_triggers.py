"""Pipelines and sources that fall due while schedulers crash, stall, and disagree about the time.

Several schedule at the same time here, without the lease that keeps real ones apart: as when one was stopped for long.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from core.domain.ids import rfc3339
from core.domain.pipelines import Pipeline
from core.domain.sources import Source
from core.domain.users import User
from core.errors import Unavailable
from core.maintenance.schedule_upkeep import ScheduleUpkeep
from core.pipelines.pipeline_rows import due_of, key
from core.pipelines.triggers.time_trigger import next_time
from core.ports import Ports, Tables
from core.schedules.cron import Cron, utc_minute
from core.schedules.schedule import moment_of
from core.service import Service
from core.settings import Settings
from core.sources.source_rows import source_key
from core.storage import due_rows, rows
from tests.simulation.faults import ANSWER_LOST, CRASH_AFTER, CRASH_BEFORE, REFUSED, FaultPlan, FaultyPort, FaultyTables
from tests.simulation.memory import MemoryBlobs, MemoryQueue, MemoryTables
from tests.simulation.scheduler import Process, Scheduler, Task
from tests.simulation.threads import BEGAN, SimulatedTime, Stage

USER = "ada"
HOURS = 3
LOOK_S = 10.0
CLOCKS_APART_S = 300.0
CRONS = {"fives": "*/5 * * * *", "thrice": "2-59/20 * * * *", "hourly": "@hourly", "nightly": "45 1 * * *"}


class Stand:
    """Pipelines whose data is gone, so that each run is over at once, a source, and schedulers on their way to them."""

    def __init__(self, seed: int) -> None:
        self.scheduler = Stage.scheduler = Scheduler(seed)
        self.dice = Random(seed)
        self.weather = FaultPlan()
        self.made: Counter[str] = Counter()
        self.tables = MemoryTables(self._look)
        self.settings = Settings({})
        self.direct = self._service(self.tables)
        self.tables.put(rows.key("user", USER), rows.dump(User(USER, USER, "")))
        for name, cron in CRONS.items():
            self._plan(Pipeline(
                name, USER, name, "income", rfc3339(BEGAN), rfc3339(BEGAN), data={"dataset_id": "gone"},
                job={"target": "y"}, when=[{"cron": cron, "timezone": "UTC", "missed": "once"}], overlap="queue",
            ))  # fmt: skip
        source = Source("s", USER, "s", "http", rfc3339(BEGAN), refresh={"cron": "*/15 * * * *"})
        self.tables.put(source_key(USER, "s"), rows.dump(self.direct.sources.plan(source)))

    def _plan(self, pipeline: Pipeline) -> None:
        at = next_time(pipeline, BEGAN)
        pipeline = Pipeline(**{**vars(pipeline), "next_at": at})
        due = due_of(pipeline)
        assert due is not None
        due_rows.put(self.tables, due)
        self.tables.put(key(USER, pipeline.id), rows.dump(pipeline))

    def _service(self, tables: Tables) -> Service:
        return Service(Ports(tables, MemoryBlobs(), MemoryQueue()), self.settings)  # type: ignore[arg-type]

    def _look(self, key: str, old: bytes | None, new: bytes | None) -> None:
        if key.startswith("run#"):
            assert new is not None, f"{key} was deleted"
            self.made[key] += old is None

    def spawn(self, number: int, clock_s: float) -> tuple[Process, Task]:
        process = Process(f"scheduler-{number}")
        process.wall_offset_s = clock_s
        service = self._service(FaultyTables(FaultyPort(self.scheduler, self.weather, process), self.tables))
        due = service.make_scheduler(SimulatedTime.monotonic, at_once=1).due
        upkeep = ScheduleUpkeep(service.ports.tables)

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
                self.scheduler.sleep(LOOK_S)

        return process, self.scheduler.spawn(process, live)

    def keys(self, name: str) -> list[str]:
        start = rows.prefix("run", USER, name)
        return sorted(row.key.removeprefix(start) for row in rows.scan_all(self.tables, start))

    def check(self, until: datetime) -> None:
        """Every minute that has come has its run, made once, and everything is found when it is due next."""
        assert set(self.made.values()) == {1}
        planned = set()
        for name, cron in CRONS.items():
            pipeline = self.direct.pipelines.get(USER, name)
            assert pipeline.next_at is not None
            came, at = [], BEGAN
            while (at := Cron.parse(cron).next(at)) < moment_of(pipeline.next_at):
                came.append(f"t{utc_minute(at)}Z")
            assert self.keys(name) == came
            assert moment_of(pipeline.next_at) > until
            due = due_of(pipeline)
            assert due is not None
            planned.add(due.key)
        source = self.direct.sources.get(USER, "s")
        assert source.next_at is not None
        assert moment_of(source.next_at) > until
        planned.add(rows.key("due", source.next_at, "source", USER, "s"))
        assert {row.key for row in self.tables.scan("due#", 100)} == planned


@pytest.mark.parametrize("seed", range(10))
def test_each_minute_has_one_run_whatever_happens_to_schedulers(seed: int) -> None:
    stand = Stand(seed)
    dice, scheduler = stand.dice, stand.scheduler
    stand.weather.odds = {CRASH_BEFORE: 0.002, CRASH_AFTER: 0.002, REFUSED: 0.02, ANSWER_LOST: 0.02}
    offsets = [0.0, CLOCKS_APART_S, -CLOCKS_APART_S]
    schedulers = [stand.spawn(number, offsets[number]) for number in range(3)]
    while scheduler.now_s < HOURS * 3600:
        scheduler.sleep(30.0)
        for number, (process, _) in enumerate(schedulers):
            if not process.alive:
                schedulers[number] = stand.spawn(number, offsets[number])
            elif dice.random() < 0.02:
                process.stopped_until_s = scheduler.now_s + dice.random() * 300
    assert sum(stand.weather.crashes.values()) > 5
    stand.weather.clear()
    for process, _ in schedulers:
        process.stopped_until_s = 0.0
        process.wall_offset_s = 0.0
    scheduler.sleep(400.0)
    now = (BEGAN + timedelta(seconds=scheduler.now_s)).astimezone(UTC)
    if now.minute % 5 in (0, 4):  # Just then something falls due.
        scheduler.sleep(150.0)
        now += timedelta(seconds=150)
    for process, _ in schedulers:
        scheduler.kill(process)
    scheduler.sleep(1.0)
    if scheduler.failures:
        raise scheduler.failures[0]
    stand.check(now)
