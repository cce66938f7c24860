"""Events of jobs, live: one poller for each job, however many clients listen."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import structlog

from core.domain.records import Event
from core.errors import Unavailable
from core.jobs.events import read_events
from core.limits.stream_quota import RENEW_S, StreamQuota
from core.observability.metrics import STREAMS
from core.ports import Tables
from core.storage import rows

POLL_S = 0.2
OUTAGE_S = 2.0
"""Seconds between polls while the tables cannot be reached."""

log = structlog.get_logger(__name__)


class EventBroadcast:
    """The events of one job, known so far. It is over after `done`, when the job is deleted, or at shutdown."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.events: list[Event] = []
        self.over = False
        self.slots: set[str] = set()
        """The rows by which its listeners count."""

    def wait(self, known: int, timeout_s: float) -> tuple[list[Event], bool]:
        """Return the events beyond the first `known`, and whether there will be no more.

        It returns when there are some, when the stream is over, or after the timeout.
        """
        with self.changed:
            self.changed.wait_for(lambda: self.over or len(self.events) > known, timeout_s)
            return self.events[known:], self.over

    def publish(self, events: list[Event], over: bool) -> None:
        """Add more events, perhaps the last."""
        with self.changed:
            self.events += events
            self.over = self.over or over
            self.changed.notify_all()


class Subscription:
    """One client's subscription to the events of a job. To be closed."""

    def __init__(
        self, hub: StreamHub, key: tuple[str, str], broadcast: EventBroadcast, after_seq: int, slot: str
    ) -> None:
        self.hub = hub
        self.key = key
        self.slot = slot
        self.broadcast = broadcast
        self.after_seq = after_seq
        self.closed = False

    def events(self, pause_s: float) -> Iterator[Event | None]:
        """Yield every event with a number above `after_seq`, from the first one on, until the stream is over.

        It yields None whenever nothing has come for `pause_s` seconds.
        """
        known, over = 0, False
        while not over:
            events, over = self.broadcast.wait(known, pause_s)
            known += len(events)
            yield from (event for event in events if event.seq > self.after_seq)
            if not events and not over:
                yield None

    def close(self) -> None:
        """Stop listening. May be called again."""
        self.hub.leave(self)


class StreamHub:
    """All event streams that have listeners in this process."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.stream_quota = StreamQuota(tables)
        self.lock = threading.Lock()
        self.broadcasts: dict[tuple[str, str], EventBroadcast] = {}
        self.closed = False

    def listen(self, user_id: str, job_id: str, after_seq: int, most: int) -> Subscription:
        """Subscribe to the events above a number, if the user has fewer than `most` streams open.

        In a process that is stopping the stream ends at once, and its client comes again elsewhere. Raises TooMany
        QUOTA_EXCEEDED.
        """
        key = (user_id, job_id)
        slot = self.stream_quota.acquire(user_id, most)
        with self.lock:
            broadcast = self.broadcasts.get(key)
            if broadcast is None or broadcast.over:
                broadcast = self.broadcasts[key] = EventBroadcast()
                threading.Thread(target=self._poll, args=(key, broadcast), name="events", daemon=True).start()
            broadcast.slots.add(slot)
            STREAMS.inc()
            if self.closed:
                self._end(key, broadcast)
        return Subscription(self, key, broadcast, after_seq, slot)

    def leave(self, subscription: Subscription) -> None:
        """Count one listener less; the last one ends the poller of the job."""
        with self.lock:
            if subscription.closed:
                return
            subscription.closed = True
            STREAMS.dec()
            subscription.broadcast.slots.discard(subscription.slot)
            if not subscription.broadcast.slots:
                self._end(subscription.key, subscription.broadcast)
        with suppress(Unavailable):  # If it fails, the stream counts for a minute more.
            self.stream_quota.release(subscription.slot)

    def close(self) -> None:
        """End every stream, so that the process can stop. Clients come again elsewhere, where they left off."""
        with self.lock:
            self.closed = True
            for key, broadcast in list(self.broadcasts.items()):
                self._end(key, broadcast)

    def _end(self, key: tuple[str, str], broadcast: EventBroadcast) -> None:
        if self.broadcasts.get(key) is broadcast:
            del self.broadcasts[key]
        broadcast.publish([], over=True)

    def _renew(self, broadcast: EventBroadcast) -> None:
        """Renew the stream slots of the listeners."""
        for slot in list(broadcast.slots):
            self.stream_quota.renew(slot)
            if slot not in broadcast.slots:  # The listener left meanwhile.
                self.stream_quota.release(slot)

    def _poll(self, key: tuple[str, str], broadcast: EventBroadcast) -> None:
        last, renew_at_s = 0, time.monotonic() + RENEW_S
        while not broadcast.over:
            pause_s = POLL_S
            try:
                if time.monotonic() >= renew_at_s:
                    renew_at_s = time.monotonic() + RENEW_S
                    self._renew(broadcast)
                # Read first: events that a job wrote before it was gone are not missed.
                gone = self.tables.get(rows.key("job", *key)) is None
                events = list(read_events(self.tables, *key, last))
                last = events[-1].seq if events else last
                broadcast.publish(events, over=gone or any(event.kind == "done" for event in events))
            except Unavailable as exc:
                log.warning("events cannot be read", error=str(exc))
                pause_s = OUTAGE_S
            except Exception:
                # A fault of ours: listeners that come again get a new poller, those that stayed would wait for ever.
                log.exception("events cannot be published")
                with self.lock:
                    self._end(key, broadcast)
            with broadcast.changed:
                broadcast.changed.wait_for(lambda: broadcast.over, pause_s)
