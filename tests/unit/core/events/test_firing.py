from __future__ import annotations

from typing import Any

import pytest

from core.domain.ids import timestamp_before
from core.domain.records import Json
from core.errors import Unavailable
from core.events import firing
from core.events import segments as segments_module
from core.events.upkeep import EventUpkeep
from core.storage import due_rows
from core.storage.due_rows import Due
from tests.unit.core.events.event_world import PIPELINE, USER, Calls, Crash, EventWorld, event


def send(world: EventWorld, *names: str) -> None:
    for name in names:
        world.process().tell(world.to, event(name, {"n": name}))


def runs(world: EventWorld) -> list[Json]:
    return list(world.pipelines.runs.values())


def test_events_within_the_quiet_time_make_one_run_that_lists_them(world: EventWorld) -> None:
    send(world, "a", "b", "c")
    world.due()
    (why,) = runs(world)
    assert {each["name"] for each in why["events"]} == {"a", "b", "c"}
    assert (why["count"], why["rows"], why["segments"]) == (3, 3, [1, 1])
    world.due()
    assert len(runs(world)) == 1


def test_later_events_make_another_run_of_the_new_ones_alone(world: EventWorld) -> None:
    send(world, "a")
    world.due()
    send(world, "b")
    world.due()
    assert [[each["name"] for each in why["events"]] for why in runs(world)] == [["a"], ["b"]]
    assert [why["rows"] for why in runs(world)] == [1, 1]


def test_it_waits_until_it_is_quiet(world: EventWorld) -> None:
    world.wants(quiet_s=3600.0)
    send(world, "a")
    world.due()
    assert not runs(world)
    (due,) = due_rows.due_until(world.tables, "9999", {"event"})
    assert due.at > due_rows.minute_of(timestamp_before(firing.timedelta()))


def test_events_that_never_cease_start_a_run_all_the_same(world: EventWorld) -> None:
    quiet = firing._quiet_at(["2026-01-01T00:00:00.000Z", "2026-01-01T00:20:00.000Z"], 60)
    assert quiet.isoformat() == "2026-01-01T00:10:00+00:00"
    assert firing._quiet_at(["2026-01-01T00:00:00.000Z"] * 2, 60).minute == 1


def test_rows_are_waited_for_and_an_event_that_only_tells_is_not(world: EventWorld) -> None:
    world.wants(min_new_rows=3)
    send(world, "a", "b")
    world.due()
    assert not runs(world)
    send(world, "c")
    world.due()
    assert [why["rows"] for why in runs(world)] == [3]
    world.process().tell(world.to, event("told"))
    world.due()
    assert [why["rows"] for why in runs(world)] == [3, 0]


def test_while_a_run_is_on_events_wait_and_none_is_lost(world: EventWorld) -> None:
    world.pipelines.busy = True
    send(world, "a")
    world.due()
    assert not runs(world)
    world.pipelines.busy = False
    world.due()
    assert len(runs(world)) == 1


def test_a_pipeline_that_is_off_keeps_rows_and_starts_with_them_once_it_is_on(world: EventWorld) -> None:
    world.wants(quiet_s=None)
    send(world, "a")
    world.due()
    assert not runs(world)
    world.wants(quiet_s=0.0)
    world.process().wake(USER, PIPELINE)
    world.due()
    assert [why["count"] for why in runs(world)] == [1]


def test_many_events_are_put_together_while_a_run_is_not_due(
    world: EventWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (firing, segments_module):
        monkeypatch.setattr(module, "MAX_EVENTS", 3)
    world.wants(min_new_rows=8)
    send(world, *"abcdefg")
    world.due()
    assert not runs(world)
    assert not world.tables.scan("unsealed#")
    send(world, "h")
    world.due()
    assert [(why["count"], why["rows"]) for why in runs(world)] == [(8, 8)]


@pytest.mark.parametrize("after", [False, True])
def test_a_crash_at_any_call_leaves_one_run_of_each_event(world: EventWorld, after: bool) -> None:
    crash_at, crashed = 0, True
    while crashed:
        crash_at, crashed = crash_at + 1, False
        fresh = EventWorld(world.settings)
        send(fresh, "a", "b")
        due = next(due_rows.due_until(fresh.tables, "9999", {"event"}))
        try:
            fresh.process(Calls(crash_at=crash_at, after=after)).firing.fire(due)
        except Crash:
            crashed = True
        send(fresh, "c")
        EventUpkeep(fresh.process(), 7).run()  # A due row that the crash took with it is put again.
        fresh.due()
        fresh.due()
        named = [each["name"] for why in runs(fresh) for each in why["events"]]
        assert sorted(named) == ["a", "b", "c"]
    assert crash_at > 10


def test_two_that_fire_at_the_same_moment_make_one_run(world: EventWorld) -> None:
    send(world, "a")
    due = next(due_rows.due_until(world.tables, "9999", {"event"}))
    process = world.process()
    start = world.pipelines.start
    fired: list[Any] = []

    def start_while_another_fires(user_id: str, pipeline_id: str, key: str, why: Json) -> Json:
        if not fired:
            fired.append(key)
            send(world, "b")
            world.process().firing.fire(due)
        return start(user_id, pipeline_id, key, why)

    world.pipelines.start = start_while_another_fires  # type: ignore[method-assign]
    process.firing.fire(due)
    world.due()
    named = [each["name"] for why in runs(world) for each in why["events"]]
    assert sorted(named) == ["a", "b"]


def test_what_fails_is_looked_at_again(world: EventWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    send(world, "a")

    def fails(*_: Any) -> Json:
        raise Unavailable("away")

    monkeypatch.setattr(world.pipelines, "start", fails)
    with pytest.raises(Unavailable):
        world.due()
    monkeypatch.undo()
    world.due()
    assert len(runs(world)) == 1


def test_old_events_are_forgotten_once_a_segment_has_them(world: EventWorld) -> None:
    send(world, "a")
    upkeep = EventUpkeep(world.process(), 1)
    for key in list(world.tables.rows):
        if key.startswith("incoming#"):
            world.tables.put(key, world.tables.rows[key].replace(b'"at":"20', b'"at":"19'))
    upkeep.run()
    assert world.tables.scan("incoming#")
    assert world.rows() == [{"n": "a"}]
    upkeep.run()
    assert not world.tables.scan("incoming#")
    assert world.rows() == [{"n": "a"}]


def test_what_came_for_a_pipeline_that_is_gone_goes_too(world: EventWorld) -> None:
    send(world, "a")
    world.pipelines.to = None
    EventUpkeep(world.process(), 7).run()
    world.due()
    assert not [key for key in world.tables.rows if not key.startswith("due#")]
    world.process().firing.fire(Due("2026-01-01T00:00", "event", USER, PIPELINE))
