"""What follows when the time of a window has come: windows asked for, silence and errors told, old windows deleted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core.domain.ids import rfc3339
from core.maintenance.due_work import DueWork
from core.monitoring.monitor_rows import due_of
from core.storage import due_rows, rows
from tests.unit.core.monitoring.conftest import START, Watched


def test_a_window_is_asked_for_a_minute_after_its_end(watched: Watched) -> None:
    watched.answer(START + timedelta(minutes=10), 300)
    assert watched.due_at() == START.replace(hour=11, minute=1)
    watched.pass_time(minutes=30)
    assert watched.windows == []
    watched.pass_time(minutes=2)
    [window] = watched.windows
    assert (window.start, window.end) == ("2026-11-29T11:00:00.000Z", "2026-11-30T11:00:00.000Z")
    assert (window.state, window.scheduled, window.occasion) == ("queued", True, "schedule")
    assert watched.is_queued(window)
    assert watched.due_at() == START.replace(hour=12, minute=1)


def test_windows_end_by_the_clock_of_the_time_zone_that_is_set(watched: Watched) -> None:
    watched.set(window="1d", every="1d", timezone="Asia/Kathmandu")
    watched.answer(START, 300)
    watched.pass_time(hours=24)
    [window] = watched.windows
    assert (window.start, window.end) == ("2026-11-29T18:15:00.000Z", "2026-11-30T18:15:00.000Z")


def test_windows_end_when_a_cron_expression_says_so(watched: Watched) -> None:
    watched.set(window="12h", every="0 3,15 * * MON-FRI", timezone="Europe/Berlin")
    watched.answer(START, 300)
    watched.answer(START + timedelta(hours=5), 3)
    watched.pass_time(hours=24)
    first, second = reversed(watched.windows)
    assert (first.start, first.end) == ("2026-11-30T02:00:00.000Z", "2026-11-30T14:00:00.000Z")
    assert (second.end, second.rows) == ("2026-12-01T02:00:00.000Z", 3)
    watched.now = START + timedelta(days=30)
    watched.fire()
    assert watched.monitor.ended == "2026-12-30T02:00:00.000Z"


def test_a_window_without_requests_leaves_nothing_and_one_with_few_says_so(watched: Watched) -> None:
    watched.pass_time(hours=1)
    assert watched.windows == []
    watched.answer(watched.now, 3)
    watched.pass_time(hours=1)
    [window] = watched.windows
    assert (window.state, window.rows, window.complete, window.signals) == ("ready", 3, True, {})
    assert window.why == "3 requests are too few to tell anything by: `min_rows` is 200."
    assert not watched.is_queued(window)


def test_after_a_time_without_a_sweeper_the_newest_windows_are_made_up_for(watched: Watched) -> None:
    watched.answer(START, 300)
    watched.now = START + timedelta(hours=20)
    watched.fire()
    assert len(watched.windows) == 20
    watched.answer(watched.now, 300)
    watched.now += timedelta(days=20)
    watched.fire()
    assert len(watched.windows) == 20  # No requests in any of the newest.
    assert watched.monitor.ended == rfc3339(watched.now.replace(minute=0))


def test_a_monitor_that_is_switched_off_asks_for_nothing_and_ends_its_alarms(watched: Watched) -> None:
    watched.answer(START, 300)
    watched.pass_time(hours=1)
    watched.work(drift=True)
    assert list(watched.monitor.alarms) == ["drift"]
    watched.set(enabled=False)
    assert watched.monitor.alarms == {}
    assert watched.sent.types == [("monitor.alarm", "drift"), ("monitor.recovered", "drift")]
    watched.pass_time(hours=5)
    assert len(watched.windows) == 1
    watched.set()
    watched.pass_time(hours=1)
    assert len(watched.windows) == 2


def test_an_endpoint_whose_requests_are_not_kept_is_not_called_silent(watched: Watched) -> None:
    watched.answer(START, 300)
    watched.pass_time(hours=1)
    watched.service.endpoints.patch(watched.user_id, "income", {"log": {"sample": 0.0}})
    watched.own = watched.service.endpoints.get(watched.user_id, "income")
    watched.pass_time(days=3)
    assert watched.monitor.alarms == {}
    assert watched.monitoring.status(watched.own, watched.monitor).health == "ok"


def test_a_busy_endpoint_that_nobody_calls_any_more_is_silent_until_somebody_does(watched: Watched) -> None:
    watched.answer(START, 300)
    watched.pass_time(hours=23)
    assert watched.monitor.alarms == {}
    watched.pass_time(hours=2)
    alarm = watched.monitor.alarms["silence"]
    assert (alarm["since"], alarm["detail"]) == (
        rfc3339(START + timedelta(milliseconds=1)),
        "No requests for 24 hours.",
    )
    assert watched.monitoring.status(watched.own, watched.monitor).health == "failing"
    watched.pass_time(days=3)
    assert watched.sent.types == [("monitor.alarm", "silence")]
    watched.answer(watched.now, 1)
    watched.pass_time(hours=1)
    assert watched.sent.types[1:] == [("monitor.recovered", "silence")]


def test_one_that_was_tried_by_hand_is_quiet_and_not_silent(watched: Watched) -> None:
    watched.answer(START, 7)
    watched.pass_time(days=4)
    assert watched.monitor.alarms == {}
    assert watched.monitoring.status(watched.own, watched.monitor).health == "quiet"


def test_too_large_a_share_of_failed_requests_is_an_alarm(watched: Watched) -> None:
    failures = watched.monitoring.traffic.failures
    tables = watched.service.ports.tables
    watched.answer(START, 300)
    for at, count in ((START, 3), (START + timedelta(minutes=1), 4)):
        key = rows.key("failed_requests", watched.user_id, "income", due_rows.minute_of(rfc3339(at)), "p1")
        tables.put(key, rows.dump({"endpoint_id": watched.own.id, "count": count}))
    assert failures.count(watched.own, START, START + timedelta(minutes=1)) == 3
    watched.pass_time(hours=1)
    alarm = watched.monitor.alarms["errors"]
    assert alarm["detail"] == "7 of 307 requests failed: 2.3%, more than 1.0%."
    assert watched.monitor.last is not None
    assert watched.monitor.last["failed"] == 7
    watched.answer(START + timedelta(hours=25), 300)
    watched.pass_time(hours=26)
    assert watched.monitor.alarms == {}


def test_windows_that_are_too_old_are_deleted_those_across_others_before_those_that_follow_one_another(
    watched: Watched,
) -> None:
    watched.monitoring.pulses.window_days = 60
    for hour in range(50):
        watched.answer(START + timedelta(hours=hour), 300)
    watched.pass_time(hours=52)
    watched.work(drift=False)
    details = len(watched.service.ports.tables.scan("window_detail#"))
    assert len(watched.windows) == details == 52
    watched.pass_time(days=32)
    kept = [window.end for window in watched.windows if window.end < "2026-12-02T12"]
    assert kept == ["2026-12-02T00:00:00.000Z", "2026-12-01T00:00:00.000Z"]
    watched.pass_time(days=31)
    assert watched.windows == []
    assert watched.service.ports.tables.scan("window_detail#") == []


def test_a_due_row_that_the_monitor_does_not_name_leads_to_nothing(watched: Watched) -> None:
    tables = watched.service.ports.tables
    old = due_of(watched.monitor, "2026-11-30T10:31:00.000Z")
    due_rows.put(tables, old)
    watched.now += timedelta(minutes=2)
    watched.fire()
    assert [row.key for row in tables.scan("due#")] == [due_of(watched.monitor).key]
    assert watched.windows == []


def test_each_endpoint_is_watched_a_minute_after_it_was_made_and_again_after_its_due_row_was_lost(
    watched: Watched,
) -> None:
    watched.endpoint(name="second")
    due_rows.delete(watched.service.ports.tables, due_of(watched.monitor))
    watched.world.sweep(61)
    found = {row.key.rsplit("#", 1)[1] for row in watched.service.ports.tables.scan("due#")}
    assert found == {"income", "second"}
    monitor = watched.monitoring.monitors.find(watched.service.endpoints.get(watched.user_id, "second"))
    assert monitor is not None
    assert monitor.settings == {}


def test_a_monitor_of_an_endpoint_that_had_the_name_before_counts_for_nothing(watched: Watched) -> None:
    watched.set(min_rows=77)
    watched.service.eraser.endpoint(watched.user_id, "income")
    watched.endpoint()
    watched.pass_time(hours=2)
    assert watched.monitoring.get(watched.user_id, "income").settings == {}


def test_the_sweeper_does_what_is_due_and_a_fault_in_one_keeps_no_other_waiting(watched: Watched) -> None:
    watched.endpoint(name="another")
    other = watched.service.endpoints.get(watched.user_id, "another")
    monitor = watched.monitoring.pulses.ensure(other)
    broken = replace(monitor, settings={"timezone": "Mars/Olympus"}, next_at="2020-01-01T00:00")
    watched.service.ports.tables.put(rows.key("monitor", watched.user_id, "another"), rows.dump(broken))
    due_rows.put(watched.service.ports.tables, due_of(broken))
    watched.alter(next_at="2020-01-01T00:01")
    due_rows.put(watched.service.ports.tables, due_of(watched.monitor))
    watched.now = datetime.now(UTC)
    watched.world.sweep()
    assert watched.monitor.next_at > "2026"
    failed = [each.failed for each in watched.service.sweeper.rounds if isinstance(each, DueWork)]
    assert [list(each) for each in failed] == [[due_of(broken)]]
