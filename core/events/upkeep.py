"""The sweeper's part of events: what a crash has left, and what is old."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from core.domain.events import Incoming
from core.domain.ids import timestamp_before
from core.events import keys
from core.events.events import Events
from core.storage import rows

BATCH = 1000


class EventUpkeep:
    """Looks through the rows of events, some in each round.

    Args:
        days: for which events are remembered, so that one that comes again is known; 0: for ever.
    """

    def __init__(self, events: Events, days: int) -> None:
        self.events = events
        self.tables = events.tables
        self.days = days
        self._looked_at: dict[str, str | None] = {}

    def run(self) -> None:
        """Do one round."""
        self._wake()
        self._forget_old()

    def _wake(self) -> None:
        """Have all pipelines looked at that have events waiting; delete what belongs to none."""
        found = dict.fromkeys(tuple(row_key.split("#")[1:3]) for row_key, _ in self._batch(keys.UNSEALED))
        for user_id, pipeline_id in found:
            if self.events.pipelines.recipient(user_id, pipeline_id) is None:
                self.events.forget(user_id, pipeline_id)
            else:
                self.events.wake(user_id, pipeline_id)

    def _forget_old(self) -> None:
        if not self.days:
            return
        limit = timestamp_before(timedelta(days=self.days))
        for key, value in self._batch(keys.INCOMING):
            event = rows.load(Incoming, value)
            if event.segment and event.at < limit:
                self.tables.delete_if_unchanged(key, value)

    def _batch(self, kind: str) -> Iterator[tuple[str, bytes]]:
        found = self.tables.scan(f"{kind}#", BATCH, self._looked_at.get(kind))
        self._looked_at[kind] = found[-1].key if len(found) == BATCH else None
        return ((row.key, row.value) for row in found)
