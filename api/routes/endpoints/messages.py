"""Messages of an endpoint over HTTP: put rows into its queue, and take answers and dead letters out."""

from __future__ import annotations

import time
from typing import Any

from flask import request

from api.context import current_service, current_user
from api.http.blueprint import Blueprint
from api.http.bodies.uploads import BODY_DOCS, CSV
from api.middleware.auth import predicts
from api.routes.models.predict import unsupported_media_type
from api.schemas.endpoints import messages as schemas
from api.schemas.predict import EndpointPredictBody
from core.domain.ids import new_id
from core.endpoints.scoring import KEPT
from core.message_ports import Message

blueprint = Blueprint("endpoint_messages", __name__, description="Rows to predict, by message.")

DOCS = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": EndpointPredictBody}, CSV: BODY_DOCS["content"][CSV]},
    },
}


@blueprint.route("/endpoints/<name>/messages", methods=["POST"])
@blueprint.doc(**DOCS)
@blueprint.arguments(schemas.MessageQuery, location="query")
@blueprint.response(202, schemas.MessageAnswer)
@predicts
def put_message(query: dict[str, Any], name: str) -> dict[str, Any]:
    """Put rows into the endpoint's queue, as a program does that publishes to it. Nothing of them is checked yet."""
    endpoint = current_service().endpoints.get(current_user().id, name)
    if request.mimetype not in ("application/json", CSV):
        raise unsupported_media_type()
    message_id = query["message_id"] or new_id()
    message = Message(
        request.get_data(), request.mimetype, message_id, "", query["correlation_id"], {KEPT: "kept"}, int(time.time())
    )
    current_service().scoring.put(endpoint, message)
    return {"message_id": message_id}


@blueprint.route("/endpoints/<name>/messages/take", methods=["POST"])
@blueprint.arguments(schemas.TakeBody, required=False)
@blueprint.response(200, schemas.TakenAnswer)
def take_messages(body: dict[str, Any], name: str) -> dict[str, Any]:
    """Take answers to messages that were put over HTTP, or dead letters, out of their queue: each is given out once."""
    endpoint = current_service().endpoints.get(current_user().id, name)
    found = current_service().scoring.take(endpoint, dead=body["dead"], limit=body["limit"])
    return {"items": [schemas.show(message) for message in found]}
