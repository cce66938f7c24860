"""Segments that are still being filled: lines of one endpoint and one hour, packed as they come."""

from __future__ import annotations

import secrets
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from api.serving.request_log.logged_request import LoggedRequest
from core.domain.endpoints import Endpoint
from core.domain.prediction_ids import time_ms
from core.requests.request_log import NewSegment
from core.requests.segments import DAY_MS, HOUR_MS, floor

SEGMENT_S = 4.0
"""Seconds from a segment's first line until it is closed. With a second's wait for shadows it is five."""
MAX_ROWS = 5000
MAX_BYTES = 4 << 20
"""Size of the lines of a segment, before they are packed."""
PACK_BYTES = 1 << 15
"""Size of the lines that are packed at once."""
LEVEL = 1
_GZIP = 31

_Key = tuple[str, int, bool]


@dataclass
class ClosedSegment:
    """A segment that is to be written, and the requests that wait for it."""

    new: NewSegment
    waiting: list[LoggedRequest] = field(default_factory=list)


@dataclass
class OpenSegment:
    """Lines of one endpoint and one hour."""

    endpoint: Endpoint
    hour_ms: int
    began_s: float
    is_durable: bool
    waiting: list[LoggedRequest] = field(default_factory=list)
    rows: int = 0
    size_bytes: int = 0
    first: str = "~"
    last: str = ""

    def __post_init__(self) -> None:
        self._packer = zlib.compressobj(LEVEL, zlib.DEFLATED, _GZIP)
        self._packed: list[bytes] = []
        self._lines: list[bytes] = []
        self._lines_bytes = 0

    @property
    def due_s(self) -> float:
        """When it is to be closed: at once where somebody waits for it, who has waited for others already."""
        return self.began_s + (0.0 if self.is_durable else SEGMENT_S)

    @property
    def is_full(self) -> bool:
        return self.rows >= MAX_ROWS or self.size_bytes >= MAX_BYTES

    def add(self, id: str, line: bytes) -> None:
        """Add a line."""
        self._lines.append(line)
        self._lines_bytes += len(line)
        if self._lines_bytes >= PACK_BYTES:
            self._pack()
        self.rows += 1
        self.size_bytes += len(line)
        self.first = min(self.first, id)
        self.last = max(self.last, id)

    def close(self) -> ClosedSegment:
        """Return the segment as it is to be written."""
        self._pack()
        data = b"".join([*self._packed, self._packer.flush()])
        day_ms = floor(self.hour_ms, DAY_MS)
        name = secrets.token_hex(4)
        return ClosedSegment(
            NewSegment(self.endpoint, day_ms, data, self.rows, self.first, self.last, name), self.waiting
        )

    def _pack(self) -> None:
        self._packed.append(self._packer.compress(b"".join(self._lines)))
        self._lines, self._lines_bytes = [], 0


class OpenSegments:
    """The segments of one process that are being filled. For one thread."""

    def __init__(self) -> None:
        self._open: dict[_Key, OpenSegment] = {}

    def add(self, request: LoggedRequest) -> Iterator[ClosedSegment]:
        """Add the lines of a request; yield the segments that are full."""
        for id, line in request.lines():
            key = (request.endpoint.id, floor(time_ms(id), HOUR_MS), request.kept is not None)
            segment = self._open.get(key)
            if segment is None:
                segment = self._open[key] = OpenSegment(request.endpoint, key[1], request.made_at_s, key[2])
            segment.add(id, line)
            if request.kept is not None and request not in segment.waiting[-1:]:
                request.pending += 1
                segment.waiting.append(request)
            if segment.is_full:
                yield self._open.pop(key).close()
        request.settle()  # There are no more.

    def due(self, now_s: float | None = None) -> Iterator[ClosedSegment]:
        """Yield the segments whose time has come; all of them without a time."""
        for key, segment in list(self._open.items()):
            if now_s is None or segment.due_s <= now_s:
                yield self._open.pop(key).close()

    def next_s(self) -> float | None:
        """Return when the next one is due, None if there is none."""
        return min((segment.due_s for segment in self._open.values()), default=None)
