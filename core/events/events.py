"""Use cases around events that come in: receive them, show them, delete them."""

from __future__ import annotations

from core.domain.events import Event, EventSegment, Hook, Receipt, Recipient
from core.domain.records import Json
from core.errors import NotFound
from core.events import keys
from core.events.firing import Firing, Pipelines
from core.events.hooks import Hooks
from core.events.intake import Intake
from core.events.reading import Sent, read_events
from core.events.segments import Segments
from core.ports import Ports
from core.settings import Settings
from core.storage import blob_intents, rows

SHOWN = 100
"""Events that are shown: the newest ones that wait, then those in the newest segments."""


class Events:
    """The events of pipelines."""

    def __init__(self, ports: Ports, settings: Settings, segments: Segments, pipelines: Pipelines) -> None:
        self.tables = ports.tables
        self.blobs = ports.blobs
        self.settings = settings
        self.pipelines = pipelines
        self.room = segments.room
        self.hooks = Hooks(ports.tables, settings)
        self.intake = Intake(ports, self.room)
        self.segments = segments
        self.firing = Firing(segments, pipelines)

    def receive(self, hook: Hook, sent: Sent) -> list[Receipt]:
        """Take in what was sent to a hook, durably on return.

        Raises NotFound if its pipeline is gone, Unavailable, and what `read_events` and `Intake.receive` raise.
        """
        to = self.pipelines.recipient(hook.user_id, hook.pipeline_id)
        if to is None:
            raise NotFound("pipeline", hook.pipeline_id)
        events = read_events(sent, self.settings.max_columns)
        self._remember_confirmations(hook, events)
        return self.intake.receive(to, events)

    def tell(self, to: Recipient, event: Event) -> Receipt:
        """Take in an event that happened inside, such as a source's fetch that has found new data."""
        return self.intake.receive(to, [event])[0]

    def wake(self, user_id: str, pipeline_id: str) -> None:
        """Have what waits looked at: its pipeline was switched on, or a run of it is over."""
        self.intake.wake(user_id, pipeline_id)

    def overview(self, user_id: str, pipeline_id: str) -> Json:
        """Return what has come for a pipeline: counts, and the newest events in short."""
        waiting = self.segments.waiting(user_id, pipeline_id, 1000)
        newest = self.segments.newest(user_id, pipeline_id)
        shown = [
            event for each in reversed(self._newest_segments(user_id, pipeline_id)) for event in reversed(each.events)
        ]
        return {
            "waiting": {"events": len(waiting), "rows": sum(each.rows for each in waiting)},
            "kept": {
                "events": 0 if newest is None else newest.total_events,
                "rows": 0 if newest is None else newest.total_rows,
                "bytes": 0 if newest is None else newest.total_bytes,
                "segments": 0 if newest is None else newest.number,
            },
            "newest": shown[:SHOWN],
        }

    def forget(self, user_id: str, pipeline_id: str) -> None:
        """Delete all of a pipeline that is gone. May be done again."""
        self.hooks.delete(pipeline_id, user_id)
        for kind in keys.OF_A_PIPELINE:
            for row in rows.scan_all(self.tables, rows.prefix(kind, user_id, pipeline_id)):
                self.tables.delete(row.key)
        blob_intents.delete_blobs(self.blobs, keys.blobs_prefix(user_id, pipeline_id))
        self.room.forget(user_id, pipeline_id)

    def _newest_segments(self, user_id: str, pipeline_id: str) -> list[EventSegment]:
        newest = self.segments.newest(user_id, pipeline_id)
        return [] if newest is None else self.segments.since(user_id, pipeline_id, max(0, newest.number - 3))

    def _remember_confirmations(self, hook: Hook, events: list[Event]) -> None:
        for event in events:
            if event.confirmation is not None:
                self.hooks.remember_confirmation(hook, event.confirmation)
