"""Windows: asked for once or often, worked out, worked out again, reviewed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.errors import Invalid, NotFound
from core.monitoring.window_rows import parts_of, task_ref, times_of, window_id
from core.monitoring.windows import Worked
from core.ports import PROFILE_QUEUE
from core.storage import rows
from tests.unit.core.monitoring.conftest import START, Watched

BEGIN, END = START - timedelta(hours=3), START - timedelta(hours=1)


def request(watched: Watched, begin: datetime = BEGIN, end: datetime = END) -> str:
    window = watched.monitoring.request_window(watched.user_id, "income", begin, end)
    return window_id("income", window.start, window.end)


def test_asking_twice_finds_the_same_window_and_works_it_out_once(watched: Watched) -> None:
    assert request(watched) == request(watched) == "income-20261130T073000Z-20261130T093000Z"
    assert len(watched.work(drift=False)) == 1
    request(watched)
    assert watched.work() == []
    [window] = watched.windows
    assert (window.state, window.times, window.scheduled, window.occasion) == ("ready", 1, False, "request")


def test_a_window_whose_requests_were_still_coming_in_is_worked_out_again_when_asked_for(watched: Watched) -> None:
    request(watched, end=START)
    watched.work()
    assert not watched.windows[0].complete
    watched.now += timedelta(minutes=2)
    request(watched, end=START)
    watched.work()
    assert (watched.windows[0].complete, watched.windows[0].times, watched.windows[0].revision) == (True, 2, 2)
    request(watched, end=START)
    assert watched.work() == []


def test_a_window_that_failed_says_why_and_is_tried_again_when_asked_for(watched: Watched) -> None:
    request(watched)
    claimed = watched.claim()
    assert claimed is not None
    watched.service.work.fail(claimed, {"reason": "OUT_OF_MEMORY", "detail": "d", "hint": "h"})
    watched.service.settler.finalize(claimed.ref)
    assert (watched.windows[0].state, (watched.windows[0].error or {})["reason"]) == ("failed", "OUT_OF_MEMORY")
    request(watched)
    watched.work()
    assert (watched.windows[0].state, watched.windows[0].error) == ("ready", None)


def test_nothing_is_left_of_a_task_but_its_window(watched: Watched) -> None:
    request(watched)
    watched.work()
    tables = watched.service.ports.tables
    for kind in ("control#monitor", "active#monitor", "running#monitor", "outbox#monitor", "request#monitor"):
        assert tables.scan(kind) == []


def test_what_was_found_for_an_earlier_revision_counts_for_nothing(watched: Watched) -> None:
    request(watched, end=START)
    late = watched.windows[0]
    watched.work()
    watched.now += timedelta(minutes=2)
    request(watched, end=START)
    watched.monitoring.windows.record(watched.own, late, Worked({"late": 1}, 99), watched.now)
    assert (watched.windows[0].state, watched.windows[0].rows) == ("queued", 500)
    watched.work()
    assert watched.monitoring.windows.rows.detail(watched.own, watched.windows[0]) == {"columns": []}


@pytest.mark.parametrize(
    ("begin", "end", "words"),
    [(END, BEGIN, "ends after it begins"), (END, END, "ends after it begins"),
     (END - timedelta(days=100), END, "92 days long at most"),
     (datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 2, tzinfo=UTC), "no requests then")],
)  # fmt: skip
def test_a_window_that_cannot_be_is_refused(watched: Watched, begin: datetime, end: datetime, words: str) -> None:
    with pytest.raises(Invalid, match=words) as error:
        request(watched, begin, end)
    assert error.value.reason == "BAD_WINDOW"


def test_a_window_is_as_long_in_whole_seconds_as_it_was_wanted_at_least(watched: Watched) -> None:
    id = request(watched, BEGIN + timedelta(milliseconds=900), END + timedelta(milliseconds=100))
    assert id == "income-20261130T073000Z-20261130T093001Z"


def test_a_window_is_found_by_its_begin_and_by_its_id(watched: Watched) -> None:
    id = request(watched)
    find = watched.monitoring.window
    for name in (id, "2026-11-30T07:30:00Z", "2026-11-30T07:30:00.000Z", "2026-11-30T08:30:00+01:00"):
        assert find(watched.user_id, "income", name)[1].end == "2026-11-30T09:30:00.000Z"
    request(watched, end=START)
    assert find(watched.user_id, "income", "2026-11-30T07:30:00Z")[1].end == "2026-11-30T10:30:00.000Z"
    for name in ("2026-11-30T07:31:00Z", "x", "income-20260230T000000Z-20261130T093000Z", ""):
        with pytest.raises(NotFound):
            find(watched.user_id, "income", name)
    with pytest.raises(NotFound):
        find("somebody", "income", id)


def test_windows_are_listed_by_when_they_end_the_newest_first(watched: Watched) -> None:
    for hour in range(5):
        request(watched, BEGIN - timedelta(hours=hour), END - timedelta(hours=hour))
    page = watched.monitoring.page(watched.user_id, "income", None, None, 3)
    assert [window.end[11:13] for window in page.items] == ["09", "08", "07"]
    rest = watched.monitoring.page(watched.user_id, "income", None, None, 3, page.next)
    assert ([window.end[11:13] for window in rest.items], rest.next) == (["06", "05"], None)
    some = watched.monitoring.page(
        watched.user_id, "income", END - timedelta(hours=3), END - timedelta(hours=1), 9
    ).items
    assert [window.end[11:13] for window in some] == ["08", "07"]


def test_windows_of_the_schedule_raise_alarms_and_those_of_people_do_not(watched: Watched) -> None:
    request(watched)
    watched.work(drift=True)
    assert watched.monitor.alarms == {}
    watched.answer(START, 300)
    watched.pass_time(hours=1)
    watched.work(drift=True)
    assert watched.sent.types == [("monitor.alarm", "drift")]
    watched.answer(START + timedelta(hours=1), 300)
    watched.pass_time(hours=1)
    watched.work(drift=False)
    assert watched.sent.types == [("monitor.alarm", "drift"), ("monitor.recovered", "drift")]
    [alarm] = watched.monitoring.alarms(watched.user_id, "income", 9).items
    assert (alarm.since, alarm.until) == ("2026-11-30T11:00:00.000Z", "2026-11-30T12:00:00.000Z")
    [raised, _] = watched.sent.events.values()
    assert (raised[1]["endpoint"], raised[1]["detail"]) == ("income", "drift!")


def test_performance_needs_as_many_windows_in_a_row_as_are_set(watched: Watched) -> None:
    for hour in range(3):
        watched.answer(START + timedelta(hours=hour), 300)
        watched.pass_time(hours=1)
        watched.work(realised=True)
        assert ("realised" in watched.monitor.alarms) == (hour >= 1)


def test_a_window_that_a_person_wanted_first_counts_once_its_time_has_come(watched: Watched) -> None:
    watched.answer(START - timedelta(hours=2), 300)
    request(watched, datetime(2026, 11, 29, 11, tzinfo=UTC), datetime(2026, 11, 30, 11, tzinfo=UTC))
    watched.work(drift=True)
    watched.pass_time(hours=1)
    watched.work(drift=True)
    assert [window.scheduled for window in watched.windows] == [True]
    assert list(watched.monitor.alarms) == ["drift"]


def test_an_alarm_that_was_not_told_is_told_the_next_time(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    watched.answer(START, 300)
    watched.pass_time(hours=1)
    with monkeypatch.context() as patched:
        patched.setattr(watched.sent, "emit", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            watched.work(drift=True)
    assert list(watched.monitor.alarms) == ["drift"]
    assert watched.sent.events == {}
    watched.pass_time(hours=1)
    assert watched.sent.types == [("monitor.alarm", "drift")]
    assert watched.monitor.unsent == []


def test_those_that_the_monitor_names_are_told(watched: Watched) -> None:
    watched.set(notify=["w1"], email=["ada@example.org"])
    watched.answer(START, 300)
    watched.pass_time(hours=1)
    watched.work(drift=True)
    [(_, data)] = watched.sent.events.values()
    assert data["to"] == ["w1", "ada@example.org"]


def test_only_one_of_many_windows_of_a_user_has_a_message_and_its_end_leads_to_the_next(watched: Watched) -> None:
    watched.answer(START, 300)
    watched.now = START + timedelta(hours=6)
    watched.fire()
    assert len(watched.windows) == 6
    assert len(watched.world.messages(PROFILE_QUEUE)) == 1
    watched.service.work.notify(task_ref(watched.own, watched.windows[-1]))
    assert len(watched.work()) == 6


def test_an_endpoint_that_is_deleted_takes_its_windows_alarms_and_tasks_along(watched: Watched) -> None:
    watched.answer(START, 300)
    watched.pass_time(hours=2)
    watched.work(drift=True)
    watched.pass_time(hours=1)
    claimed = watched.claim()
    assert claimed is not None
    watched.service.eraser.endpoint(watched.user_id, "income")
    watched.endpoint()
    watched.monitoring.windows.record(watched.own, watched.windows_of(claimed.ref), Worked({}, 1), watched.now)
    watched.service.work.succeed(claimed, {})
    watched.service.settler.finalize(claimed.ref)
    watched.world.sweep()
    watched.world.sweep(120)
    tables = watched.service.ports.tables
    for kind in ("window#", "window_detail#", "alarm#", "control#monitor", "active#monitor"):
        assert tables.scan(kind) == [], kind
    [monitor] = tables.scan("monitor#")
    assert rows.load_json(monitor.value)["endpoint_id"] != watched.own.id


def test_a_name_of_a_task_says_all_of_it(watched: Watched) -> None:
    request(watched)
    ref = task_ref(watched.own, watched.windows[0])
    assert parts_of(ref) == ("income", watched.own.id, BEGIN, END, 1)
    assert times_of(window_id("a-b", "2026-11-30T07:30:00.000Z", "2026-11-30T09:30:00.000Z")) == (BEGIN, END)
