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
        self.seats: set[str] = set()
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

    def __init__(self, hub: StreamHub, key: tuple[str, str], story: EventBroadcast, after_seq: int, seat: str) -> None:
        self.hub = hub
        self.key = key
        self.seat = seat
        self.story = story
        self.after_seq = after_seq
        self.closed = False

    def events(self, pause_s: float) -> Iterator[Event | None]:
        """Yield every event with a number above `after_seq`, from the first one on, until the stream is over.

        It yields None whenever nothing has come for `pause_s` seconds.
        """
        known, over = 0, False
        while not over:
            events, over = self.story.wait(known, pause_s)
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
        self.listeners = StreamQuota(tables)
        self.lock = threading.Lock()
        self.stories: dict[tuple[str, str], EventBroadcast] = {}
        self.closed = False

    def listen(self, user_id: str, job_id: str, after_seq: int, most: int) -> Subscription:
        """Subscribe to the events above a number, if the user has fewer than `most` streams open.

        In a process that is stopping the stream ends at once, and its client comes again elsewhere. Raises TooMany
        QUOTA_EXCEEDED.
        """
        key = (user_id, job_id)
        seat = self.listeners.acquire(user_id, most)
        with self.lock:
            story = self.stories.get(key)
            if story is None or story.over:
                story = self.stories[key] = EventBroadcast()
                threading.Thread(target=self._poll, args=(key, story), name="events", daemon=True).start()
            story.seats.add(seat)
            STREAMS.inc()
            if self.closed:
                self._end(key, story)
        return Subscription(self, key, story, after_seq, seat)

    def leave(self, subscription: Subscription) -> None:
        """Count one listener less; the last one ends the poller of the job."""
        with self.lock:
            if subscription.closed:
                return
            subscription.closed = True
            STREAMS.dec()
            subscription.story.seats.discard(subscription.seat)
            if not subscription.story.seats:
                self._end(subscription.key, subscription.story)
        with suppress(Unavailable):  # If it fails, the stream counts for a minute more.
            self.listeners.release(subscription.seat)

    def close(self) -> None:
        """End every stream, so that the process can stop. Clients come again elsewhere, where they left off."""
        with self.lock:
            self.closed = True
            for key, story in list(self.stories.items()):
                self._end(key, story)

    def _end(self, key: tuple[str, str], story: EventBroadcast) -> None:
        if self.stories.get(key) is story:
            del self.stories[key]
        story.publish([], over=True)

    def _renew(self, story: EventBroadcast) -> None:
        """Renew the stream slots of the listeners."""
        for seat in list(story.seats):
            self.listeners.renew(seat)
            if seat not in story.seats:  # The listener left meanwhile.
                self.listeners.release(seat)

    def _poll(self, key: tuple[str, str], story: EventBroadcast) -> None:
        last, renew_at_s = 0, time.monotonic() + RENEW_S
        while not story.over:
            pause_s = POLL_S
            try:
                if time.monotonic() >= renew_at_s:
                    renew_at_s = time.monotonic() + RENEW_S
                    self._renew(story)
                # Read first: events that a job wrote before it was gone are not missed.
                gone = self.tables.get(rows.key("job", *key)) is None
                events = list(read_events(self.tables, *key, last))
                last = events[-1].seq if events else last
                story.publish(events, over=gone or any(event.kind == "done" for event in events))
            except Unavailable as exc:
                log.warning("events cannot be read", error=str(exc))
                pause_s = OUTAGE_S
            except Exception:
                # A fault of ours: listeners that come again get a new poller, those that stayed would wait for ever.
                log.exception("events cannot be told")
                with self.lock:
                    self._end(key, story)
            with story.changed:
                story.changed.wait_for(lambda: story.over, pause_s)
