"""Segments: the data of many events put together, each event's once, in files that datasets are made of.

A segment lists its events and is created once under the next number; which events are in which segment is decided by
that one write. Before the next number each event of the newest segment is told that it is in it (`settle`), so that
none is taken twice; a crash in between leaves that to whoever comes next.
"""

from __future__ import annotations

import gzip
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from core.domain.events import EventSegment, Incoming
from core.domain.ids import now, timestamp_before
from core.events import keys
from core.events.intake import PACKING_LEVEL
from core.events.room import Room
from core.ports import Ports
from core.storage import blob_intents, rows

MAX_EVENTS = 500
MAX_BYTES = 8 << 20
"""Data of one segment that stands in the rows of events; what is in blobs of its own stays there."""


DANGLING = timedelta(days=1)
"""Age from which an event that was announced and never written will not be."""


@dataclass(frozen=True)
class Waiting:
    """An event that may be in no segment yet."""

    id: str
    at: str
    rows: int
    size_bytes: int


@dataclass(frozen=True)
class Taken:
    """The data of all events up to a segment: gzip of JSON lines, in the order of arrival."""

    newest: EventSegment
    blobs: list[str]


@dataclass(frozen=True)
class Cursor:
    """Up to which segment data is in a run, and what had come until then."""

    segment: int = 0
    rows: int = 0
    events: int = 0


class Segments:
    """The segments of pipelines."""

    def __init__(self, ports: Ports, room: Room) -> None:
        self.tables = ports.tables
        self.blobs = ports.blobs
        self.room = room

    def waiting(self, user_id: str, pipeline_id: str, limit: int) -> list[Waiting]:
        """Return at most so many events that may be in no segment yet, in no order."""
        start = rows.prefix(keys.UNSEALED, user_id, pipeline_id)
        found = []
        for row in self.tables.scan(start, limit):
            said = rows.load_json(row.value)
            found.append(Waiting(row.key.removeprefix(start), said["at"], said["rows"], said["bytes"]))
        return found

    def newest(self, user_id: str, pipeline_id: str) -> EventSegment | None:
        """Return the newest segment, None if there is none."""
        return next(self._newest_first(user_id, pipeline_id, 1), None)

    def since(self, user_id: str, pipeline_id: str, number: int) -> list[EventSegment]:
        """Return the segments after a number, the oldest first."""
        found = []
        for segment in self._newest_first(user_id, pipeline_id, 20):
            if segment.number <= number:
                break
            found.append(segment)
        return found[::-1]

    def take(self, user_id: str, pipeline_id: str) -> Taken | None:
        """Return the data of all events that have come, for a run; None if no rows ever came.

        Each call may find more. `advance` says that a run has it.
        """
        newest = self.seal(user_id, pipeline_id)
        if newest is None:
            return None
        segments = [each for each in self._newest_first(user_id, pipeline_id, 20) if each.number <= newest.number]
        blobs = [blob for each in reversed(segments) for blob in each.blobs]
        return Taken(newest, blobs) if blobs else None

    def cursor(self, user_id: str, pipeline_id: str) -> Cursor:
        """Return up to where data is in runs."""
        raw = self.tables.get(keys.cursor_key(user_id, pipeline_id))
        return Cursor() if raw is None else rows.load(Cursor, raw)

    def advance(self, user_id: str, pipeline_id: str, segment: EventSegment) -> None:
        """Have the events up to a segment start no run any more: one has their data."""
        after = Cursor(segment.number, segment.total_rows, segment.total_events)
        rows.update(
            self.tables, keys.cursor_key(user_id, pipeline_id), Cursor,
            lambda found: None if found is not None and found.segment >= after.segment else after,
        )  # fmt: skip

    def seal(self, user_id: str, pipeline_id: str) -> EventSegment | None:
        """Put what waits into segments; return the newest one, None if there is none."""
        while True:
            newest = self.newest(user_id, pipeline_id)
            if newest is not None and not newest.settled:
                self._settle(user_id, pipeline_id, newest)
            events = self._unsealed(user_id, pipeline_id)
            if not events:
                return newest
            self._create(user_id, pipeline_id, newest or EventSegment(0, [], [], ""), events)

    def _newest_first(self, user_id: str, pipeline_id: str, page: int) -> Iterator[EventSegment]:
        start = rows.prefix(keys.SEGMENT, user_id, pipeline_id)
        found = iter(self.tables.scan(start, 1)) if page == 1 else rows.scan_all(self.tables, start, page=page)
        return (rows.load(EventSegment, row.value) for row in found)

    def _unsealed(self, user_id: str, pipeline_id: str) -> list[Incoming]:
        """Return events that are in no segment, the earliest first: as many as one may have."""
        waiting = self.waiting(user_id, pipeline_id, 4 * MAX_EVENTS)
        chosen = sorted(waiting, key=lambda each: (each.at, each.id))[:MAX_EVENTS]
        wanted = {each.id: keys.incoming_key(user_id, pipeline_id, each.id) for each in chosen}
        found = self.tables.get_many(list(wanted.values())) if wanted else {}
        events: list[Incoming] = []
        size_bytes, is_stale, limit = 0, False, timestamp_before(DANGLING)
        for each in chosen:
            raw = found.get(wanted[each.id])
            event = None if raw is None else rows.load(Incoming, raw)
            if event.segment if event is not None else each.at < limit:
                self.tables.delete(keys.unsealed_key(user_id, pipeline_id, each.id))
                is_stale = True
            elif event is not None and (not events or size_bytes < MAX_BYTES):
                events.append(event)
                size_bytes += sum(map(len, event.lines))
        return self._unsealed(user_id, pipeline_id) if is_stale and not events else events

    def _create(self, user_id: str, pipeline_id: str, before: EventSegment, events: list[Incoming]) -> None:
        """Write the segment after `before`, unless somebody else writes one of that number first."""
        number = before.number + 1
        key = keys.segment_key(user_id, pipeline_id, number)
        lines = [line for event in events for line in event.lines]
        blob, intent = "", None
        if lines:
            name = f"{number:09d}-{secrets.token_hex(4)}"
            blob = f"{keys.blobs_prefix(user_id, pipeline_id)}{name}"
            intent = blob_intents.record(self.tables, blob, key)
            packed = gzip.compress("".join(f"{line}\n" for line in lines).encode(), PACKING_LEVEL, mtime=0)
            self.blobs.write(blob, [packed], overwrite=True)  # Nobody else writes this name.
        n_rows, size_bytes = sum(each.rows for each in events), sum(each.size_bytes for each in events)
        segment = EventSegment(
            number, [blob] * bool(blob) + [each.blob for each in events if each.blob],
            [each.in_short() for each in events], now(), n_rows, sum(each.lacking for each in events), size_bytes,
            before.total_rows + n_rows, before.total_events + len(events), before.total_bytes + size_bytes,
        )  # fmt: skip
        is_mine = rows.write_once(self.tables, key, rows.dump(segment), None)
        if intent is not None:
            if not is_mine:
                self.blobs.delete(blob)
            blob_intents.confirm(self.tables, intent)

    def _settle(self, user_id: str, pipeline_id: str, segment: EventSegment) -> None:
        """Have each event say that it is in the segment. May be done twice, and by several at once."""
        self.room.count(user_id, pipeline_id, segment.total_bytes)
        ids = [each["id"] for each in segment.events]
        found = self.tables.get_many([keys.incoming_key(user_id, pipeline_id, id) for id in ids])
        for id in ids:
            key = keys.incoming_key(user_id, pipeline_id, id)
            if key in found and not (event := rows.load(Incoming, found[key])).segment:
                # The blob's name stays: an announcement of it that a crash has left is settled by this row.
                sealed = rows.dump(replace(event, lines=[], segment=segment.number))
                rows.compare_and_set(self.tables, key, sealed, found[key])
            self.tables.delete(keys.unsealed_key(user_id, pipeline_id, id))
        rows.update(
            self.tables, keys.segment_key(user_id, pipeline_id, segment.number), EventSegment,
            lambda found: None if found is None or found.settled else replace(found, settled=True),
        )  # fmt: skip
