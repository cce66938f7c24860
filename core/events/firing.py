"""Runs that events start: once it has been quiet for a while, one for all that have come.

The events of a run are those of the segments since the last one (`eventcursor`), and the run's key is made of the first
of them: whoever starts it again, after a crash or at the same moment, finds the run that is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from core.domain.events import EventSegment, Recipient
from core.domain.ids import rfc3339
from core.domain.records import Json
from core.events.segments import MAX_EVENTS, Cursor, Segments, Waiting
from core.storage import due_rows
from core.storage.due_rows import Due

MAX_QUIETS = 10
"""Events that never cease start a run after so many times the quiet time."""
MAX_LISTED = 100
"""Events that a run lists."""
MAX_WAITING = 20_000
BUSY_S = 60
"""Seconds after which events look again whether the run before theirs is over."""


class Pipelines(Protocol):
    """The pipelines, as far as events are concerned."""

    def recipient(self, user_id: str, pipeline_id: str) -> Recipient | None:
        """Return the pipeline, None if there is none."""

    def is_busy(self, user_id: str, pipeline_id: str) -> bool:
        """Return whether a run of it is on."""

    def start(self, user_id: str, pipeline_id: str, key: str, why: Json) -> Json:
        """Start a run for events; return the `why` of the run of this key, which may have been there before."""


class Firing:
    """Looks at the events of a pipeline when its time has come."""

    def __init__(self, segments: Segments, pipelines: Pipelines) -> None:
        self.segments = segments
        self.tables = segments.tables
        self.pipelines = pipelines

    def fire(self, due: Due) -> None:
        """Look at what has come, and start a run if it is time. May be done twice, and by several at once."""
        due_rows.delete(self.tables, due)  # First: an event that comes from here on has it looked at again.
        try:
            after_s = self._look(due.user_id, due.id)
        except BaseException:
            due_rows.put(self.tables, due)
            raise
        if after_s is not None:
            at = rfc3339(datetime.now(UTC) + timedelta(seconds=after_s))
            due_rows.put(self.tables, Due(due_rows.minute_of(at), due.kind, due.user_id, due.id))

    def _look(self, user_id: str, pipeline_id: str) -> float | None:
        """Start a run if it is time; return the seconds after which to look again, None if nothing is waited for."""
        to = self.pipelines.recipient(user_id, pipeline_id)
        if to is None:
            return None
        waiting = self.segments.waiting(user_id, pipeline_id, MAX_WAITING)
        if len(waiting) >= MAX_EVENTS:
            self.segments.seal(user_id, pipeline_id)
            waiting = self.segments.waiting(user_id, pipeline_id, MAX_WAITING)
        if to.quiet_s is None:
            return None
        cursor = self.segments.cursor(user_id, pipeline_id)
        sealed = self.segments.since(user_id, pipeline_id, cursor.segment)
        times = [each.at for each in waiting] + [event["at"] for each in sealed for event in each.events]
        if not times or not _is_enough(to, sealed, waiting):
            return None
        left_s = _seconds_until(_quiet_at(times, to.quiet_s))
        if left_s > 0:
            return left_s
        if self.pipelines.is_busy(user_id, pipeline_id):
            return BUSY_S
        newest = self.segments.seal(user_id, pipeline_id)
        sealed = self.segments.since(user_id, pipeline_id, cursor.segment)
        if newest is None or not sealed:
            return None
        key = f"e{sealed[0].events[0]['id'][:32]}"
        why = self.pipelines.start(user_id, pipeline_id, key, _why(sealed, cursor))
        last = next((each for each in sealed if each.number == why.get("segments", [0, 0])[1]), newest)
        self.segments.advance(user_id, pipeline_id, last)
        return 0.0 if last.number < newest.number else None


def _is_enough(to: Recipient, sealed: Sequence[EventSegment], waiting: Sequence[Waiting]) -> bool:
    """Return whether enough rows have come, or an event that only tells that there is something new."""
    n_rows = sum(each.rows for each in sealed) + sum(each.rows for each in waiting)
    has_notice = any(not each.rows for each in waiting) or any(
        not event["rows"] for each in sealed for event in each.events
    )
    return has_notice or n_rows >= to.min_new_rows


def _quiet_at(times: Sequence[str], quiet_s: float) -> datetime:
    """Return when a run starts: after the newest event, but not too long after the first."""
    first, newest = datetime.fromisoformat(min(times)), datetime.fromisoformat(max(times))
    return min(newest + timedelta(seconds=quiet_s), first + timedelta(seconds=MAX_QUIETS * quiet_s))


def _seconds_until(at: datetime) -> float:
    return (at - datetime.now(UTC)).total_seconds()


def _why(sealed: Sequence[EventSegment], cursor: Cursor) -> Json:
    """Return what a run says of the events that have started it."""
    events = [event for each in sealed for event in each.events]
    return {
        "events": events[:MAX_LISTED],
        "count": len(events),
        "rows": sealed[-1].total_rows - cursor.rows,
        "lacking": sum(each.lacking for each in sealed),
        "first_at": events[0]["at"],
        "last_at": max(event["at"] for event in events),
        "segments": [sealed[0].number, sealed[-1].number],
    }
