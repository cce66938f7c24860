"""When windows end: every so often by the clock, or at the times of a cron expression.

Of windows that overlap, those that follow one another count for more: they are kept longer, and worked out again for
labels. With a cron expression those are its first times in each span of the window's length.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice, takewhile
from typing import Protocol

from core.errors import Invalid
from core.monitoring.spans import MAX_CLOCKS_CHANGE, Span, is_tick, next_tick, parse_span, start_of
from core.schedules.cron import Cron

_INSTANT = timedelta(microseconds=1)
_A_DAY = datetime(2024, 1, 1, tzinfo=UTC)


class WindowSchedule(Protocol):
    """When windows end, and how long they are."""

    window: Span
    zone: tzinfo

    @abstractmethod
    def next_end(self, after: datetime) -> datetime:
        """Return the end of the next window."""

    @abstractmethod
    def newest_ends(self, after: datetime, until: datetime, count: int) -> list[datetime]:
        """Return the newest ends of windows after `after`, up to `until`, in their order."""

    @abstractmethod
    def is_main(self, end: datetime) -> bool:
        """Return whether the window is one of those that follow one another; others lie across them."""

    @abstractmethod
    def main_ends(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Yield the ends of the windows that follow one another."""

    def start(self, end: datetime) -> datetime:
        """Return the begin of the window that ends then."""
        return start_of(end, self.window, self.zone)


@dataclass(frozen=True)
class EverySpan(WindowSchedule):
    """A window ends every so often."""

    window: Span
    every: Span
    zone: tzinfo

    def next_end(self, after: datetime) -> datetime:
        return next_tick(self.every, self.zone, after)

    def newest_ends(self, after: datetime, until: datetime, count: int) -> list[datetime]:
        long_ago = until - (count + 1) * timedelta(minutes=self.every.total_minutes) - MAX_CLOCKS_CHANGE
        return list(deque(_ticks(self.every, self.zone, max(after, long_ago), until), count))

    def is_main(self, end: datetime) -> bool:
        return is_tick(self.window, self.zone, end)

    def main_ends(self, after: datetime, until: datetime) -> Iterator[datetime]:
        return _ticks(self.window, self.zone, after, until)


@dataclass(frozen=True)
class ByCron(WindowSchedule):
    """A window ends whenever a cron expression says so."""

    window: Span
    every: Cron
    zone: tzinfo

    def next_end(self, after: datetime) -> datetime:
        return self.every.next(after)

    def newest_ends(self, after: datetime, until: datetime, count: int) -> list[datetime]:
        return self.every.newest(after, until, count)

    def is_main(self, end: datetime) -> bool:
        return end in self.main_ends(end - _INSTANT, end)

    def main_ends(self, after: datetime, until: datetime) -> Iterator[datetime]:
        begin = after - timedelta(minutes=self.window.total_minutes) - MAX_CLOCKS_CHANGE
        last = None
        for tick in _ticks(self.window, self.zone, begin, until):
            end = self.every.next(tick - _INSTANT)
            if after < end <= until and end != last:
                last = end
                yield end


def make_schedule(window: Span, every: Span | Cron, zone: tzinfo) -> WindowSchedule:
    """Return the schedule."""
    return ByCron(window, every, zone) if isinstance(every, Cron) else EverySpan(window, every, zone)


def parse_every(text: str, timezone: str) -> Span | Cron:
    """Return how often a window ends; raises ValueError with what is wrong."""
    if " " not in text.strip() and not text.strip().startswith("@"):
        return parse_span(text)
    try:
        return Cron.parse(text, timezone)
    except Invalid as exc:
        raise ValueError(" ".join(f"{entry['detail']} {entry['hint']}" for entry in exc.errors)) from exc


def ends_within(window: Span, every: Span | Cron, most: int) -> int:
    """Return how many windows end within the length of one, as seen from the first; of cron counted up to `most`."""
    if isinstance(every, Span):
        return window.total_minutes // every.total_minutes
    first = every.next(_A_DAY)
    until = first + timedelta(minutes=window.total_minutes)
    return 1 + sum(1 for _ in islice(takewhile(lambda end: end < until, every.times(first)), most))


def _ticks(span: Span, zone: tzinfo, after: datetime, until: datetime) -> Iterator[datetime]:
    tick = next_tick(span, zone, after)
    while tick <= until:
        yield tick
        tick = next_tick(span, zone, tick)
