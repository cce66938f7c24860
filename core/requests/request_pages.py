"""Pages of an endpoint's requests, the newest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

import orjson

from core.domain.endpoints import Endpoint
from core.domain.prediction_ids import least_id, time_ms
from core.domain.records import Json
from core.ports import Ports
from core.requests.newest_first import Chunk, SegmentChunk, newest_first
from core.requests.segments import DAY, HOUR_MS, SEGMENT, Segment, below, between, floor
from core.storage.rows import Page

MAX_SCANNED = 20_000
"""Lines that are looked at for one page: it may be short, or empty, and still have a next one."""
BATCH = 200
"""Lines whose labels are looked up at once."""
LAST_MS = (1 << 48) - 1

OpenDay = Callable[[Segment], Iterable[Chunk]]
"""Gives the parts of a day that was put together."""
FindLabels = Callable[[Endpoint, Sequence[Json]], Mapping[str, Json]]
"""Gives {label, label_at} of the lines that have one, by their ids; {label_unresolved} where that takes too long."""


@dataclass(frozen=True)
class RequestQuery:
    """Which requests are asked for.

    Attributes:
        from_, to: they were made at or after the one, and before the other.
        version: that answered.
        labelled: whether the truth is known; None: either.
    """

    from_: datetime | None = None
    to: datetime | None = None
    version: int | None = None
    labelled: bool | None = None


@dataclass
class RequestPages:
    """Reads pages.

    Attributes:
        open_day: gives the parts of a day that was put together.
        find_labels: gives the truth that became known.
    """

    ports: Ports
    open_day: OpenDay
    find_labels: FindLabels = field(default=lambda endpoint, lines: {})

    def page(self, endpoint: Endpoint, query: RequestQuery, size: int, after: str | None = None) -> Page[Json]:
        """Return a page of lines: {id, at, v, alias, key, x, y, p?, ms, rt, shadow?, label?, label_at?}.

        Args:
            endpoint: whose requests they are.
            query: which of them.
            size: lines of a page.
            after: the id of the last line of the page before.
        """
        low = least_id(0 if query.from_ is None else _ms(query.from_))
        high = least_id(LAST_MS if query.to is None else _ms(query.to))
        lines = self.lines(endpoint, low, high if after is None else min(high, after))
        found: list[Json] = []
        scanned = 0
        while batch := [orjson.loads(line) for _, line in islice(lines, min(BATCH, size + 1))]:
            labels = self.find_labels(endpoint, batch)
            for line in batch:
                scanned += 1
                if len(found) == size:
                    return Page(found, found[-1]["id"])
                label = labels.get(line["id"], {})
                is_wanted = query.labelled is None or query.labelled == ("label" in label)
                if is_wanted and query.version in (None, line["v"]):
                    found.append({**line, **label})
                elif scanned >= MAX_SCANNED:
                    return Page(found, line["id"])
        return Page(found, None)

    def lines(self, endpoint: Endpoint, low: str, high: str) -> Iterator[tuple[str, bytes]]:
        """Yield all lines with ids in [low, high), each with its id, the newest first."""
        while (hour := self._newest_hour(endpoint, low, high)) is not None:
            start = max(low, least_id(hour))
            yield from newest_first(list(self._chunks(endpoint, start, high)), start, high)
            high = start

    def _newest_hour(self, endpoint: Endpoint, low: str, high: str) -> int | None:
        """Return the beginning of the newest hour in which there may be lines in [low, high)."""
        if low >= high:
            return None
        newest = [min(each.last, _before(high)) for each in self._newest(endpoint, high)]
        hour = floor(time_ms(max(newest)), HOUR_MS) if newest else None
        return None if hour is None or least_id(hour + HOUR_MS) <= low else hour

    def _newest(self, endpoint: Endpoint, high: str) -> Iterator[Segment]:
        for kind in (SEGMENT, DAY):
            newest = (each.segment for each in below(self.ports.tables, kind, endpoint, high, 4))
            yield from islice((segment for segment in newest if segment.first < high), 1)

    def _chunks(self, endpoint: Endpoint, low: str, high: str) -> Iterator[Chunk]:
        for each in between(self.ports.tables, SEGMENT, endpoint, low, high):
            yield SegmentChunk(self.ports.blobs, each.segment)
        for each in between(self.ports.tables, DAY, endpoint, low, high):
            yield from (chunk for chunk in self.open_day(each.segment) if chunk.first < high and chunk.last >= low)


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _before(id: str) -> str:
    """Return an id of the millisecond before, which is in the hour of whatever lies before this one."""
    return least_id(time_ms(id) - (id == least_id(time_ms(id))))
