"""Lines of several segments as one sequence, the newest first, each once."""

from __future__ import annotations

import gzip
import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.errors import BlobMissing
from core.ports import Blobs
from core.requests.segments import Segment, invert

ID_PLACE = slice(7, 27)
"""Where the id stands in a line, which begins with `{"id":"`."""


class Chunk(Protocol):
    """Lines whose ids lie between `first` and `last`, to be read at once."""

    @property
    def first(self) -> str: ...
    @property
    def last(self) -> str: ...
    def lines(self) -> Iterable[tuple[str, bytes]]:
        """Return each line with its id, in any order."""
        ...


@dataclass(frozen=True)
class SegmentChunk:
    """All lines of a segment of JSON lines."""

    blobs: Blobs
    segment: Segment

    @property
    def first(self) -> str:
        return self.segment.first

    @property
    def last(self) -> str:
        return self.segment.last

    def lines(self) -> list[tuple[str, bytes]]:
        """Return the lines; none of a segment that is being deleted."""
        try:
            data = b"".join(self.blobs.read(self.segment.blob))
        except BlobMissing:
            return []
        return [(line[ID_PLACE].decode(), line) for line in gzip.decompress(data).splitlines()]


def newest_first(chunks: Sequence[Chunk], low: str, high: str) -> Iterator[tuple[str, bytes]]:
    """Yield the lines with ids in [low, high), the newest first, and one of those with the same id.

    A chunk is read once no line of another one can be newer than its newest.
    """
    waiting = sorted(chunks, key=lambda chunk: chunk.last)
    found: list[tuple[str, int, str, bytes]] = []
    count = 0
    before = ""
    while waiting or found:
        while waiting and (not found or waiting[-1].last >= found[0][2]):
            for id, line in waiting.pop().lines():
                if low <= id < high:
                    count += 1
                    heapq.heappush(found, (invert(id), count, id, line))
        if found:
            _, _, id, line = heapq.heappop(found)
            if id != before:
                yield id, line
            before = id
