"""Bodies and answers of hooks and of the events that come by them."""

from __future__ import annotations

from marshmallow import fields

from api.schemas.base import Boolean, RequestSchema, ResponseSchema


class HookBody(RequestSchema):
    """A new address for events."""

    may_be_left_out = True

    signed = Boolean(
        load_default=False,
        metadata={"description": "Whether requests must be signed as Standard Webhooks say; the secret is returned."},
    )


class ConfirmationAnswer(ResponseSchema):
    """A subscription that its sender wants to be confirmed: open the address yourself if you have asked for it."""

    at = fields.String()
    topic = fields.String()
    url = fields.String(metadata={"description": "Empty if it is none of Amazon's."})


class HookAnswer(ResponseSchema):
    """The address of a pipeline's events, without its secrets."""

    created_at = fields.String()
    signed = fields.Boolean()
    routing_key = fields.String(metadata={"description": "Of messages to the exchange of events."})
    confirmation = fields.Nested(ConfirmationAnswer, allow_none=True)


class NewHookAnswer(HookAnswer):
    """The address that was made; shown this once."""

    url = fields.String()
    token = fields.String()
    secret = fields.String(allow_none=True)


class EventReceiptAnswer(ResponseSchema):
    """What has become of an event."""

    state = fields.String(metadata={"enum": ["accepted", "duplicate", "ignored", "confirmation"]})
    id = fields.String()
    rows = fields.Integer()


class ReceiptAnswer(ResponseSchema):
    """What has become of the events of a request. They are kept."""

    events = fields.List(fields.Nested(EventReceiptAnswer))
    rows = fields.Integer(metadata={"description": "Rows that were added."})
    unknown_columns = fields.List(
        fields.String(), metadata={"description": "Columns that the pipeline's data does not have; the first 20."}
    )
    rows_without_target = fields.Integer(metadata={"description": "They are kept, and teach nothing."})


class WaitingEventsAnswer(ResponseSchema):
    """What is in no run's data yet."""

    events = fields.Integer()
    rows = fields.Integer()


class KeptAnswer(WaitingEventsAnswer):
    """What is in files that runs take their data from."""

    bytes = fields.Integer()
    segments = fields.Integer()


class KeptEventAnswer(ResponseSchema):
    """An event in short."""

    id = fields.String()
    name = fields.String()
    at = fields.String()
    source = fields.String()
    rows = fields.Integer()


class EventsAnswer(ResponseSchema):
    """What has come for a pipeline, and to which address."""

    hook = fields.Nested(HookAnswer, allow_none=True, metadata={"description": "null: there is no address yet."})
    waiting = fields.Nested(WaitingEventsAnswer)
    kept = fields.Nested(KeptAnswer)
    newest = fields.List(fields.Nested(KeptEventAnswer))
