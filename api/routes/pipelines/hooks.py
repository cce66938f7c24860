"""Events of pipelines over HTTP: the addresses that anybody may send them to who knows one, and what has come."""

from __future__ import annotations

from typing import Any

from flask import abort, request, url_for

from api.context import current_service, current_user
from api.http.blueprint import Blueprint
from api.http.bodies.packed_bodies import read_body
from api.middleware.auth import public
from api.middleware.rate_limits import current_limits, rate_limited_by_view, request_address
from api.schemas.pipelines import hooks as schemas
from core.domain.events import Hook, Receipt
from core.errors import Unauthorized
from core.events.hooks import ROUTING, NewHook
from core.events.reading import MAX_BYTES, Sent
from core.observability.metrics import EVENTS_RECEIVED

blueprint = Blueprint("hooks", __name__, description="Events that start pipelines, and rows that they bring.")

BODY_DOCS = {
    "security": [],
    "requestBody": {
        "content": {
            "application/json": {"schema": {"type": "object", "example": {"rows": [{"age": 39, "income": "<=50K"}]}}},
            "application/cloudevents+json": {"schema": {"type": "object"}},
        },
    },
}


@blueprint.route("/hooks/<token>", methods=["POST"])
@blueprint.doc(**BODY_DOCS)
@blueprint.response(202, schemas.ReceiptAnswer)
@public
@rate_limited_by_view
def receive_event(token: str) -> dict[str, Any]:
    """Take in an event: whatever tells that something has happened, or brings rows. The address itself is the secret.

    JSON, a CloudEvent, what Pub/Sub pushes, what SNS, S3 and EventBridge send. The same event sent again counts once.
    """
    hook = _open(token)
    events = current_service().events
    events.hooks.limit.hit(hook.public)
    body = read_body(request, MAX_BYTES)
    headers = {name.lower(): value for name, value in request.headers.items()}
    events.hooks.check_signature(hook, body, headers)
    receipts = events.receive(hook, Sent(body, request.mimetype, headers))
    for receipt in receipts:
        EVENTS_RECEIVED.labels(receipt.state).inc()
    return serialize_receipts(receipts)


@blueprint.route("/pipelines/<pipeline_id>/hook", methods=["POST"])
@blueprint.arguments(schemas.HookBody, required=False)
@blueprint.response(201, schemas.NewHookAnswer)
def make_hook(body: dict[str, Any], pipeline_id: str) -> dict[str, Any]:
    """Make the pipeline's address for events, or another one: it is returned only once, the one before is void."""
    service, user_id = current_service(), current_user().id
    service.pipelines.get(user_id, pipeline_id)
    made = service.events.hooks.make(user_id, pipeline_id, signed=body["signed"])
    service.activity.record(user_id, "hook.created", f"pipeline/{pipeline_id}")
    return serialize_new(made)


@blueprint.route("/pipelines/<pipeline_id>/hook", methods=["GET"])
@blueprint.response(200, schemas.HookAnswer)
def get_hook(pipeline_id: str) -> dict[str, Any]:
    """Return what there is to know of the address, but for its secrets."""
    service, user_id = current_service(), current_user().id
    service.pipelines.get(user_id, pipeline_id)
    return serialize_hook(service.events.hooks.get(user_id, pipeline_id))


@blueprint.route("/pipelines/<pipeline_id>/hook", methods=["DELETE"])
@blueprint.response(204)
def delete_hook(pipeline_id: str) -> None:
    """Delete the address: no event reaches the pipeline any more. What has come stays."""
    service, user_id = current_service(), current_user().id
    service.pipelines.get(user_id, pipeline_id)
    service.events.hooks.delete(pipeline_id, user_id)
    service.activity.record(user_id, "hook.deleted", f"pipeline/{pipeline_id}")


@blueprint.route("/pipelines/<pipeline_id>/events", methods=["GET"])
@blueprint.response(200, schemas.EventsAnswer)
def get_events(pipeline_id: str) -> dict[str, Any]:
    """Return how many events and rows have come, how many wait for a run, the newest in one; and the hook, if any."""
    service, user_id = current_service(), current_user().id
    service.pipelines.get(user_id, pipeline_id)
    hook = service.events.hooks.look_up(user_id, pipeline_id)
    shown = None if hook is None else serialize_hook(hook)
    return {"hook": shown, **service.events.overview(user_id, pipeline_id)}


def _open(token: str) -> Hook:
    """Return the hook of a token; a stranger gets the answer of an address that there is not."""
    try:
        return current_service().events.hooks.open(token)
    except Unauthorized:
        current_limits().anonymous.hit(request_address())
        abort(404)


def serialize_new(made: NewHook) -> dict[str, Any]:
    """Return a hook that was just made, with what is shown once."""
    url = url_for("hooks.receive_event", token=made.token, _external=True)
    return {**serialize_hook(made.hook), "url": url, "token": made.token, "secret": made.secret}


def serialize_hook(hook: Hook) -> dict[str, Any]:
    """Return a hook as its owner sees it."""
    return {
        "created_at": hook.created_at,
        "signed": bool(hook.secret),
        "routing_key": f"{ROUTING}{hook.public}",
        "confirmation": hook.confirmation,
    }


def serialize_receipts(receipts: list[Receipt]) -> dict[str, Any]:
    """Return what has become of the events of one request."""
    columns = sorted({name for each in receipts for name in each.columns})
    return {
        "events": [{"state": each.state, "id": each.id, "rows": each.rows} for each in receipts],
        "rows": sum(each.rows for each in receipts if each.state == "accepted"),
        "unknown_columns": columns,
        "rows_without_target": sum(each.lacking for each in receipts),
    }
