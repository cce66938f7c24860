"""What is due is done soon, in its order, by one process; what fails or is slow keeps nothing else waiting."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from core.errors import Unavailable
from core.maintenance.due_work import PAUSE_S, DueWork
from core.maintenance.scheduler import LEASE_S, OVERDUE, UPKEEP_S, Scheduler
from core.storage import due_rows
from core.storage.due_rows import Due

if TYPE_CHECKING:
    from tests.unit.core.conftest import World

LONG_AGO = "2026-01-01T00:00"
NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
MAX_FOUND = 7


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.maintenance.due_work.MAX_FOUND", MAX_FOUND)


class Bench:
    """A scheduler of one kind of work, which notes what it did. It is noon by its wall clock."""

    def __init__(self, world: World, at_once: int = 1) -> None:
        self.at = NOON
        self.clock, self.tables = world.clock, world.service.ports.tables
        self.done: list[Due] = []
        self.broken: set[str] = set()
        self.takes_s = 0.0
        self.due = DueWork(self.tables, {"test": self.fire}, self.clock, at_once, lambda: self.at)
        self.kept_up = 0
        self.scheduler = Scheduler(self.tables, self.due, self.keep_up, self.clock)

    def put(self, id: str, at: str = LONG_AGO, kind: str = "test") -> Due:
        due = Due(at, kind, "ada", id)
        due_rows.put(self.tables, due)
        return due

    def keep_up(self) -> None:
        self.kept_up += 1

    def fire(self, due: Due) -> None:
        if due.id in self.broken:
            raise ValueError(due.id)
        self.clock.pass_s(self.takes_s)
        self.done.append(due)
        due_rows.delete(self.tables, due)


def test_what_is_due_is_done_in_order_and_once(world: World) -> None:
    bench = Bench(world)
    later, early = bench.put("b", "2026-01-01T00:01"), bench.put("a")
    bench.put("c", "2999-01-01T00:00")
    assert bench.scheduler.sweep()
    assert bench.done == [early, later]
    assert bench.scheduler.sweep()
    assert len(bench.done) == 2


@pytest.mark.parametrize("at_once", [1, 8])
def test_one_round_does_all_however_many_are_due_and_however_long_each_takes(world: World, at_once: int) -> None:
    bench = Bench(world, at_once)
    bench.takes_s = 0.2
    made = {bench.put(f"{number:03d}") for number in range(100)}
    assert bench.scheduler.sweep()
    assert (len(bench.done), set(bench.done)) == (100, made)


def test_round_after_round_the_same_threads_do_it(world: World) -> None:
    bench, threads = Bench(world, at_once=2), set[threading.Thread]()

    def fire(due: Due) -> None:
        threads.add(threading.current_thread())
        bench.fire(due)

    bench.due.handlers = {"test": fire}
    for number in range(12):
        bench.put(f"{number:03d}")
        assert bench.scheduler.sweep()
    assert len(bench.done) == 12
    assert len(threads) <= 2


def test_a_round_is_over_when_all_that_it_began_is_over_whatever_fails(world: World) -> None:
    bench, failing = Bench(world, at_once=2), threading.Event()

    def fire(due: Due) -> None:
        if due.id == "a":
            failing.set()
            raise Unavailable("the tables")
        assert failing.wait(10)
        bench.fire(due)

    bench.due.handlers = {"test": fire}
    bench.put("a")
    slow = bench.put("b")
    with pytest.raises(Unavailable):
        bench.scheduler.sweep()
    assert bench.done == [slow]


def test_work_of_other_kinds_is_left_to_others_and_hides_none(world: World) -> None:
    bench = Bench(world)
    for number in range(MAX_FOUND + 5):
        bench.put(f"{number:03d}", kind="other")
    mine = bench.put("z", "2026-01-01T00:05")
    assert bench.scheduler.sweep()
    assert bench.done == [mine]


def test_what_fails_is_tried_again_later_and_keeps_nothing_else_waiting(world: World) -> None:
    bench = Bench(world)
    bench.broken = {f"{number:03d}" for number in range(MAX_FOUND)}
    for id in bench.broken:
        bench.put(id)
    fine = bench.put("z")
    assert bench.scheduler.sweep()
    assert bench.done == [fine]
    bench.broken.clear()
    assert bench.scheduler.sweep()
    assert bench.done == [fine]
    bench.clock.pass_s(PAUSE_S + 1)
    assert bench.scheduler.sweep()
    assert len(bench.done) == MAX_FOUND + 1


def test_another_process_goes_on_when_the_one_that_leads_is_gone(world: World) -> None:
    first, second = Bench(world), Bench(world)
    assert first.scheduler.sweep()
    due = first.put("a", "2026-06-01T12:00")
    assert not second.scheduler.sweep()
    assert second.done == []
    world.clock.pass_s(LEASE_S + 0.1)
    assert second.scheduler.sweep()
    assert second.done == [due]
    assert not first.scheduler.sweep()
    second.scheduler.release_leadership()
    assert first.scheduler.sweep()


def test_what_is_overdue_is_done_by_whoever_notices_as_the_clock_of_who_leads_may_be_slow(world: World) -> None:
    slow, right = Bench(world), Bench(world)
    slow.at -= timedelta(minutes=5)
    due = slow.put("a", "2026-06-01T12:00")
    assert slow.scheduler.sweep()
    right.at += OVERDUE - timedelta(seconds=1)
    assert not right.scheduler.sweep()
    assert right.done == slow.done == []
    right.at += timedelta(seconds=1)
    assert not right.scheduler.sweep()
    assert (right.done, slow.done) == ([due], [])
    assert right.kept_up == 0


def test_while_the_tables_are_away_nobody_is_taken_to_be_gone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = Bench(world), Bench(world)
    assert first.scheduler.sweep()
    assert not second.scheduler.sweep()

    def away(key: str) -> bytes:
        raise Unavailable(key)

    with monkeypatch.context() as outage:
        outage.setattr(second.tables, "get", away)
        world.clock.pass_s(LEASE_S + 0.1)
        with pytest.raises(Unavailable):
            second.scheduler.sweep()
    assert not second.scheduler.sweep()
    world.clock.pass_s(LEASE_S + 0.1)
    assert second.scheduler.sweep()


def test_what_is_planned_is_looked_after_once_a_minute(world: World) -> None:
    bench = Bench(world)
    for _ in range(3):
        assert bench.scheduler.sweep()
    assert bench.kept_up == 1
    world.clock.pass_s(UPKEEP_S + 1)
    assert bench.scheduler.sweep()
    assert bench.kept_up == 2
