"""Segments: the requests of an endpoint that were kept together, as one blob and the row that makes it count.

A segment is written by one predictor every few seconds; later all of a day become one. Their keys sort the newest
first. The ids of predictions in a segment are of one hour (of one day, once they are put together), so that the
segments of any time are found by one scan.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from core.domain.endpoints import Endpoint
from core.domain.prediction_ids import least_id, time_ms
from core.ports import Tables
from core.storage import rows

Kind = Literal["segment", "requestday"]
SEGMENT: Kind = "segment"
DAY: Kind = "requestday"
KINDS = (SEGMENT, DAY)

HOUR_MS = 3600 * 1000
DAY_MS = 24 * HOUR_MS
SPAN_MS: dict[Kind, int] = {SEGMENT: HOUR_MS, DAY: DAY_MS}
"""The ids of a segment are of one such span, counted from 1970."""

_DIGITS = "0123456789abcdefghijklmnopqrstuv"
_INVERTED = str.maketrans(_DIGITS, _DIGITS[::-1])


@dataclass(frozen=True)
class Segment:
    """Requests that were kept together.

    Attributes:
        endpoint_id: of the endpoint of this name that they belong to.
        blob: what holds them.
        rows: how many they are.
        size_bytes: of the blob.
        first, last: the least and the greatest id among them.
        format: `jsonl` is gzip of JSON lines; `parquet` has the same fields as columns, sorted by id.
        lost: requests that were to be kept before these, and could not.
    """

    endpoint_id: str
    blob: str
    rows: int
    size_bytes: int
    first: str
    last: str
    format: Literal["jsonl", "parquet"] = "jsonl"
    lost: int = 0


@dataclass(frozen=True)
class SegmentRow:
    """A segment, with its row."""

    key: str
    raw: bytes
    segment: Segment


def segment_key(endpoint: Endpoint, segment: Segment) -> str:
    """Return the key of a segment's row."""
    unique = segment.blob.rpartition("/")[2].removeprefix(segment.first)
    return rows.key(SEGMENT, endpoint.user_id, endpoint.name, invert(segment.first) + unique)


def day_key(endpoint: Endpoint, day_ms: int) -> str:
    """Return the key of the row of a day's segment."""
    return rows.key(DAY, endpoint.user_id, endpoint.name, invert(least_id(day_ms)))


def log_prefix(user_id: str, endpoint_id: str) -> str:
    """Return what the names of all blobs of an endpoint's log begin with."""
    return f"{user_id}/requests/{endpoint_id}/"


def day_prefix(user_id: str, endpoint_id: str, day_ms: int) -> str:
    """Return what the names of all blobs of one day begin with."""
    return f"{log_prefix(user_id, endpoint_id)}{datetime.fromtimestamp(day_ms / 1000, UTC):%Y-%m-%d}/"


def invert(id: str) -> str:
    """Return a text that sorts the other way round."""
    return id.translate(_INVERTED)


def floor(at_ms: int, span_ms: int) -> int:
    """Return the beginning of the span that a time lies in."""
    return at_ms - at_ms % span_ms


def below(tables: Tables, kind: Kind, endpoint: Endpoint, high: str, page: int = 1000) -> Iterator[SegmentRow]:
    """Yield an endpoint's segments of a kind whose first id is at most `high`, the newest first.

    Those of an earlier endpoint of the same name are left out.
    """
    start = rows.prefix(kind, endpoint.user_id, endpoint.name)
    for row in rows.scan_all(tables, start, start + invert(high), page):
        segment = rows.load(Segment, row.value)
        if segment.endpoint_id == endpoint.id:
            yield SegmentRow(row.key, row.value, segment)


def between(tables: Tables, kind: Kind, endpoint: Endpoint, low: str, high: str) -> Iterator[SegmentRow]:
    """Yield the segments of a kind that may hold ids in [low, high), the newest first."""
    earliest = least_id(floor(time_ms(low), SPAN_MS[kind]))
    for found in below(tables, kind, endpoint, high):
        if found.segment.first < earliest:
            return
        if found.segment.last >= low and found.segment.first < high:
            yield found
