"""Sources that are fetched by themselves at times: what is done when one has come.

As with pipelines each has one `due` row and names it by `next_at`: the fetch is asked for under a key made of the
minute, then the next row is written, then the source that names it, then the row that led here is deleted. After a time
in which nothing ran the data are fetched once: they are new then, whatever was missed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from core.domain.ids import rfc3339, wall_clock
from core.domain.sources import Source
from core.errors import NotFound
from core.schedules.cron import utc_minute
from core.schedules.schedule import Schedule, checked_entry, moment_of, schedule_of
from core.sources.fetches import Fetches
from core.storage import due_rows
from core.storage.due_rows import Due

DUE_KIND = "source"


class SourceRefreshes:
    """Has sources fetched that are due."""

    def __init__(self, fetches: Fetches, clock: Callable[[], datetime] = wall_clock) -> None:
        self.tables = fetches.tables
        self.rows = fetches.rows
        self.fetches = fetches
        self.clock = clock

    def plan(self, source: Source) -> Source:
        """Return the source with its next time, whose `due` row is there by then. Raises Invalid SCHEDULE_INVALID."""
        if source.refresh is None:
            return replace(source, next_at=None)
        refresh = checked_entry(source.refresh, "refresh.", missed=())
        planned = _schedule(refresh).planned(source.next_at, self.clock())
        return self._due_at(replace(source, refresh=refresh), planned)

    def fire(self, due: Due) -> None:
        """Have the source of a `due` row fetched; a row that its source does not name is deleted."""
        source = self.rows.find(due.user_id, due.id)
        if source is None or source.refresh is None or source.next_at != due.at:
            due_rows.delete(self.tables, due)
            return
        at = self.clock()
        kept = _schedule(source.refresh).arrival(moment_of(due.at), at).kept or moment_of(due.at)
        try:
            why = {"kind": "time", "at": rfc3339(kept), **source.refresh}
            self.fetches.request(due.user_id, due.id, why, key=f"t{utc_minute(kept)}Z")
            after = self.rows.update(due.user_id, due.id, lambda now: self._moved(now, due, at))
        except NotFound:  # It is being deleted.
            due_rows.delete(self.tables, due)
            return
        if after.next_at != due.at:
            if (following := due_of(after)) is not None:
                due_rows.put(self.tables, following)  # Somebody may have looked before the source named it.
            due_rows.delete(self.tables, due)

    def _moved(self, source: Source, due: Due, at: datetime) -> Source | None:
        """Return the source as it is fetched next."""
        if source.refresh is None or source.next_at != due.at:
            return None
        return self._due_at(source, utc_minute(_schedule(source.refresh).arrival(moment_of(due.at), at).next))

    def _due_at(self, source: Source, minute: str) -> Source:
        planned = replace(source, next_at=minute)
        if (due := due_of(planned)) is not None:
            due_rows.put(self.tables, due)
        return planned


def due_of(source: Source) -> Due | None:
    """Return the row by which the source is found when it is to be fetched, None for never."""
    return None if source.next_at is None else Due(source.next_at, DUE_KIND, source.user_id, source.id)


def _schedule(refresh: dict[str, object]) -> Schedule:
    schedule = schedule_of([refresh])
    assert schedule is not None, "a refresh has a cron expression"
    return schedule
