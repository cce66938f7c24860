"""Cron expressions: what is taken, when they come, in which words, and what was missed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from core.schedules.cron import MAX_COUNTED, Cron, utc_minute

START = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
# Clocks of these are changed at midnight, by half an hour, by two hours, backwards in winter, never.
ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/Havana", "Africa/Cairo", "Australia/Lord_Howe", "Europe/Dublin",
     "Asia/Kathmandu", "Antarctica/Troll", "America/St_Johns"]
)  # fmt: skip
TIMES = st.integers(0, 366 * 24 * 60 * 60 - 1).map(
    lambda second: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(0, second)
)
MINUTES = st.sampled_from(["0", "30", "*/5", "*/20", "7-59/10", "10,20,55", "0-59/30"])
HOURS = st.sampled_from(["0", "2", "*", "*/2", "1-3", "1,2,23", "0-23", "1-23/6"])
DAYS = st.sampled_from(["* *", "* SUN", "1 *", "L *", "*/3 *", "13 FRI", "* 1-5", "LW *", "* 0L", "* MON#2"])
EXPRESSIONS = st.builds(lambda *parts: "{} {} {} * {}".format(*parts[:2], *parts[2].split()), MINUTES, HOURS, DAYS)


def by_the_clock(expression: str, zone: ZoneInfo, after: datetime, until: datetime) -> list[datetime]:
    """Look at the clock in each minute, as cron does, and make up for fixed times that the clock leaves out."""
    fixed = not any(each.startswith("*") for each in expression.split()[:2])
    parsed = CronSim(expression, datetime(2024, 1, 1))

    def matches(local: datetime) -> bool:
        in_day = parsed.match_day(local.date()) and local.month in parsed.months
        return in_day and local.hour in parsed.hours and local.minute in parsed.minutes

    found = []
    at = after.replace(second=0, microsecond=0) - timedelta(hours=5)
    latest = at.astimezone(zone).replace(tzinfo=None) - timedelta(minutes=1)
    while at <= until:
        local = at.astimezone(zone).replace(tzinfo=None)
        if fixed:
            passed = [
                latest + timedelta(minutes=1 + each) for each in range(max((local - latest) // timedelta(0, 60), 0))
            ]
            due = any(map(matches, passed))
        else:
            due = matches(local)
        latest = max(latest, local)
        if due and at > after:
            found.append(at)
        at += timedelta(minutes=1)
    return found


@given(EXPRESSIONS, ZONES, TIMES)
def test_times_are_those_that_looking_at_the_clock_each_minute_finds(
    expression: str, zone: str, after: datetime
) -> None:
    until = after + timedelta(hours=30)
    expected = by_the_clock(expression, ZoneInfo(zone), after, until)
    assert list(islice(Cron.parse(expression, zone).times(after), len(expected))) == expected


@given(EXPRESSIONS, ZONES, TIMES, st.integers(0, 40 * 24 * 60))
def test_the_newest_time_and_what_was_missed_before_it_are_all_that_came(
    expression: str, zone: str, after: datetime, minutes: int
) -> None:
    cron, until = Cron.parse(expression, zone), after + timedelta(minutes=minutes)
    came = []
    for at in cron.times(after):
        if at > until:
            break
        came.append(at)
    newest, missed = cron.newest_until(after, until)
    assert (newest, missed) == ((came[-1], len(came) - 1) if came else (None, 0))


def test_years_without_a_sweeper_are_counted_up_to_a_limit() -> None:
    newest, missed = Cron.parse("*/5 * * * *").newest_until(START - timedelta(days=2000), START)
    assert (newest, missed) == (START, MAX_COUNTED)


@pytest.mark.parametrize(
    ("expression", "timezone", "times", "words"),
    [
        ("0 3 * * MON", "Europe/Rome", ["2026-12-07T02:00", "2026-12-14T02:00"], "at 03:00 on Monday"),
        ("  */15   8-18 * * MON-FRI ", "UTC", ["2026-11-30T12:15", "2026-11-30T12:30"],
         "every 15th minute from 08:00 through 18:59 on Monday through Friday"),
        ("@hourly", "Asia/Kathmandu", ["2026-11-30T12:15", "2026-11-30T13:15"], "at the start of every hour"),
        ("@Daily", "America/New_York", ["2026-12-01T05:00", "2026-12-02T05:00"], "at 00:00 every day"),
        ("@weekly", "UTC", ["2026-12-06T00:00", "2026-12-13T00:00"], "at 00:00 on Sunday"),
        ("@monthly", "UTC", ["2026-12-01T00:00", "2027-01-01T00:00"], "at 00:00 on the first day of every month"),
        ("0 0 29 2 *", "UTC", ["2028-02-29T00:00", "2032-02-29T00:00"], "at 00:00 on February 29"),
        ("30 4 L * *", "UTC", ["2026-12-31T04:30", "2027-01-31T04:30"], "at 04:30 on the last day of every month"),
    ],
)  # fmt: skip
def test_an_expression_says_when_it_comes(expression: str, timezone: str, times: list[str], words: str) -> None:
    cron = Cron.parse(expression, timezone)
    assert [utc_minute(at) for at in cron.upcoming(START, 2)] == times
    assert cron.words() == words


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("", "0 fields where there are five"),
        ("0 0 0 * * *", "6 fields where there are five. There are none for seconds"),
        ("* * * * *", "1 minute apart: at least 5"),
        ("*/4 * * * *", "4 minutes apart"),
        ("0,58 * * * *", "2 minutes apart"),
        ("1,59 0,23 * * *", "2 minutes apart"),
        ("75 * * * *", "'75' is no minute"),
        ("0 24 * * *", "'24' is no hour"),
        ("0 0 32 * *", "'32' is no day of month"),
        ("0 0 30 2 *", "'30' is no day of month that ever comes"),
        ("0 0 */31 * MON#3", "never comes"),
        ("0 0 1 FOO *", "'FOO' is no month"),
        ("0 0 * * 8", "'8' is no day of week"),
        ("*/0 * * * *", "is no minute"),
        ("@reboot", "none of @hourly"),
        ("0 ٣ * * *", "all of ASCII"),
        ("0 0 * * " + "1," * 200 + "1", "at most 120 characters"),
    ],
)  # fmt: skip
def test_what_is_no_schedule_is_refused_with_what_to_write_instead(expression: str, words: str) -> None:
    with pytest.raises(Invalid) as error:
        Cron.parse(expression, "UTC", "when.0.")
    assert error.value.reason == "SCHEDULE_INVALID"
    [entry] = error.value.errors
    assert entry["field"] == "when.0.cron"
    assert words in entry["detail"]
    assert "@monthly" in entry["hint"]


@pytest.mark.parametrize(
    ("timezone", "nearest"),
    [("europe/rome", "Europe/Rome"), ("Lisbon", "Europe/Lisbon"), ("../../etc/passwd", "UTC"), ("", "UTC"),
     ("right/Europe/Rome", "Europe/Rome"), ("posixrules", "UTC"), ("new york", "America/New_York")],
)  # fmt: skip
def test_a_time_zone_that_is_none_is_refused_with_the_nearest(timezone: str, nearest: str) -> None:
    with pytest.raises(Invalid) as error:
        Cron.parse("@daily", timezone)
    [entry] = error.value.errors
    assert entry["field"] == "timezone"
    assert nearest in entry["detail"]


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(Invalid) as error:
        Cron.parse("nightly", "Mars/Olympus")
    assert [entry["field"] for entry in error.value.errors] == ["timezone", "cron"]


FIELD = st.text(st.sampled_from("0123456789*/,-#LWMONFRI"), min_size=1, max_size=6)


@given(st.lists(FIELD, min_size=5, max_size=5).map(" ".join) | st.text(max_size=20))
def test_whatever_is_written_is_taken_or_refused_in_words(expression: str) -> None:
    try:
        cron = Cron.parse(expression)
    except Invalid:
        return
    assert cron.words()
    assert cron.next(START) > START
