"""Cron expressions: when they come next, by the rules of Debian's cron where clocks change.

cronsim reads the expression, walks the calendar and finds the words. What clocks show is added here: a schedule with
fixed hours and minutes runs once for a time that comes twice, and right after the gap for one that does not come; one
whose minute or hour begins with `*` goes by what the clock shows, so that each hour has as many as any other.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from itertools import islice, pairwise, takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from core.errors import Invalid
from core.schedules.time_zones import (
    clocks_change_near,
    first_moment,
    is_shown,
    moment_past_gap,
    second_moment,
    time_zone,
)

REASON = "SCHEDULE_INVALID"
MIN_APART_MINUTES = 5
MAX_LENGTH = 120
MAX_COUNTED = 10_000
"""Missed times that are counted at most."""

NAMED = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
FIELDS = {
    "minute": "0 to 59",
    "hour": "0 to 23",
    "day-of-month": "1 to 31, L for the last, or LW for the last from Monday to Friday",
    "month": "1 to 12, or JAN to DEC",
    "day-of-week": "0 to 7 (0 and 7 are Sunday) or SUN to SAT, MON#2 for the second Monday, 5L for the last Friday",
}
HINT = (
    "Write minute, hour, day of the month, month and day of the week, as `0 3 * * MON`, or one of @hourly, @daily, "
    "@weekly, @monthly."
)
_LOOKED_BACK = (timedelta(hours=6), timedelta(days=3), timedelta(days=35), timedelta(days=400))
_A_DAY = datetime(2024, 1, 1)


@dataclass(frozen=True)
class Cron:
    """A checked cron expression and the time zone whose clocks it goes by. Make one by `parse`."""

    expression: str
    timezone: str

    @classmethod
    def parse(cls, expression: str, timezone: str = "UTC", where: str = "") -> Cron:
        """Return the schedule.

        Args:
            expression: five fields, or one of NAMED.
            timezone: the name of the zone by whose clocks it comes.
            where: what stands before the names of fields in errors, such as `when.0.`.

        Raises:
            Invalid: SCHEDULE_INVALID; each entry says what is wrong with which field, and how to mend it.
        """
        errors = []
        try:
            time_zone(timezone)
        except ValueError as exc:
            errors.append({"field": f"{where}timezone", "detail": str(exc), "hint": "See the IANA time zone database."})
        given = " ".join(expression[: MAX_LENGTH + 1].split())
        try:
            _check(given)
        except ValueError as exc:
            errors.append({"field": f"{where}cron", "detail": str(exc), "hint": HINT})
        if errors:
            raise Invalid(REASON, " ".join(f"{each['field']}: {each['detail']}" for each in errors), errors)
        return cls(given, timezone)

    def next(self, after: datetime) -> datetime:
        """Return the first time after this one, in UTC."""
        found = next(self.times(after), None)
        if found is None:
            raise Invalid(REASON, f"{self.expression!r} does not come within 50 years.")
        return found

    def times(self, after: datetime) -> Iterator[datetime]:
        """Yield the times after this one, in UTC, the earliest first; none that is 50 years after the one before."""
        zone, is_fixed = time_zone(self.timezone), self.is_fixed
        begin = after.astimezone(zone).replace(tzinfo=None) - clocks_change_near(after, zone)
        ahead: list[datetime] = []
        last = after
        for local in CronSim(_five_fields(self.expression), begin):
            for moment in _moments(local, zone, is_fixed):
                if moment > after:
                    heappush(ahead, moment)
            # Clocks show all that follows later than this for the first time, so what lies before it is in order.
            reached = first_moment(local, zone)
            while ahead and ahead[0] <= reached:
                if (moment := heappop(ahead)) > last:
                    last = moment
                    yield moment

    def newest_until(self, after: datetime, until: datetime) -> tuple[datetime | None, int]:
        """Return the newest time after `after` up to `until`, and how many others lie between: those were missed."""
        newest = next(iter(self.newest(after, until, 1)), None)
        if newest is None:
            return None, 0
        earlier = takewhile(lambda moment: moment < newest, self.times(after))
        return newest, sum(1 for _ in islice(earlier, MAX_COUNTED))

    def newest(self, after: datetime, until: datetime, count: int) -> list[datetime]:
        """Return the newest times after `after` up to `until`, at most so many, in their order."""
        for back in (*_LOOKED_BACK, until - after):
            since = max(after, until - back)
            found = deque(takewhile(lambda moment: moment <= until, self.times(since)), count)
            if len(found) == count or since == after:
                break
        return list(found)

    def upcoming(self, after: datetime, count: int) -> list[datetime]:
        """Return the next times, in UTC."""
        return list(islice(self.times(after), count))

    @property
    def is_fixed(self) -> bool:
        """Whether it has times of its own, which clocks that are changed neither leave out nor repeat."""
        minute, hour, *_ = _five_fields(self.expression).split()
        return not minute.startswith("*") and not hour.startswith("*")

    def words(self) -> str:
        """Return in words when it comes, as in `at 03:00 on Monday`."""
        explained = CronSim(_five_fields(self.expression), _A_DAY).explain()
        return explained[0].lower() + explained[1:]


def _moments(local: datetime, zone: ZoneInfo, is_fixed: bool) -> Iterator[datetime]:
    """Yield the moments at which a schedule comes that says so for a time of the clock."""
    if not is_shown(local, zone):
        moment = moment_past_gap(local, zone) if is_fixed else None
    else:
        moment = first_moment(local, zone)
        if not is_fixed and (again := second_moment(local, zone)) is not None:
            yield again
    if moment is not None:
        yield moment


def _five_fields(expression: str) -> str:
    return NAMED.get(expression.lower(), expression)


def _check(expression: str) -> None:
    """Raise ValueError with what is wrong with an expression."""
    if len(expression) > MAX_LENGTH or not expression.isascii():
        raise ValueError(f"A cron expression has at most {MAX_LENGTH} characters, all of ASCII.")
    if expression.startswith("@") and expression.lower() not in NAMED:
        raise ValueError(f"{expression!r} is none of {', '.join(NAMED)}.")
    fields = _five_fields(expression).split()
    if len(fields) != len(FIELDS):
        seconds = " There are none for seconds and years." if len(fields) > len(FIELDS) else ""
        raise ValueError(f"{expression!r} has {len(fields)} fields where there are five.{seconds}")
    try:
        parsed = CronSim(" ".join(fields), _A_DAY)
        parsed.explain()
    except (CronSimError, ValueError, AssertionError) as exc:
        raise ValueError(_fault(fields, str(exc))) from None
    least = _least_minutes_apart(parsed.minutes, parsed.hours)
    if least < MIN_APART_MINUTES:
        least_words = f"{least} minute{'s' if least > 1 else ''}"
        raise ValueError(f"{expression!r} comes {least_words} apart: at least {MIN_APART_MINUTES} are needed.")
    if next(parsed, None) is None:
        raise ValueError(f"{expression!r} never comes: no day is as its last three fields say.")


def _fault(fields: list[str], message: str) -> str:
    """Return in words what is wrong with an expression of five fields, by cronsim's message."""
    for value, (name, allowed) in zip(fields, FIELDS.items(), strict=True):
        if message.endswith(name):
            words = name.replace("-", " ")
            return f"{value!r} is no {words} that ever comes: {allowed}; lists as 1,3, ranges as 1-5 and steps as */15."
    return f"{' '.join(fields)!r} is no cron expression."


def _least_minutes_apart(minutes: set[int], hours: set[int]) -> int:
    """Return how many minutes lie at least between two times of a schedule."""
    in_order = sorted(minutes)
    apart = [second - first for first, second in pairwise(in_order)]
    if any((hour + 1) % 24 in hours for hour in hours):
        apart.append(60 + in_order[0] - in_order[-1])
    return min(apart, default=24 * 60)


def utc_minute(at: datetime) -> str:
    """Return the minute of a time, as keys and rows have it: `2026-11-30T02:00`, in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")
