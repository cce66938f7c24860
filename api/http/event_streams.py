"""Events, live: one poller for each source of them, such as a job, however many clients listen."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Protocol

import structlog

from core.domain.trainings import Event
from core.errors import Unavailable
from core.limits.stream_quota import RENEW_S, StreamQuota
from core.observability.metrics import STREAMS
from core.ports import Tables

OUTAGE_S = 2.0
"""Seconds between polls while the tables cannot be reached."""

MAX_EVENTS = 10_000
"""Events that a poller remembers: then its streams end, and their clients come again where they left off."""

log = structlog.get_logger(__name__)


class EventSource(Protocol):
    """Numbered events of something.

    Attributes:
        key: names it; a process has one poller for all sources of the same key.
        poll_s: seconds between polls.
    """

    key: tuple[str, ...]
    poll_s: float

    def start(self) -> int:
        """Return the number after which a new poller begins; who wants earlier events reads them by itself."""

    def read(self, after_seq: int) -> tuple[list[Event], bool]:
        """Return the events with greater numbers, in order, and whether there will be no more."""


class EventBroadcast:
    """The events of one source, known so far. It is over when its source is, or at shutdown."""

    def __init__(self, source: EventSource, start: int) -> None:
        self.source = source
        self.start = start
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
    """One client's subscription to the events of a source. To be closed."""

    def __init__(self, hub: StreamHub, broadcast: EventBroadcast, after_seq: int, slot: str) -> None:
        self.hub = hub
        self.slot = slot
        self.broadcast = broadcast
        self.after_seq = after_seq
        self.closed = False

    def events(self, pause_s: float) -> Iterator[Event | None]:
        """Yield every event with a number above `after_seq`, from the first one on, until the stream is over.

        It yields None whenever nothing has come for `pause_s` seconds.
        """
        known, over = 0, False
        if self.after_seq < self.broadcast.start:
            earlier, _ = self.broadcast.source.read(self.after_seq)
            yield from (event for event in earlier if event.seq <= self.broadcast.start)
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
        self.broadcasts: dict[tuple[str, ...], EventBroadcast] = {}
        self.closed = False

    def listen(self, source: EventSource, user_id: str, after_seq: int, most: int) -> Subscription:
        """Subscribe to the events above a number, if the user has fewer than `most` streams open.

        In a process that is stopping the stream ends at once, and its client comes again elsewhere. Raises TooMany
        QUOTA_EXCEEDED.
        """
        slot, start = self.stream_quota.acquire(user_id, most), source.start()
        with self.lock:
            broadcast = self.broadcasts.get(source.key)
            if broadcast is None or broadcast.over:
                broadcast = self.broadcasts[source.key] = EventBroadcast(source, start)
                threading.Thread(target=self._poll, args=(broadcast,), name="events", daemon=True).start()
            broadcast.slots.add(slot)
            STREAMS.inc()
            if self.closed:
                self._end(broadcast)
        return Subscription(self, broadcast, after_seq, slot)

    def leave(self, subscription: Subscription) -> None:
        """Count one listener less; the last one ends the poller."""
        with self.lock:
            if subscription.closed:
                return
            subscription.closed = True
            STREAMS.dec()
            subscription.broadcast.slots.discard(subscription.slot)
            if not subscription.broadcast.slots:
                self._end(subscription.broadcast)
        with suppress(Unavailable):  # If it fails, the stream counts for a minute more.
            self.stream_quota.release(subscription.slot)

    def close(self) -> None:
        """End every stream, so that the process can stop. Clients come again elsewhere, where they left off."""
        with self.lock:
            self.closed = True
            for broadcast in list(self.broadcasts.values()):
                self._end(broadcast)

    def _end(self, broadcast: EventBroadcast) -> None:
        if self.broadcasts.get(broadcast.source.key) is broadcast:
            del self.broadcasts[broadcast.source.key]
        broadcast.publish([], over=True)

    def _renew(self, broadcast: EventBroadcast) -> None:
        """Renew the stream slots of the listeners."""
        for slot in list(broadcast.slots):
            self.stream_quota.renew(slot)
            if slot not in broadcast.slots:  # The listener left meanwhile.
                self.stream_quota.release(slot)

    def _poll(self, broadcast: EventBroadcast) -> None:
        last, renew_at_s = broadcast.start, time.monotonic() + RENEW_S
        while not broadcast.over:
            pause_s = broadcast.source.poll_s
            try:
                if time.monotonic() >= renew_at_s:
                    renew_at_s = time.monotonic() + RENEW_S
                    self._renew(broadcast)
                events, over = broadcast.source.read(last)
                last = events[-1].seq if events else last
                broadcast.publish(events, over=over or len(broadcast.events) + len(events) >= MAX_EVENTS)
            except Unavailable as exc:
                log.warning("events cannot be read", error=str(exc))
                pause_s = OUTAGE_S
            except Exception:
                # A fault of ours: listeners that come again get a new poller, those that stayed would wait for ever.
                log.exception("events cannot be published")
                with self.lock:
                    self._end(broadcast)
            with broadcast.changed:
                broadcast.changed.wait_for(lambda: broadcast.over, pause_s)
