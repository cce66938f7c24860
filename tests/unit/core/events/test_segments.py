from __future__ import annotations

import random

import pytest

from core.events import segments as segments_module
from core.storage import blob_intents, rows
from core.storage.blob_intents import Intent
from tests.unit.core.events.event_world import PIPELINE, USER, Calls, Crash, EventWorld, event


@pytest.fixture(autouse=True)
def small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments_module, "MAX_EVENTS", 3)


def send(world: EventWorld, *names: int) -> None:
    for name in names:
        world.process().tell(world.to, event(str(name), {"n": name}))


def test_segments_are_numbered_without_a_gap_and_count_on(world: EventWorld) -> None:
    send(world, *range(7))
    newest = world.process().segments.seal(USER, PIPELINE)
    assert newest is not None
    assert (newest.number, newest.total_rows, newest.total_events) == (3, 7, 7)
    assert [each.rows for each in world.process().segments.since(USER, PIPELINE, 0)] == [3, 3, 1]
    assert [each.number for each in world.process().segments.since(USER, PIPELINE, 1)] == [2, 3]
    assert sorted(row["n"] for row in world.rows()) == list(range(7))


def test_nothing_that_came_makes_no_segment(world: EventWorld) -> None:
    assert world.process().segments.seal(USER, PIPELINE) is None
    assert world.process().segments.take(USER, PIPELINE) is None


def test_events_without_rows_are_in_segments_and_in_no_data(world: EventWorld) -> None:
    world.process().tell(world.to, event("told"))
    assert world.process().segments.take(USER, PIPELINE) is None
    newest = world.process().segments.newest(USER, PIPELINE)
    assert newest is not None
    assert (newest.total_events, newest.total_rows, newest.blobs) == (1, 0, [])


@pytest.mark.parametrize("after", [False, True])
def test_a_crash_at_any_call_leaves_each_row_once(world: EventWorld, after: bool) -> None:
    crash_at, crashed = 0, True
    while crashed:
        crash_at, crashed = crash_at + 1, False
        fresh = EventWorld(world.settings)
        send(fresh, *range(5))
        try:
            fresh.process(Calls(crash_at=crash_at, after=after)).segments.seal(USER, PIPELINE)
        except Crash:
            crashed = True
        send(fresh, *range(8))
        assert sorted(row["n"] for row in fresh.rows()) == list(range(8))
        for row in fresh.tables.scan("intent#"):
            blob_intents.garbage_collect(fresh.tables, fresh.blobs, row.key, rows.load(Intent, row.value))
        assert not fresh.unowned()
        assert sorted(row["n"] for row in fresh.rows()) == list(range(8))
    assert crash_at > 20


@pytest.mark.parametrize("seed", range(20))
def test_processes_that_seal_and_receive_in_turns_and_crash_leave_each_row_once(world: EventWorld, seed: int) -> None:
    """Each event is sent until somebody says that it is kept, and then once more."""
    chance = random.Random(seed)
    waiting = [n for n in range(30) for _ in range(2)]
    chance.shuffle(waiting)
    crashes = 0
    while waiting:
        process = world.process(Calls(crash_at=chance.randrange(1, 60), after=chance.random() < 0.5))
        try:
            while waiting:
                if chance.random() < 0.3:
                    process.segments.seal(USER, PIPELINE)
                name = waiting[-1]
                process.tell(world.to, event(str(name), {"n": name}))
                waiting.pop()
        except Crash:
            crashes += 1
    assert sorted(row["n"] for row in world.rows()) == list(range(30))
    assert crashes


def test_an_event_that_was_announced_and_never_written_waits_for_nobody(
    world: EventWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.tables.put("unsealed#u1#p1#x", rows.dump({"at": "2020-01-01T00:00:00.000Z", "rows": 1, "bytes": 1}))
    world.tables.put("unsealed#u1#p1#y", rows.dump({"at": "2999-01-01T00:00:00.000Z", "rows": 1, "bytes": 1}))
    send(world, 1)
    assert world.rows() == [{"n": 1}]
    world.process().segments.seal(USER, PIPELINE)
    assert [row.key for row in world.tables.scan("unsealed#")] == ["unsealed#u1#p1#y"]
