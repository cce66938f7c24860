"""Times of the wall clock at which windows end, in any time zone, also where clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.monitoring.spans import Span, is_tick, next_tick, parse_span, start_of

SPANS = st.sampled_from(["5m", "15m", "90m", "1h", "6h", "12h", "1d", "3d", "1w"]).map(parse_span)
# The changes of clocks of these are at midnight, of half an hour, backwards in winter, of none.
ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/Havana", "Africa/Cairo", "Australia/Lord_Howe", "Europe/Dublin", "Asia/Kathmandu"]
).map(ZoneInfo)
TIMES = st.integers(0, 366 * 24 * 60 - 1).map(
    lambda minute: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
)


@pytest.mark.parametrize(
    ("text", "span"),
    [("15m", Span(minutes=15)), ("60m", Span(minutes=60)), ("24h", Span(days=1)), (" 1W ", Span(days=7)),
     ("1440m", Span(days=1)), ("92d", Span(days=92))],
)  # fmt: skip
def test_lengths_are_written_as_people_do(text: str, span: Span) -> None:
    assert parse_span(text) == span


@pytest.mark.parametrize("text", ["", "1", "d", "0h", "4m", "7m", "5h", "36h", "93d", "1.5h", "-1h", "1h30m", "١h"])
def test_what_is_no_length_or_divides_no_day_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"length of time|divide a day|too short|too long"):
        parse_span(text)


@given(SPANS, ZONES, TIMES)
def test_windows_that_follow_one_another_leave_nothing_out(span: Span, zone: ZoneInfo, at: datetime) -> None:
    first = next_tick(span, zone, at)
    second = next_tick(span, zone, first)
    assert at < first < second
    assert second - first <= timedelta(minutes=span.total_minutes + 60)
    assert start_of(second, span, zone) == first
    assert is_tick(span, zone, first)


@given(SPANS, ZONES, TIMES)
def test_windows_end_at_times_that_a_clock_on_the_wall_shows(span: Span, zone: ZoneInfo, at: datetime) -> None:
    end = next_tick(span, zone, at).astimezone(zone)
    minutes = end.hour * 60 + end.minute
    was_put_forward = end.utcoffset() != (end - timedelta(hours=2)).astimezone(UTC).astimezone(zone).utcoffset()
    assert minutes % (span.minutes or 1440) == 0 or was_put_forward


def test_a_day_is_as_long_as_the_clocks_make_it() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    end = datetime(2026, 10, 25, 23, tzinfo=UTC)  # Midnight after the night in which clocks are put back.
    assert end - start_of(end, Span(days=1), berlin) == timedelta(hours=25)
    assert next_tick(Span(minutes=360), berlin, datetime(2026, 10, 24, 22, tzinfo=UTC)).astimezone(berlin).hour == 6


def test_weeks_begin_on_monday() -> None:
    assert next_tick(Span(days=7), UTC, datetime(2026, 11, 26, tzinfo=UTC)) == datetime(2026, 11, 30, tzinfo=UTC)
