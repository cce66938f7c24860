"""Serve a job's events as they happen: Server-Sent Events, and the same on a WebSocket."""

from __future__ import annotations

from typing import Any, cast

import orjson
from flask import Flask, Response, current_app, request
from flask.blueprints import BlueprintSetupState
from flask_sock import Sock
from marshmallow import fields
from marshmallow.validate import Range

from api.context import EXTENSION, current_service, current_user
from api.http.blueprint import Blueprint
from api.http.event_streams import EventSource, StreamHub, Subscription
from api.http.numbers import is_number
from api.http.sse import HEARTBEAT_S, bad_event_id, event_data, event_stream, last_event_id
from api.schemas.base import Query
from core.domain.trainings import Event, Job
from core.errors import Forbidden
from core.jobs.events import read_events
from core.storage import rows

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
    after_seq = last_event_id(query["last_event_id"]) or 0
    if _was_last(job, after_seq):
        return Response(status=204)  # tells a browser not to come again
    return event_stream(listen(JobEvents(job.user_id, job.id), after_seq))


@sock.route("/jobs/<job_id>/ws", bp=sockets)  # type: ignore[untyped-decorator]
def stream_to_socket(socket: Any, job_id: str) -> None:
    """Send the same as JSON texts `{id, event, data}`. A client that sends anything back is cut off."""
    last = request.args.get("last_event_id")
    after_seq = last_event_id(int(last) if last else None) or 0
    subscription = listen(JobEvents(current_user().id, job_id), after_seq)
    try:
        for event in subscription.events(1.0):
            if event is not None:
                socket.send(
                    orjson.dumps({"id": str(event.seq), "event": event.kind, "data": event_data(event)}).decode()
                )
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
    if not is_number(last):
        raise bad_event_id()
    current_service().jobs.get(current_user().id, (request.view_args or {})["job_id"])


blueprint.register_blueprint(sockets)


def close_streams(app: Flask) -> None:
    """End the app's streams, if its role has any: they would keep its process from stopping."""
    if HUB in app.extensions:
        app.extensions[HUB].close()


class JobEvents:
    """The events of a job; over after `done`, or when the job is deleted."""

    poll_s = 0.2

    def __init__(self, user_id: str, job_id: str) -> None:
        self.key: tuple[str, ...] = (user_id, job_id)
        self._tables = current_service().ports.tables
        self._job = (user_id, job_id)

    def start(self) -> int:
        """Return 0: a job has few events, and most clients want all of them."""
        return 0

    def read(self, after_seq: int) -> tuple[list[Event], bool]:
        """Return the job's events, and whether there will be no more."""
        # Read first: events that a job wrote before it was gone are not missed.
        gone = self._tables.get(rows.key("job", *self._job)) is None
        events = list(read_events(self._tables, *self._job, after_seq))
        return events, gone or any(event.kind == "done" for event in events)


def listen(source: EventSource, after_seq: int) -> Subscription:
    """Subscribe the caller to the events of a source. Raises TooMany QUOTA_EXCEEDED."""
    user = current_user()
    hub = cast(StreamHub, current_app.extensions[HUB])
    return hub.listen(source, user.id, after_seq, current_service().quotas.for_user(user).streams)


def _was_last(job: Job, after_seq: int) -> bool:
    """Return whether the listener has received the last event."""
    return after_seq > 0 and current_service().jobs.event_kind(job, after_seq) == "done"
