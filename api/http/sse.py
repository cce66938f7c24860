"""Server-Sent Events: an answer that goes on, and the number of the event after which it begins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import orjson
from flask import Response, request

from api.http.event_streams import Subscription
from api.http.numbers import is_number
from core.domain.trainings import Event
from core.errors import Invalid, NoBrainsError

HEARTBEAT_S = 10.0
"""Seconds between comments, which show that the stream lives, and find out when its client has gone."""
RETRY_MS = 1000


def event_stream(
    subscription: Subscription, *, begin_at: int | None = None, check: Callable[[], object] = lambda: None
) -> Response:
    """Return the answer that tells of the events as they happen.

    Args:
        subscription: the events; it is closed with the answer.
        begin_at: number of the newest event, from which a client goes on that has not got any; None if there is none.
        check: is called before each event and heartbeat, outside of the request's context; its error ends the stream.
    """
    answer = Response(_as_text(subscription, begin_at, check), mimetype="text/event-stream")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Accel-Buffering"] = "no"
    answer.call_on_close(subscription.close)
    return answer


def event_data(event: Event) -> dict[str, Any]:
    """Return what is told of an event."""
    return {"at": event.at, **event.data}


def last_event_id(after: int | None) -> int | None:
    """Return the number to begin after: of the query, or else of the header that browsers send when they come again.

    None if neither says. Raises Invalid BAD_EVENT_ID.
    """
    if after is not None:
        return min(after, 10**9 - 1)
    header = request.headers.get("Last-Event-ID")
    if header is None:
        return None
    if not is_number(header):
        raise bad_event_id()
    return int(header)


def bad_event_id() -> Invalid:
    """Make the error for an id that is none of a stream."""
    entry = {"field": "last_event_id", "detail": "not an event's id"}
    return Invalid("BAD_EVENT_ID", "Last-Event-ID must be the id of an event of this stream: a number.", [entry])


def _as_text(subscription: Subscription, begin_at: int | None, check: Callable[[], object]) -> Iterator[bytes]:
    try:
        yield f"retry: {RETRY_MS}\n\n".encode()
        if begin_at is not None:
            yield b"id: %d\n\n" % begin_at
        for event in subscription.events(HEARTBEAT_S):
            try:
                check()
            except NoBrainsError:
                return
            if event is None:
                yield b": still there\n\n"
            else:
                data = orjson.dumps(event_data(event))
                yield b"id: %d\nevent: %s\ndata: %s\n\n" % (event.seq, event.kind.encode(), data)
    finally:
        subscription.close()
