"""Schedules of things: one or several cron expressions, what comes next, and what to make of times that have passed.

Whoever finds that a time has come may do so long after it, with a clock that is minutes off, and at the same moment as
another. So what is done follows from the time that was planned, not from when somebody noticed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from typing import Any

from core.errors import Invalid
from core.schedules.cron import MAX_COUNTED, REASON, Cron, utc_minute

ONCE, SKIP = "once", "skip"
MISSED_AFTER = timedelta(minutes=15)
"""How late a time is still kept: more than clocks are apart, and than it takes another process to take over."""
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Entry:
    """One expression, and what becomes of its times that nobody was there for: `once` makes up for the newest."""

    cron: Cron
    missed: str = ONCE


@dataclass(frozen=True)
class Arrival:
    """What is to be done about a time that has come.

    Attributes:
        kept: the time that is kept, None if all were missed and none is made up for.
        entry: the expression whose time it is.
        passed_over: how many others there were, up to `MAX_COUNTED`; the first and the last of them.
        next: the time after all of these.
    """

    kept: datetime | None
    entry: Entry
    next: datetime
    passed_over: int = 0
    first: datetime | None = None
    last: datetime | None = None

    @property
    def words_of_missed(self) -> str:
        """What was passed over, in words."""
        if self.first is None or self.last is None:
            return ""
        if self.passed_over == 1:
            return f"1 time was missed while nothing ran: {utc_minute(self.first)}Z"
        many = "more than " if self.passed_over >= MAX_COUNTED else ""
        times = f"from {utc_minute(self.first)}Z to {utc_minute(self.last)}Z"
        return f"{many}{self.passed_over:,} times were missed while nothing ran, {times}"


@dataclass(frozen=True)
class Schedule:
    """All expressions that start the same thing; at least one."""

    entries: tuple[Entry, ...]

    def next(self, after: datetime) -> datetime:
        """Return the first time after this one, of any of them."""
        return min(entry.cron.next(after) for entry in self.entries)

    def is_time(self, at: datetime) -> bool:
        """Return whether it comes then."""
        return self.next(at - _SECOND) == at

    def planned(self, at: str | None, now: datetime) -> str:
        """Return the minute at which it comes next; one that was planned, and that nobody has come to yet, stays."""
        if at is not None and (before := moment_of(at)) <= now and self.is_time(before):
            return at
        return utc_minute(self.next(now))

    def arrival(self, planned: datetime, now: datetime) -> Arrival:
        """Return what is to be done about a planned time, now or long after."""
        if now - planned <= MISSED_AFTER:
            return Arrival(planned, self._entry_of(planned), self.next(planned))
        before = planned - _SECOND
        kept: dict[datetime, Entry] = {}
        for entry in self.entries:
            newest, _ = entry.cron.newest_until(before, now)
            if newest is not None and (entry.missed == ONCE or now - newest <= MISSED_AFTER):
                kept.setdefault(newest, entry)
        chosen = max(kept, default=None)
        others = sorted(at for at in self._times(before, now) if at != chosen)
        return Arrival(
            chosen, self._entry_of(planned) if chosen is None else kept[chosen], self.next(now), len(others),
            others[0] if others else None, others[-1] if others else None,
        )  # fmt: skip

    def _entry_of(self, at: datetime) -> Entry:
        return next((entry for entry in self.entries if entry.cron.next(at - _SECOND) == at), self.entries[0])

    def _times(self, after: datetime, until: datetime) -> set[datetime]:
        found: set[datetime] = set()
        for entry in self.entries:
            found.update(islice(takewhile(lambda at: at <= until, entry.cron.times(after)), MAX_COUNTED))
        return found


def schedule_of(entries: Iterable[Mapping[str, Any]]) -> Schedule | None:
    """Return the schedule of checked entries, None if none of them goes by time."""
    crons = [each for each in entries if each.get("cron")]
    if not crons:
        return None
    return Schedule(tuple(Entry(Cron(each["cron"], _zone(each)), each.get("missed") or ONCE) for each in crons))


def checked_entry(entry: Mapping[str, Any], where: str = "", missed: Sequence[str] = (ONCE, SKIP)) -> dict[str, Any]:
    """Return an entry as it is kept, with its time zone and what becomes of missed times.

    Raises Invalid SCHEDULE_INVALID, with fields that begin with `where`.
    """
    cron = Cron.parse(entry["cron"], _zone(entry), where)
    kept = {**entry, "cron": cron.expression, "timezone": cron.timezone}
    if missed:
        kept["missed"] = entry.get("missed") or ONCE
        if kept["missed"] not in missed:
            detail = f"{where}missed: {str(kept['missed'])[:40]!r} is none of {' and '.join(missed)}."
            raise Invalid(REASON, detail, [{"field": f"{where}missed", "detail": detail}])
    return kept


def moment_of(minute: str) -> datetime:
    """Return the moment of a minute as rows have it, `2026-11-30T02:00`."""
    return datetime.fromisoformat(minute).replace(tzinfo=UTC)


def _zone(entry: Mapping[str, Any]) -> str:
    return str(entry.get("timezone") or "UTC")
