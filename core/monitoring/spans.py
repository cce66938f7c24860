"""Lengths of time as people write them, and the times of the wall clock that they lead to.

`15m`, `6h`, `1d`, `1w`: minutes and hours lie evenly in a day, so that every day has the same times; days and weeks
begin at midnight, weeks on Monday. A day is what the time zone says it is: 23 or 25 hours long where clocks change.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

MINUTES_OF_A_DAY = 1440
MIN_MINUTES = 5
MAX_DAYS = 92
_UNITS = {"m": 1, "h": 60, "d": MINUTES_OF_A_DAY, "w": 7 * MINUTES_OF_A_DAY}
_PATTERN = re.compile(r"([1-9][0-9]{0,4})([mhdw])")
_A_MONDAY = date(1970, 1, 5)
MAX_CLOCKS_CHANGE = timedelta(hours=3)
_INSTANT = timedelta(microseconds=1)

RULE = "a number and a unit, such as 15m, 6h, 1d or 1w, from 5m to 92d; below a day it divides a day evenly"


@dataclass(frozen=True)
class Span:
    """A length of time; one of the two is 0."""

    days: int = 0
    minutes: int = 0

    @property
    def total_minutes(self) -> int:
        """Return the minutes, where no clock changes."""
        return self.days * MINUTES_OF_A_DAY + self.minutes


HOUR = Span(minutes=60)


def parse_span(text: str) -> Span:
    """Return the span that the text says; raises ValueError with what is wrong."""
    found = _PATTERN.fullmatch(text.strip().lower())
    if found is None:
        raise ValueError(f"{text[:40]!r} is not a length of time. Write {RULE}.")
    minutes = int(found[1]) * _UNITS[found[2]]
    if not MIN_MINUTES <= minutes <= MAX_DAYS * MINUTES_OF_A_DAY:
        raise ValueError(f"{text!r} is too {'short' if minutes < MIN_MINUTES else 'long'}. Write {RULE}.")
    days, rest = divmod(minutes, MINUTES_OF_A_DAY)
    if not rest:
        return Span(days=days)
    if days or MINUTES_OF_A_DAY % rest:
        raise ValueError(f"{text!r} does not divide a day evenly, as 5m, 15m, 1h, 6h or 12h do, and is no whole days.")
    return Span(minutes=rest)


def next_tick(span: Span, zone: tzinfo, after: datetime) -> datetime:
    """Return the first time of the span's own after `after`, in UTC."""
    local = after.astimezone(zone)
    if span.days:
        day = local.date()
        while (day - _A_MONDAY).days % span.days or _midnight(day, zone) <= after:
            day += timedelta(1)
        return _midnight(day, zone)
    step = timedelta(minutes=span.minutes)
    midnight = datetime.combine(local.date(), time())
    at = midnight + (local.replace(tzinfo=None) - midnight - MAX_CLOCKS_CHANGE) // step * step
    last = local.replace(tzinfo=None) + step + MAX_CLOCKS_CHANGE
    found: list[datetime] = []
    while at <= last:
        found += [moment for moment in _moments(at, zone) if moment > after]
        at += step
    return min(found)


def is_tick(span: Span, zone: tzinfo, at: datetime) -> bool:
    """Return whether the time is one of the span's own."""
    return next_tick(span, zone, at - _INSTANT) == at


def start_of(end: datetime, span: Span, zone: tzinfo) -> datetime:
    """Return the begin of a span that ends then, in UTC.

    Days begin at the same time of the clock. Where clocks change, spans that follow one another leave nothing out: one
    that ends at a time of its own begins at the one before.
    """
    if span.days:
        local = end.astimezone(zone)
        before = local.date() - timedelta(span.days)
        if end == _midnight(local.date(), zone):
            return _midnight(before, zone)
        return datetime.combine(before, local.time(), zone).astimezone(UTC)
    length = timedelta(minutes=span.minutes)
    if not is_tick(span, zone, end) or next_tick(span, zone, end - length - _INSTANT) == end - length:
        return end - length
    before = next_tick(span, zone, end - length - MAX_CLOCKS_CHANGE)
    while (following := next_tick(span, zone, before)) < end:
        before = following
    return before


def _moments(local: datetime, zone: tzinfo) -> set[datetime]:
    """Return when a clock shows this: twice where it is put back, the moment at which it is put forward past it."""
    first = local.replace(tzinfo=zone).astimezone(UTC)
    again = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return {first, again} if again.astimezone(zone).replace(tzinfo=None) == local else {first}


def _midnight(day: date, zone: tzinfo) -> datetime:
    """Return when a day begins; where a clock is put forward across midnight, the moment at which it is."""
    return datetime.combine(day, time(), zone).astimezone(UTC)
