from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from core.domain.events import Event
from core.errors import Conflict, Invalid
from core.events.intake import INLINE_BYTES
from core.storage import blob_intents, rows
from core.storage.blob_intents import Intent
from tests.unit.core.events.event_world import PIPELINE, USER, Calls, Crash, EventWorld, event

LARGE = {"text": "x" * 1000}
ROWS_OF_LARGE = INLINE_BYTES // 1000 + 1


def test_an_event_that_comes_twice_brings_its_rows_once(world: EventWorld) -> None:
    events = world.process()
    first = events.tell(world.to, event("a", {"age": 1}, {"age": 2}))
    again = world.process().tell(world.to, event("a", {"age": 1}, {"age": 2}))
    assert (first.state, first.rows, again.state, again.id) == ("accepted", 2, "duplicate", first.id)
    assert world.rows() == [{"age": 1}, {"age": 2}]


def test_it_is_known_after_its_rows_are_in_a_segment(world: EventWorld) -> None:
    world.process().tell(world.to, event("a", {"age": 1}))
    assert world.rows() == [{"age": 1}]
    assert world.process().tell(world.to, event("a", {"age": 1})).state == "duplicate"
    assert world.rows() == [{"age": 1}]


def test_the_same_name_is_another_event_for_another_pipeline(world: EventWorld) -> None:
    other = replace(world.to, pipeline_id="p2")
    assert world.process().tell(world.to, event("a", {"age": 1})).state == "accepted"
    assert world.process().tell(other, event("a", {"age": 1})).state == "accepted"


@pytest.mark.parametrize("n_rows", [1, ROWS_OF_LARGE])
def test_senders_at_the_same_moment_leave_one(world: EventWorld, n_rows: int) -> None:
    states: list[str] = []
    begin = threading.Barrier(4)

    def send() -> None:
        begin.wait()
        states.append(world.process().tell(world.to, event("a", *[LARGE] * n_rows)).state)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(world.rows()) == n_rows
    assert states.count("accepted") <= 1
    assert not world.unowned()


def test_an_equal_body_without_a_name_is_the_same_event_for_a_minute(
    world: EventWorld, passes: Callable[[float], None]
) -> None:
    nameless = Event("", rows=({"age": 1},), digest="of the body")
    states = []
    for wait_s in (0, 20, 20, 61):
        passes(wait_s)
        states.append(world.process().tell(world.to, nameless).state)
    assert states == ["accepted", "duplicate", "duplicate", "accepted"]
    assert len(world.rows()) == 2


def test_a_crash_at_any_call_leaves_an_event_that_can_be_sent_again(world: EventWorld) -> None:
    """Whatever a sender was not told is kept, it sends again: each row is there once, no blob is left over."""
    for n_rows in (1, ROWS_OF_LARGE):
        for after in (False, True):
            crash_at, crashed = 0, True
            while crashed:
                crash_at += 1
                fresh = EventWorld(world.settings)
                sent = event("a", *[LARGE] * n_rows)
                crashed = _crashes(fresh, sent, Calls(crash_at=crash_at, after=after))
                fresh.process().tell(fresh.to, sent)
                fresh.due()
                assert len(fresh.rows()) == n_rows
                assert len(fresh.pipelines.runs) == 1
                _sweep(fresh)
                assert not fresh.unowned()
                assert len(fresh.rows()) == n_rows
            assert crash_at > 5


def _crashes(world: EventWorld, sent: Event, calls: Calls) -> bool:
    try:
        world.process(calls).tell(world.to, sent)
    except Crash:
        return True
    return False


def _sweep(world: EventWorld) -> None:
    """Settle what a crash has announced, as the sweeper does after a day."""
    for row in world.tables.scan("intent#"):
        blob_intents.garbage_collect(world.tables, world.blobs, row.key, rows.load(Intent, row.value))


def test_rows_without_the_target_are_kept_and_counted_and_unknown_columns_told(world: EventWorld) -> None:
    world.wants(columns=frozenset({"age", "income"}))
    receipt = world.process().tell(
        world.to, event("a", {"age": 1, "income": "high"}, {"age": 2, "zip": "00100"}, {"age": 3, "income": ""})
    )
    assert (receipt.lacking, receipt.columns) == (2, ("zip",))
    assert len(world.rows()) == 3
    newest = world.process().segments.newest(USER, PIPELINE)
    assert newest is not None
    assert newest.lacking == 2


def test_a_url_that_is_not_below_the_source_is_refused_with_all_that_came_beside_it(world: EventWorld) -> None:
    world.wants(url="https://data.example.org/days/")
    inside = Event("a", url="https://data.example.org/days/monday.csv")
    assert world.process().tell(world.to, inside).state == "accepted"
    outside = Event("b", url="https://evil.example.org/days/monday.csv", rows=({"age": 1},))
    with pytest.raises(Invalid, match="URL_NOT_BELOW_SOURCE"):
        world.process().intake.receive(world.to, [event("c", {"age": 1}), outside])
    assert world.rows() == []


def test_an_object_of_another_folder_starts_nothing(world: EventWorld) -> None:
    world.wants(url="gs://bucket/days/*.csv")
    inside = Event("a", "pubsub", object_url="gs://bucket/days/monday.csv")
    outside = Event("b", "pubsub", object_url="gs://bucket/nights/monday.csv")
    other_kind = Event("c", "s3", object_url="s3://bucket/nights/monday.csv")
    states = [world.process().tell(world.to, each).state for each in (inside, outside, other_kind)]
    assert states == ["accepted", "ignored", "accepted"]


def test_more_than_the_quota_is_refused_also_while_nothing_is_sealed(world: EventWorld, tmp_path: Any) -> None:
    small = EventWorld(type(world.settings)({}, data=str(tmp_path), max_stored_bytes=3000))
    small.process().tell(small.to, event("a", LARGE))
    small.process().tell(small.to, event("b", LARGE))
    with pytest.raises(Conflict, match="QUOTA_EXCEEDED"):
        small.process().tell(small.to, event("c", LARGE))
    assert len(small.rows()) == 2
    with pytest.raises(Conflict, match="QUOTA_EXCEEDED"):
        small.process().tell(small.to, event("d", LARGE))


def test_what_a_pipeline_was_sent_goes_with_it(world: EventWorld) -> None:
    events = world.process()
    events.hooks.make(USER, PIPELINE)
    events.tell(world.to, event("a", *[LARGE] * ROWS_OF_LARGE))
    world.rows()
    events.tell(world.to, event("b", {"age": 1}))
    events.forget(USER, PIPELINE)
    assert not world.blobs.blobs
    assert {key.partition("#")[0] for key in world.tables.keys} <= {"due"}
