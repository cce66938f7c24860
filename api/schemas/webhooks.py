"""Bodies and answers of webhooks and their deliveries."""

from __future__ import annotations

from marshmallow import fields
from marshmallow.validate import Length

from api.schemas.base import Boolean, RequestSchema, ResponseSchema

EVENTS = {"description": "Types such as `job.failed`, families such as `alias.*`, or `*` for all."}
MAX_NOTE = 500


class WebhookBody(RequestSchema):
    """A new webhook."""

    url = fields.String(
        required=True, validate=Length(1, 2000),
        metadata={"description": "`https://…`, `http://…`, or `mailto:` and an address where the service sends mail."},
    )  # fmt: skip
    events = fields.List(fields.String(validate=Length(1, 80)), load_default=lambda: ["*"], metadata=EVENTS)
    endpoint = fields.String(
        load_default=None, allow_none=True, validate=Length(1, 63),
        metadata={"description": "Only what is about this endpoint."},
    )  # fmt: skip
    note = fields.String(load_default="", validate=Length(max=MAX_NOTE))


class WebhookPatchBody(RequestSchema):
    """What is to be different."""

    events = fields.List(fields.String(validate=Length(1, 80)), metadata=EVENTS)
    note = fields.String(validate=Length(max=MAX_NOTE))
    enabled = Boolean(metadata={"description": "true switches one on again that was switched off."})


class ConfirmBody(RequestSchema):
    """The code that a mail address was sent."""

    code = fields.String(required=True, validate=Length(1, 100))


class DisabledAnswer(ResponseSchema):
    """Why nothing is sent any more."""

    at = fields.String()
    reason = fields.String(metadata={"description": "`FAILING` for a day, `GONE` (410), `SWITCHED_OFF`."})
    detail = fields.String()


class WebhookAnswer(ResponseSchema):
    """A webhook."""

    id = fields.String()
    url = fields.String()
    events = fields.List(fields.String())
    endpoint = fields.String(allow_none=True)
    note = fields.String()
    created_at = fields.String()
    enabled = fields.Boolean()
    confirmed = fields.Boolean(metadata={"description": "A mail address is confirmed by the code that it gets."})
    failing_since = fields.String(allow_none=True, metadata={"description": "Since when no try has succeeded."})
    disabled = fields.Nested(DisabledAnswer, allow_none=True)


class NewWebhookAnswer(WebhookAnswer):
    """A webhook that was just made."""

    secret = fields.String(
        allow_none=True, metadata={"description": "`whsec_…`: verifies signatures. It is shown this once."}
    )


class DeliveryErrorAnswer(ResponseSchema):
    """Why there was no answer."""

    reason = fields.String()
    detail = fields.String()


class AttemptAnswer(ResponseSchema):
    """One try."""

    at = fields.String()
    status = fields.Integer(allow_none=True, metadata={"description": "Of the answer; null if there was none."})
    error = fields.Nested(DeliveryErrorAnswer, allow_none=True)
    answer = fields.String(metadata={"description": "The first words of an answer from the public network."})
    ms = fields.Integer()


class DeliveryAnswer(ResponseSchema):
    """A notification on its way to a webhook, or there."""

    id = fields.String()
    event_id = fields.String(metadata={"description": "`webhook-id` of the request; the same at each try."})
    type = fields.String()
    at = fields.String()
    state = fields.String(metadata={"description": "`waiting`, `delivered` or `failed`."})
    due = fields.String(metadata={"description": "When one that waits is tried next."})
    attempts = fields.List(fields.Nested(AttemptAnswer))
