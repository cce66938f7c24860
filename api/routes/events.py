"""Serve a job's events as they happen: Server-Sent Events, and the same on a WebSocket."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import orjson
from flask import Flask, Response, current_app, request
from flask.blueprints import BlueprintSetupState
from flask_sock import Sock
from marshmallow import fields
from marshmallow.validate import Range

from api.context import EXTENSION, current_service, current_user
from api.http.blueprint import Blueprint
from api.http.event_streams import StreamHub, Subscription
from api.schemas.base import Query
from core.domain.records import Event, Job
from core.errors import Forbidden, Invalid

HEARTBEAT_S = 10.0
"""Seconds between comments, which show that the stream lives, and find out when its client has gone."""
RETRY_MS = 1000
HUB = "nobrains_streams"
MAX_MESSAGE_BYTES = 1024

blueprint = Blueprint("events", __name__, description="Live events of a job.")
sockets = Blueprint("sockets", __name__)
sock = Sock()


class EventsQuery(Query):
    """The event to begin after."""

    last_event_id = fields.Integer(
        load_default=None,
        validate=Range(0),
        metadata={"description": "Start after this event; like the Last-Event-ID header."},
    )


@blueprint.record_once  # type: ignore[untyped-decorator]
def _set_up(state: BlueprintSetupState) -> None:
    app = state.app
    service = app.extensions[EXTENSION]
    app.extensions[HUB] = StreamHub(service.ports.tables)
    app.config["SOCK_SERVER_OPTIONS"] = {"ping_interval": HEARTBEAT_S, "max_message_size": MAX_MESSAGE_BYTES}


@blueprint.route("/jobs/<job_id>/events", methods=["GET"])
@blueprint.arguments(EventsQuery, location="query")
@blueprint.alt_response(200, schema={"type": "string"}, content_type="text/event-stream")
def stream_events(query: dict[str, Any], job_id: str) -> Response:
    """Server-Sent Events: `state`, `phase`, `trial`, `log`, and at last `done`. 204 where `done` was already seen."""
    job = current_service().jobs.get(current_user().id, job_id)
    after_seq = _after_seq(query["last_event_id"])
    if _was_last(job, after_seq):
        return Response(status=204)  # tells a browser not to come again
    subscription = _listen(job.id, after_seq)
    answer = Response(_as_text(subscription), mimetype="text/event-stream")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Accel-Buffering"] = "no"
    answer.call_on_close(subscription.close)
    return answer


@sock.route("/jobs/<job_id>/ws", bp=sockets)  # type: ignore[untyped-decorator]
def stream_to_socket(socket: Any, job_id: str) -> None:
    """Send the same as JSON texts `{id, event, data}`. A client that sends anything back is cut off."""
    last = request.args.get("last_event_id")
    subscription = _listen(job_id, _after_seq(int(last) if last else None))
    try:
        for event in subscription.events(1.0):
            if event is not None:
                socket.send(orjson.dumps({"id": str(event.seq), "event": event.kind, "data": _data(event)}).decode())
            elif not socket.connected or socket.input_buffer:
                break
    finally:
        subscription.close()


@sockets.before_request  # type: ignore[untyped-decorator]
def _check_before_upgrade() -> None:
    """Refuse bad requests while there still is an HTTP response to say so."""
    if "Authorization" not in request.headers:
        # A browser sends the cookie whichever page opens the socket, but it always says which.
        origin = f"{request.scheme.replace('ws', 'http')}://{request.host}"
        if request.headers.get("Origin") != origin:
            raise Forbidden("ORIGIN_WRONG", f"With a session cookie, sockets open from {origin} only.")
    last = request.args.get("last_event_id", "0")
    if not (last.isascii() and last.isdigit() and len(last) < 10):
        raise _bad_id()
    current_service().jobs.get(current_user().id, (request.view_args or {})["job_id"])


blueprint.register_blueprint(sockets)


def close_streams(app: Flask) -> None:
    """End the app's streams, if its role has any: they would keep its process from stopping."""
    if HUB in app.extensions:
        app.extensions[HUB].close()


def _listen(job_id: str, after_seq: int) -> Subscription:
    user = current_user()
    hub = cast(StreamHub, current_app.extensions[HUB])
    return hub.listen(user.id, job_id, after_seq, current_service().quotas.for_user(user).streams)


def _after_seq(after: int | None) -> int:
    """Return the number to begin after: of the query, or else of the header that browsers send when they come again."""
    if after is not None:
        return min(after, 10**9 - 1)
    header = request.headers.get("Last-Event-ID", "0")
    if not (header.isascii() and header.isdigit() and len(header) < 10):
        raise _bad_id()
    return int(header)


def _bad_id() -> Invalid:
    entry = {"field": "last_event_id", "detail": "not an event's id"}
    return Invalid("BAD_EVENT_ID", "Last-Event-ID must be the id of an event of this stream: a number.", [entry])


def _was_last(job: Job, after_seq: int) -> bool:
    """Return whether the listener has received the last event."""
    return after_seq > 0 and current_service().jobs.event_kind(job, after_seq) == "done"


def _data(event: Event) -> dict[str, Any]:
    return {"at": event.at, **event.data}


def _as_text(subscription: Subscription) -> Iterator[bytes]:
    try:
        yield f"retry: {RETRY_MS}\n\n".encode()
        for event in subscription.events(HEARTBEAT_S):
            if event is None:
                yield b": still there\n\n"
            else:
                yield b"id: %d\nevent: %s\ndata: %s\n\n" % (event.seq, event.kind.encode(), orjson.dumps(_data(event)))
    finally:
        subscription.close()
