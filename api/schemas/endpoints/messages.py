"""Bodies and answers of an endpoint's messages."""

from __future__ import annotations

from typing import Any

from marshmallow import fields
from marshmallow.validate import Length, Range

from api.schemas.base import Boolean, Integer, Query, RequestSchema, ResponseSchema
from core.message_ports import Message

MAX_ID = 200


class MessageQuery(Query):
    """How a message is named."""

    message_id = fields.String(
        load_default="", validate=Length(max=MAX_ID),
        metadata={"description": "Your own name of the message; one that comes twice has the same prediction_ids."},
    )  # fmt: skip
    correlation_id = fields.String(
        load_default="", validate=Length(max=MAX_ID), metadata={"description": "Goes back with the answer."}
    )


class MessageAnswer(ResponseSchema):
    """A message that waits."""

    message_id = fields.String()


class TakeBody(RequestSchema):
    """What to take. The body may be left out."""

    may_be_left_out = True

    dead = Boolean(load_default=False, metadata={"description": "Dead letters in the place of answers."})
    limit = Integer(load_default=10, validate=Range(1, 100))


class TakenMessage(ResponseSchema):
    """An answer, or a dead letter with its reason."""

    message_id = fields.String()
    correlation_id = fields.String()
    content_type = fields.String()
    body = fields.String(metadata={"description": "An answer is JSON, as a prediction over HTTP answers."})
    reason = fields.String(metadata={"description": "Why it is a dead letter."})
    detail = fields.String()


class TakenAnswer(ResponseSchema):
    """Messages that are out of the queue now."""

    items = fields.List(fields.Nested(TakenMessage))


def show(message: Message) -> dict[str, Any]:
    """Return the message as its owner sees it. Without a reason of ours it was delivered too often."""
    shown = {
        "message_id": message.id,
        "correlation_id": message.correlation_id,
        "content_type": message.content_type,
        "body": message.body.decode("utf-8", "replace"),
    }
    for field, header in (("reason", "nobrains-reason"), ("detail", "nobrains-detail")):
        if header in message.headers:
            shown[field] = message.headers[header]
    return shown
