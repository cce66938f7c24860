"""When windows end: by lengths of time and by cron expressions, and which of them follow one another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from core.monitoring.monitor_settings import schedule_of

ZONES = st.sampled_from(["UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/Havana"])
SETTINGS = st.sampled_from(
    [("1h", "15m"), ("1d", "1h"), ("1w", "1d"), ("1d", "0 3 * * *"), ("1h", "*/10 * * * *"),
     ("6h", "30 2,9 * * MON-FRI"), ("1w", "@weekly"), ("1d", "0 5 1 * *")]
)  # fmt: skip
TIMES = st.integers(0, 366 * 24 * 60 - 1).map(
    lambda minute: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
)


@given(SETTINGS, ZONES, TIMES, st.integers(1, 30))
def test_the_newest_ends_are_the_last_of_all(settings: tuple[str, str], zone: str, at: datetime, count: int) -> None:
    schedule = schedule_of({"window": settings[0], "every": settings[1], "timezone": zone})
    after, ends = at, []
    while (end := schedule.next_end(after)) <= at + timedelta(days=3):
        ends.append(end)
        after = end
    assert schedule.newest_ends(at, at + timedelta(days=3), count) == ends[-count:]


@given(SETTINGS, ZONES, TIMES)
def test_windows_that_follow_one_another_hardly_overlap_and_are_some_of_all(
    settings: tuple[str, str], zone: str, at: datetime
) -> None:
    schedule = schedule_of({"window": settings[0], "every": settings[1], "timezone": zone})
    until = at + timedelta(days=15)
    main = list(schedule.main_ends(at, until))
    assert main == sorted(set(main))
    assert all(at < end <= until for end in main)
    assert all(schedule.is_main(end) for end in main[:4])
    assert all(schedule.next_end(end - timedelta(seconds=1)) == end for end in main[:4])
    for end in schedule.newest_ends(at, at + timedelta(days=2), 20):
        assert schedule.is_main(end) == (end in main)
    for first, _, third in zip(main, main[1:], main[2:], strict=False):
        assert third - first >= timedelta(minutes=schedule.window.total_minutes) - timedelta(hours=2)
    assert all(schedule.start(end) < end for end in main[:4])
    assert all(first < second for first, second in pairwise(main))
