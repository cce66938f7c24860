"""The log of an endpoint's requests: written by predictors, found by time, forgotten after days."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from core.domain.endpoints import Endpoint
from core.domain.prediction_ids import least_id, time_ms
from core.endpoints.endpoint_rows import EndpointRows
from core.errors import BlobExists
from core.ports import Ports
from core.requests.log_settings import LogPolicy
from core.requests.segments import (
    DAY_MS,
    KINDS,
    Segment,
    below,
    between,
    day_prefix,
    floor,
    log_prefix,
    segment_key,
)
from core.settings import Settings
from core.storage import blob_intents, rows


@dataclass
class NewSegment:
    """Requests that are to become a segment.

    Attributes:
        day_ms: of their ids.
        data: gzip of their lines.
        name: of this segment among those that begin with the same id, as a request that is sent again may.
        lost: requests that were to be kept before these, and could not.
        intent: the key of the announcement of its blob, once there is one.
    """

    endpoint: Endpoint
    day_ms: int
    data: bytes
    rows: int
    first: str
    last: str
    name: str
    lost: int = 0
    intent: str | None = None


class RequestLog:
    """The requests of endpoints that are kept."""

    def __init__(self, ports: Ports, settings: Settings, endpoints: EndpointRows) -> None:
        self.tables = ports.tables
        self.blobs = ports.blobs
        self.endpoints = endpoints
        self.policy = LogPolicy(settings)

    def write(self, new: NewSegment) -> bool:
        """Write a segment: announcement, blob, row. May be called again until it returns. Raises Unavailable.

        Returns whether it counts: the log of an endpoint that is gone takes nothing any more.
        """
        endpoint = new.endpoint
        if not self.endpoints.is_current(endpoint):
            return False
        blob = f"{day_prefix(endpoint.user_id, endpoint.id, new.day_ms)}{new.first}-{new.name}"
        segment = Segment(endpoint.id, blob, new.rows, len(new.data), new.first, new.last, lost=new.lost)
        key = segment_key(endpoint, segment)
        if new.intent is None:
            new.intent = blob_intents.record(self.tables, blob, key)
        with suppress(BlobExists):  # An earlier try of this call: nobody else knows the name.
            self.blobs.write(blob, [new.data])
        rows.write_once(self.tables, key, rows.dump(segment), None)
        if not self.endpoints.is_current(endpoint):  # Its deletion may not have seen the row.
            self.tables.delete(key)
            self.blobs.delete(blob)
        blob_intents.confirm(self.tables, new.intent)
        return True

    def segments(self, endpoint: Endpoint, from_: datetime, to: datetime) -> list[Segment]:
        """Return the segments that may hold requests of [from_, to), the oldest first.

        They hold others, too; and a request may be in several of them, under the same id: one of a message that was
        delivered twice, or of a day that is just being put together.
        """
        low, high = _bound(from_), _bound(to)
        found = [each.segment for kind in KINDS for each in between(self.tables, kind, endpoint, low, high)]
        return sorted(found, key=lambda segment: segment.first)

    def kept_from(self, endpoint: Endpoint, now: datetime) -> datetime:
        """Return the beginning of the first day that is kept; with a log that is off nothing of today is, either."""
        days = self.policy.effective(endpoint.log).days
        limit_ms = int(now.timestamp() * 1000) - (days or -1) * DAY_MS
        return datetime.fromtimestamp(floor(limit_ms, DAY_MS) / 1000, UTC)

    def forget_day(self, endpoint: Endpoint, limit: datetime) -> bool:
        """Delete the newest day that is over before a time; return whether there was one. May be done twice."""
        high = least_id(floor(int(limit.timestamp() * 1000), DAY_MS))
        newest = [each.segment.first for kind in KINDS for each in islice(below(self.tables, kind, endpoint, high), 1)]
        if not newest:
            return False
        day_ms = floor(time_ms(max(newest)), DAY_MS)
        # Blobs first: as long as a row is left, this is done again.
        blob_intents.delete_blobs(self.blobs, day_prefix(endpoint.user_id, endpoint.id, day_ms))
        for kind in KINDS:
            for each in between(self.tables, kind, endpoint, least_id(day_ms), least_id(day_ms + DAY_MS)):
                self.tables.delete_if_unchanged(each.key, each.raw)
        return True

    def erase(self, user_id: str, name: str, endpoint_id: str) -> None:
        """Delete the whole log of an endpoint that is gone. May be done twice."""
        blob_intents.delete_blobs(self.blobs, log_prefix(user_id, endpoint_id))
        for kind in KINDS:
            for row in rows.scan_all(self.tables, rows.prefix(kind, user_id, name)):
                if rows.load(Segment, row.value).endpoint_id == endpoint_id:
                    self.tables.delete_if_unchanged(row.key, row.value)


def _bound(at: datetime) -> str:
    return least_id(int(at.timestamp() * 1000))
