"""Monitoring of an endpoint over HTTP: how it is watched, its windows, its alarms."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import url_for

from api.context import current_service, current_user
from api.http.blueprint import Blueprint
from api.http.pagination import decode_page_token, page_response
from api.http.revisions import revision_etag, seen_revision
from api.schemas.base import PageQuery, page_schema
from api.schemas.endpoints import monitor as schemas
from core.domain.monitoring import Monitor, Window
from core.monitoring.monitor_settings import complete
from core.monitoring.reviews import shown_alarm
from core.monitoring.window_rows import window_id

blueprint = Blueprint("endpoint_monitor", __name__, description="How endpoints are watched, and what came of it.")

PARTS = ("inputs", "predictions", "classifier", "performance")


@blueprint.route("/endpoints/<name>/monitor", methods=["GET"])
@blueprint.response(200, schemas.MonitorAnswer)
def get_monitor(name: str) -> Any:
    """Return how the endpoint is watched, and how it is. Its ETag is for `If-Match`."""
    return _with_etag(current_service().monitoring.get(current_user().id, name))


@blueprint.route("/endpoints/<name>/monitor", methods=["PUT"])
@blueprint.arguments(schemas.MonitorBody)
@blueprint.response(200, schemas.MonitorAnswer)
def set_monitor(body: dict[str, Any], name: str) -> Any:
    """Set how the endpoint is watched; what is left out is as by default. 412 if changed since `If-Match`."""
    service, user_id = current_service(), current_user().id
    revision = seen_revision(lambda: service.monitoring.get(user_id, name).revision)
    monitor = service.monitoring.put(user_id, name, schemas.settings_of(body), revision)
    service.activity.record(user_id, "monitor.set", f"endpoint/{name}")
    return _with_etag(monitor)


@blueprint.route("/endpoints/<name>/windows", methods=["GET"])
@blueprint.arguments(schemas.WindowQuery, location="query")
@blueprint.response(200, page_schema(schemas.WindowAnswer))
def list_windows(query: dict[str, Any], name: str) -> dict[str, Any]:
    """List the windows that end after `from` and by `to`, the newest first, with their figures."""
    after = decode_page_token(query["page_token"])
    page = current_service().monitoring.page(
        current_user().id, name, query["from_"], query["to"], query["page_size"], after
    )
    return page_response(page, serialize)


@blueprint.route("/endpoints/<name>/windows", methods=["POST"])
@blueprint.arguments(schemas.WindowBody)
@blueprint.response(202, schemas.WindowAnswer)
def request_window(body: dict[str, Any], name: str) -> Any:
    """Have a window worked out now. Asked for again it is the same one, worked out anew if labels have come since."""
    window = current_service().monitoring.request_window(current_user().id, name, body["from_"], body["to"])
    id = window_id(name, window.start, window.end)
    return serialize(window), {"Location": url_for("endpoint_monitor.get_window", name=name, start=id)}


@blueprint.route("/endpoints/<name>/windows/<start>", methods=["GET"])
@blueprint.response(200, schemas.WindowAnswer)
def get_window(name: str, start: str) -> dict[str, Any]:
    """Return a window, by its begin or its id, with all that was found in it."""
    service = current_service()
    endpoint, window = service.monitoring.window(current_user().id, name, start)
    found = service.monitoring.windows.rows.detail(endpoint, window)
    return {**serialize(window), **{part: found[part] for part in ("columns", *PARTS, "by_version") if part in found}}


@blueprint.route("/endpoints/<name>/alarms", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_schema(schemas.AlarmAnswer))
def list_alarms(query: dict[str, Any], name: str) -> dict[str, Any]:
    """List the alarms, open and ended, the newest first."""
    after = decode_page_token(query["page_token"])
    page = current_service().monitoring.alarms(current_user().id, name, query["page_size"], after)
    return page_response(page, lambda alarm: shown_alarm(asdict(alarm)))


def serialize(window: Window) -> dict[str, Any]:
    """Return the figures of a window as its owner sees them."""
    worked = {"at": window.worked_at, "times": window.times, "because": window.occasion}
    return {
        "id": window_id(window.endpoint, window.start, window.end),
        "from": window.start,
        "to": window.end,
        "state": window.state,
        "scheduled": window.scheduled,
        "worked": worked,
        "complete": window.complete,
        "why": window.why,
        "error": window.error,
        "rows": window.rows,
        "labelled": window.labelled,
        "sampled": window.sampled,
        "versions": window.versions,
        "columns": window.summary.get("columns", []),
        **{part: window.summary.get(part) for part in PARTS},
        "alarms": [{"since": window.end, "for": 1, **found} for found in window.findings],
    }


def _with_etag(monitor: Monitor) -> tuple[dict[str, Any], dict[str, str]]:
    service = current_service()
    status = service.monitoring.status(service.endpoints.get(monitor.user_id, monitor.endpoint), monitor)
    body = {
        **complete(monitor.settings),
        "state": {
            "health": status.health,
            "alarms": [shown_alarm(alarm) for alarm in status.alarms],
            "last_window": status.last_window,
            "last_request_at": monitor.last_request_at,
            "next_at": f"{monitor.next_at}:00.000Z",
            "revision": monitor.revision,
        },
    }
    return body, revision_etag(monitor.revision, body)
