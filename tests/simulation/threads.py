"""Stand-ins for the modules `threading`, `time`, `secrets`, `datetime` and `random` in the code that is simulated.

They are in place for the whole program. A thread that an earlier test has left running gets the real clocks and dice:
one number that it took from the seed's would be another storm.
"""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from math import inf

import pytest

from tests.simulation.scheduler import Scheduler, Task

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
SIMULATED = {
    "threading": ("core.maintenance.sweeper_thread", "worker.worker", "worker.lease_keeper"),
    "time": (
        "core.domain.ids",
        "core.domain.prediction_ids",
        "core.maintenance.request_logs",
        "core.requests.label_upkeep",
        "core.tasks.helpers",
        "core.tasks.lifecycle",
        "core.tasks.queue_position",
        "worker.lease_keeper",
        "worker.supervisor",
        "worker.tasks.request_log.files",
        "worker.tasks.request_log.forgetting",
        "worker.tasks.request_log.gathering",
        "worker.tasks.training.record",
        "worker.distributed.leader",
        "worker.distributed.helper",
        "worker.distributed.leader_watch",
        "backends.retry",
    ),
    "secrets": (
        "core.domain.ids",
        "core.tasks.lifecycle",
        "core.tasks.helpers",
        "core.maintenance.leadership",
        "worker.worker",
    ),
    "datetime": (
        "core.domain.ids",
        "core.requests.gatherings",
        "worker.tasks.request_log.files",
        "worker.tasks.request_log.forgetting",
        "worker.tasks.request_log.gathering",
    ),
    "random": ("backends.retry",),
}


class Stage:
    """What the stand-ins act on: the world of the moment."""

    scheduler: Scheduler


class Event:
    """`threading.Event`."""

    def __init__(self) -> None:
        self.is_set_now = False
        self.waiters: list[Task] = []

    def is_set(self) -> bool:
        return self.is_set_now

    def set(self) -> None:
        self.is_set_now = True
        for waiter in self.waiters:
            Stage.scheduler.wake(waiter)

    def wait(self, timeout: float | None = None) -> bool:
        scheduler = Stage.scheduler
        deadline_s = inf if timeout is None else scheduler.now_s + timeout
        while not self.is_set_now and scheduler.now_s < deadline_s:
            self.waiters.append(scheduler.current)
            try:
                scheduler.wait_until(deadline_s)
            finally:
                self.waiters.remove(scheduler.current)
        return self.is_set_now


class Lock:
    """`threading.Lock`, as a context."""

    def __init__(self) -> None:
        self.free = Event()
        self.free.set()

    def __enter__(self) -> None:
        while not self.free.is_set_now:
            self.free.wait()
        self.free.is_set_now = False

    def __exit__(self, *_: object) -> None:
        self.free.set()


class Thread:
    """`threading.Thread`: of the process that starts it."""

    def __init__(self, target: Callable[[], object], name: str = "", daemon: bool = True) -> None:
        self.target = target
        self.task: Task | None = None

    def start(self) -> None:
        self.task = Stage.scheduler.spawn(Stage.scheduler.current.process, self.target)

    def join(self, timeout: float | None = None) -> None:
        if self.task is not None:
            Stage.scheduler.join(self.task)


def wall_clock() -> datetime:
    """As the process that asks has it."""
    scheduler = Stage.scheduler
    return BEGAN + timedelta(seconds=scheduler.now_s + scheduler.current.process.wall_offset_s)


class SimulatedThreading:
    Event = Event
    Lock = Lock
    Thread = Thread


class SimulatedTime:
    @staticmethod
    def monotonic() -> float:
        """Each process has its own origin."""
        scheduler = Stage.scheduler
        if not scheduler.runs_here():
            return time.monotonic()
        return scheduler.now_s + scheduler.current.process.clock_offset_s

    @staticmethod
    def time_ns() -> int:
        return int(wall_clock().timestamp() * 1e9) if Stage.scheduler.runs_here() else time.time_ns()

    @staticmethod
    def sleep(seconds: float) -> None:
        (Stage.scheduler.sleep if Stage.scheduler.runs_here() else time.sleep)(seconds)


class SimulatedSecrets:
    @staticmethod
    def token_bytes(count: int) -> bytes:
        return Stage.scheduler.random.randbytes(count) if Stage.scheduler.runs_here() else secrets.token_bytes(count)

    @staticmethod
    def token_hex(count: int) -> str:
        return SimulatedSecrets.token_bytes(count).hex()


class SimulatedDatetime:
    fromisoformat = datetime.fromisoformat

    @staticmethod
    def now(zone: tzinfo) -> datetime:
        return wall_clock() if Stage.scheduler.runs_here() else datetime.now(zone)


class SimulatedRandom:
    @staticmethod
    def uniform(low: float, high: float) -> float:
        return (Stage.scheduler.random if Stage.scheduler.runs_here() else random).uniform(low, high)


STAND_INS = {
    "threading": SimulatedThreading,
    "time": SimulatedTime,
    "secrets": SimulatedSecrets,
    "datetime": SimulatedDatetime,
    "random": SimulatedRandom,
}


def put_in_place(patch: pytest.MonkeyPatch) -> None:
    """Give the simulated modules the stand-ins."""
    for name, modules in SIMULATED.items():
        for module in modules:
            patch.setattr(f"{module}.{name}", STAND_INS[name])
