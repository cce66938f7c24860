"""Several expressions together, and what is made of times that have come, or came while nothing ran."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from core.schedules.cron import MAX_COUNTED, Cron
from core.schedules.schedule import MISSED_AFTER, Entry, Schedule, checked_entry, schedule_of

NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
HOURLY, QUARTERS, NIGHTLY = Cron.parse("@hourly"), Cron.parse("*/15 * * * *"), Cron.parse("0 3 * * *", "Europe/Rome")
CRONS = st.sampled_from([HOURLY, QUARTERS, NIGHTLY, Cron.parse("7 */5 * * *")])
ENTRIES = st.lists(st.builds(Entry, CRONS, st.sampled_from(["once", "skip"])), min_size=1, max_size=3)


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def test_the_first_of_several_comes_next() -> None:
    schedule = Schedule((Entry(HOURLY), Entry(NIGHTLY), Entry(QUARTERS)))
    assert schedule.next(NOON) == NOON + hours(0.25)
    assert Schedule((Entry(HOURLY), Entry(NIGHTLY))).next(NOON) == NOON + hours(1)
    assert schedule.is_time(NOON)
    assert not schedule.is_time(NOON + timedelta(minutes=1))


def test_a_time_is_kept_also_by_clocks_that_are_minutes_off() -> None:
    schedule = Schedule((Entry(QUARTERS, "skip"),))
    for late_s in (0, 1, 59, 300, MISSED_AFTER.total_seconds()):
        arrival = schedule.arrival(NOON, NOON + timedelta(seconds=late_s))
        assert (arrival.kept, arrival.next, arrival.passed_over) == (NOON, NOON + hours(0.25), 0)
        assert arrival.words_of_missed == ""


def test_after_hours_one_run_makes_up_for_the_newest_and_the_others_are_counted() -> None:
    arrival = Schedule((Entry(HOURLY),)).arrival(NOON, NOON + hours(5.5))
    assert (arrival.kept, arrival.next, arrival.passed_over) == (NOON + hours(5), NOON + hours(6), 5)
    words = "5 times were missed while nothing ran, from 2026-11-30T12:00Z to 2026-11-30T16:00Z"
    assert arrival.words_of_missed == words


def test_after_hours_nothing_is_made_up_for_where_missed_times_are_skipped() -> None:
    schedule = Schedule((Entry(HOURLY, "skip"),))
    arrival = schedule.arrival(NOON, NOON + hours(1.9))
    assert (arrival.kept, arrival.next, arrival.passed_over) == (None, NOON + hours(2), 2)
    on_time = schedule.arrival(NOON, NOON + hours(2))
    assert (on_time.kept, on_time.next, on_time.passed_over) == (NOON + hours(2), NOON + hours(3), 2)
    alone = schedule.arrival(NOON, NOON + hours(0.5))
    assert alone.words_of_missed == "1 time was missed while nothing ran: 2026-11-30T12:00Z"


def test_years_are_counted_up_to_a_limit() -> None:
    arrival = Schedule((Entry(QUARTERS),)).arrival(NOON, NOON + timedelta(days=800))
    assert arrival.passed_over == MAX_COUNTED
    assert arrival.words_of_missed.startswith("more than 10,000 times were missed")


@given(ENTRIES, st.integers(0, 72 * 60), st.integers(0, 72 * 60))
def test_whoever_notices_and_whenever_no_time_is_kept_twice_or_lost(
    entries: list[Entry], first: int, second: int
) -> None:
    schedule = Schedule(tuple(entries))
    planned = schedule.next(NOON)
    at = planned + timedelta(minutes=first)
    arrival = schedule.arrival(planned, at)
    told = arrival.passed_over + (arrival.kept is not None)
    came: dict[str, set[datetime]] = {"once": set(), "skip": set()}
    for entry in entries:
        times = entry.cron.times(planned - timedelta(seconds=1))
        came[entry.missed] |= set(takewhile(lambda time: time < arrival.next, times))
    assert told == len(came["once"] | came["skip"])
    assert arrival.kept is None or planned <= arrival.kept < arrival.next
    assert arrival.next > planned
    assert arrival.kept is not None or not came["once"]
    # What was planned stays until somebody has come to it, and after that the next one is planned.
    minute = planned.strftime("%Y-%m-%dT%H:%M")
    assert schedule.planned(minute, planned + timedelta(minutes=second)) == minute
    assert schedule.planned(None, at) == schedule.next(at).strftime("%Y-%m-%dT%H:%M")


def test_a_time_that_was_planned_by_other_settings_is_planned_anew() -> None:
    schedule = Schedule((Entry(HOURLY),))
    assert schedule.planned("2026-11-30T12:30", NOON + hours(1.6)) == "2026-11-30T14:00"
    assert schedule.planned("2026-11-30T20:00", NOON) == "2026-11-30T13:00"


def test_entries_are_kept_with_their_defaults_and_refused_with_their_place() -> None:
    assert checked_entry({"cron": " 0  3 * * MON "}) == {"cron": "0 3 * * MON", "timezone": "UTC", "missed": "once"}
    assert checked_entry({"cron": "@daily", "timezone": "Europe/Rome"}, missed=()) == {
        "cron": "@daily", "timezone": "Europe/Rome",
    }  # fmt: skip
    with pytest.raises(Invalid) as error:
        checked_entry({"cron": "@daily", "missed": "twice"}, "when.2.")
    assert (error.value.reason, error.value.errors[0]["field"]) == ("SCHEDULE_INVALID", "when.2.missed")
    assert schedule_of([{"event": {"quiet_s": 60}}]) is None
    made = schedule_of([{"event": {}}, {"cron": "@hourly", "missed": "skip"}])
    assert made == Schedule((Entry(HOURLY, "skip"),))
