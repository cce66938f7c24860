"""A job's events: create-only rows with consecutive numbers, streamed live and replayed to later readers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from core.domain.ids import now
from core.domain.records import Json
from core.domain.trainings import Event
from core.ports import Tables
from core.storage import rows


class EventLog:
    """Appends to the events of one job. Several writers may append; each number is given once."""

    def __init__(self, tables: Tables, user_id: str, job_id: str) -> None:
        self.tables = tables
        self.where = (user_id, job_id)
        self.next_seq = 0

    def append(self, kind: str, data: Json, epoch: int = 0, at: str | None = None) -> Event:
        """Write the event under the next free number.

        After Unavailable it may have been written or not: appending it again with the same `at` does not write it
        twice.
        """
        at = at or now()
        if not self.next_seq:
            self.next_seq = self._last_seq() + 1
        while True:
            event = Event(self.next_seq, epoch, kind, at, data)
            key, value = rows.key("event", *self.where, event.seq), rows.dump(event)
            if rows.write_once(self.tables, key, value, None):
                self.next_seq += 1
                return event
            self.next_seq += 1

    def append_first(self, data: Json) -> None:
        """Write the first event, unless there are events already."""
        self.tables.put_if_absent(rows.key("event", *self.where, 1), rows.dump(Event(1, 0, "state", now(), data)))

    def append_if_not_last(self, kind: str, data: Json, epoch: int = 0) -> None:
        """Write the event unless the last one is already of its kind."""
        while True:
            last = self._last_seq()
            raw = self.tables.get(rows.key("event", *self.where, last)) if last else None
            if raw is not None and rows.load(Event, raw).kind == kind:
                return
            event = Event(last + 1, epoch, kind, now(), data)
            if self.tables.put_if_absent(rows.key("event", *self.where, event.seq), rows.dump(event)):
                return

    def _last_seq(self) -> int:
        # Numbers have no gaps that matter: doubling, then halving, finds the end in a few reads.
        low, high = 0, 1
        while self._exists(high):
            low, high = high, high * 2
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self._exists(middle) else (low, middle)
        return low

    def _exists(self, seq: int) -> bool:
        return self.tables.get(rows.key("event", *self.where, seq)) is not None


def read_events(tables: Tables, user_id: str, job_id: str, after_seq: int = 0) -> Iterator[Event]:
    """Yield the events with a number above `after_seq`, in order, up to the last.

    Events that a worker wrote after it had lost its lease are left out, as epochs never go back; so are those written
    after the end.
    """
    start = rows.prefix("event", user_id, job_id)
    after = rows.key("event", user_id, job_id, after_seq)
    last = tables.get(after)
    epoch = 0
    if last is not None:
        seen = rows.load(Event, last)
        if seen.kind == "done":
            return
        epoch = seen.epoch
    for row in rows.scan_all(tables, start, after=after):
        event = rows.load(Event, row.value)
        if event.epoch >= epoch:
            epoch = event.epoch
            yield event
        if event.kind == "done":
            return


def compact(tables: Tables, user_id: str, job_id: str) -> None:
    """Reduce the events of a finished job to its last one, stored as the first event.

    Its numbers have no gap, so that it still ends for every later reader. Calling it twice does no harm.
    """
    found = list(rows.scan_all(tables, rows.prefix("event", user_id, job_id)))
    events = [rows.load(Event, row.value) for row in found]
    end = next((event for event in events if event.kind == "done"), None)
    if end is None or len(found) == 1:
        return
    tables.put(rows.key("event", user_id, job_id, 1), rows.dump(replace(end, seq=1)))
    for row in reversed(found[1:]):
        tables.delete(row.key)
