"""Days of requests put together: overnight a worker makes one file of a day's segments."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from core.domain.endpoints import Endpoint
from core.domain.ids import new_id
from core.domain.prediction_ids import least_id, time_ms
from core.domain.records import Json, TaskRef
from core.endpoints.endpoint_rows import EndpointRows
from core.ports import BlobInfo, Ports
from core.requests.segments import (
    DAY,
    DAY_MS,
    HOUR_MS,
    SEGMENT,
    Segment,
    SegmentRow,
    below,
    between,
    day_key,
    day_prefix,
    floor,
)
from core.storage import blob_intents, rows
from core.tasks.lifecycle import TaskLifecycle
from core.tasks.on_demand import OnDemandTasks

COMPACT = "compact"
"""Name of the kind of task that puts a day together."""
DELAY_MS = HOUR_MS
"""After its end a day still gets requests: of processes that write late."""
MAX_SEGMENTS = 2000
"""Segments of one task; what is left over is the next one's."""


@dataclass(frozen=True)
class DayRequests:
    """The requests of a day as they lie there now.

    Attributes:
        together: the file that there is; None before the first time.
        segments: those that are to go into it.
    """

    endpoint: Endpoint
    day_ms: int
    together: SegmentRow | None
    segments: list[SegmentRow]


class Compactions:
    """Finds days that are to be put together, and has it done."""

    def __init__(self, ports: Ports, work: TaskLifecycle, endpoints: EndpointRows) -> None:
        self.tables = ports.tables
        self.blobs = ports.blobs
        self.endpoints = endpoints
        self.tasks = OnDemandTasks(ports.tables, work, COMPACT)

    def request_due(self, endpoint: Endpoint, now_ms: int) -> None:
        """Have the newest day that is over put together, if there are segments of it."""
        end = floor(now_ms - DELAY_MS, DAY_MS)
        newest = next(islice(below(self.tables, SEGMENT, endpoint, least_id(end - 1), 1), 1), None)
        if newest is None:
            return
        day_ms = floor(time_ms(newest.segment.first), DAY_MS)
        # Each time another task, named by what there is to do: what comes late is put in by the next one.
        ref = TaskRef(COMPACT, endpoint.user_id, f"{endpoint.id}-{rows.digest(newest.key)[:16]}")
        self.tasks.request(ref, {"endpoint": endpoint.name, "endpoint_id": endpoint.id, "day_ms": day_ms})

    def find(self, ref: TaskRef) -> DayRequests | None:
        """Return what a task is to put together; None if there is nothing any more, or no such endpoint."""
        request = self.tasks.request_of(ref)
        endpoint = None if request is None else self.endpoints.find(ref.user_id, request["endpoint"])
        if request is None or endpoint is None or endpoint.id != request["endpoint_id"]:
            return None
        day_ms: int = request["day_ms"]
        low, high = least_id(day_ms), least_id(day_ms + DAY_MS)
        segments = list(islice(between(self.tables, SEGMENT, endpoint, low, high), MAX_SEGMENTS))
        together = next(between(self.tables, DAY, endpoint, low, high), None)
        return DayRequests(endpoint, day_ms, together, segments) if segments else None

    def announce(self, day: DayRequests) -> tuple[str, str]:
        """Return the blob that the day's file is to be, of a name that is new each time, and its announcement's key."""
        blob = f"{day_prefix(day.endpoint.user_id, day.endpoint.id, day.day_ms)}day-{new_id()}.parquet"
        return blob, blob_intents.record(self.tables, blob, day_key(day.endpoint, day.day_ms))

    def replace(self, day: DayRequests, file: BlobInfo, found: Json, intent: str) -> bool:
        """Have the file count in the place of what went into it; False if another one was quicker.

        One write decides. Until the segments are deleted their requests are there twice, under the same ids.
        """
        lost = sum(each.segment.lost for each in self._sources(day))
        made = Segment(
            day.endpoint.id, file.name, found["rows"], file.size_bytes, found["first"], found["last"], "parquet", lost
        )
        before = None if day.together is None else day.together.raw
        key = day_key(day.endpoint, day.day_ms)
        removals = self._announce_removal(day)
        if not rows.write_once(self.tables, key, rows.dump(made), before):
            blob_intents.confirm_removals(self.tables, removals)
            return False
        blob_intents.confirm(self.tables, intent)
        self._remove(day, removals)
        return True

    def drop(self, day: DayRequests) -> None:
        """Delete what was to go into a file, and is gone."""
        self._remove(day, self._announce_removal(day))

    def _announce_removal(self, day: DayRequests) -> list[str]:
        owners = {each.segment.blob: each.key for each in self._sources(day)}
        return blob_intents.record_removals(self.tables, day.endpoint.user_id, day.endpoint.id, owners)

    def _remove(self, day: DayRequests, removals: list[str]) -> None:
        """Delete what went into the file: rows first, so that whatever is listed is whole."""
        for each in day.segments:
            self.tables.delete_if_unchanged(each.key, each.raw)
            self.blobs.delete(each.segment.blob)
        if day.together is not None:
            self.blobs.delete(day.together.segment.blob)
        blob_intents.confirm_removals(self.tables, removals)

    def forget(self, ref: TaskRef) -> None:
        """Delete what was requested: the task is over."""
        self.tables.delete(rows.key(COMPACT, ref.user_id, ref.id))

    def _sources(self, day: DayRequests) -> list[SegmentRow]:
        return [*day.segments, *([] if day.together is None else [day.together])]
