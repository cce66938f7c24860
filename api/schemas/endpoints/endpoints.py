"""Bodies and answers of endpoints, their versions, and the log of their changes."""

from __future__ import annotations

from typing import Any, get_args

from marshmallow import ValidationError, fields
from marshmallow.validate import Length, OneOf, Range

from api.schemas.base import Boolean, Integer, Number, Query, RequestSchema, ResponseSchema
from api.schemas.decisions import DecisionAnswer, DecisionBody
from api.schemas.endpoints.lookups import LookupAnswer, LookupBody
from core.domain.endpoints import Runtime, Sticky
from core.domain.features import MAX_LOOKUPS
from core.endpoints.traffic import MAX_ALIASES

NOTE = Length(max=2000)
WHY = Length(max=1000)
MAX_LOG_DAYS = 3650
MAX_LOG_COLUMNS = 1000
MAX_TAGS = 20

ABOUT_WHY = {"description": "Why, in words: for the log of changes."}


class VersionRef(fields.Field[Any]):
    """A version: its number, or an alias."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int | str:
        if type(value) is int and value > 0:
            return value
        if isinstance(value, str) and 1 <= len(value) <= 40:
            return value
        raise ValidationError("Must be the number of a version, or an alias.")


class LogBody(RequestSchema):
    """Which requests are kept."""

    sample = Number(validate=Range(0, 1), metadata={"description": "Share of the requests."})
    days = Integer(validate=Range(1, MAX_LOG_DAYS))
    columns = fields.List(
        fields.String(validate=Length(1, 1000)),
        allow_none=True,
        validate=Length(max=MAX_LOG_COLUMNS),
        metadata={"description": "Inputs that are kept; null: all; []: predictions alone."},
    )
    durable = Boolean(metadata={"description": "Answer once the request is kept."})


class EndpointBody(RequestSchema):
    """A new endpoint."""

    name = fields.String(
        required=True, validate=Length(1, 63), metadata={"description": "Lower-case letters, digits and hyphens."}
    )
    model_id = fields.String(
        load_default=None,
        allow_none=True,
        validate=Length(1, 100),
        metadata={"description": "Becomes version 1 and champion."},
    )
    note = fields.String(load_default="", validate=NOTE)
    log = fields.Nested(LogBody, load_default=None, allow_none=True)


class EndpointPatchBody(RequestSchema):
    """Changes of an endpoint that change nothing of what it serves."""

    note = fields.String(validate=NOTE)
    log = fields.Nested(LogBody, metadata={"description": "What is left out stays."})
    lookup = fields.List(
        fields.Nested(LookupBody),
        validate=Length(max=MAX_LOOKUPS),
        metadata={"description": "Columns that a request lacks are looked up there by its keys; [] ends that."},
    )
    runtime = fields.String(
        validate=OneOf(get_args(Runtime)),
        metadata={"description": "`auto`: by a version's ONNX export where there is one that agrees; `engine`: never."},
    )
    messages = Boolean(
        metadata={"description": "Predict what comes by message, too: its queue is the name's, of all accounts."}
    )


class VersionBody(RequestSchema):
    """A model to become the next version."""

    model_id = fields.String(required=True, validate=Length(1, 100))
    note = fields.String(load_default="", validate=NOTE)
    tags = fields.Dict(
        keys=fields.String(validate=Length(1, 100)),
        values=fields.String(validate=Length(max=500)),
        load_default=dict,
        validate=Length(max=MAX_TAGS),
    )
    why = fields.String(load_default="", validate=WHY, metadata=ABOUT_WHY)
    decision = fields.Nested(
        DecisionBody,
        allow_none=True,
        metadata={"description": "Its decision rule; null: none. Default: the one that the model has now."},
    )
    force_signature = Boolean(
        load_default=False,
        metadata={"description": "Take a model that requests of now do not suit."},
    )


class AliasBody(RequestSchema):
    """Where an alias leads."""

    version = VersionRef(
        required=True,
        metadata={
            "description": "Number of a version, or another alias.",
            "oneOf": [{"type": "integer", "minimum": 1}, {"type": "string"}],
        },
    )
    why = fields.String(load_default="", validate=WHY, metadata=ABOUT_WHY)


class WhyQuery(Query):
    """The reason of a change that has no body."""

    why = fields.String(load_default="", validate=WHY, metadata=ABOUT_WHY)


class TrafficBody(RequestSchema):
    """How requests are shared out; what is left out is empty."""

    split = fields.Dict(
        keys=fields.String(validate=Length(1, 40)),
        values=Number(),
        load_default=dict,
        validate=Length(max=MAX_ALIASES),
        metadata={"description": "Share by alias; the rest is champion's."},
    )
    sticky = fields.String(
        load_default="request",
        validate=OneOf(get_args(Sticky)),
        metadata={"description": "`key`: rows of one key always have the same share; `request`: each is drawn anew."},
    )
    shadow = fields.List(
        fields.String(validate=Length(1, 40)),
        load_default=list,
        validate=Length(max=MAX_ALIASES),
        metadata={"description": "Aliases that predict as well, and do not answer."},
    )
    why = fields.String(load_default="", validate=WHY, metadata=ABOUT_WHY)


class RollbackBody(RequestSchema):
    """What to go back to. The body may be left out."""

    may_be_left_out = True

    to = Integer(
        load_default=None,
        allow_none=True,
        metadata={"description": "Number of a change. Default: as before the newest change of what is served."},
    )
    why = fields.String(load_default="", validate=WHY, metadata=ABOUT_WHY)


class TrafficAnswer(ResponseSchema):
    """How requests are shared out."""

    split = fields.Dict()
    sticky = fields.String()
    shadow = fields.List(fields.String())


class ChangeAnswer(ResponseSchema):
    """A line of the log of changes, with the whole state after it."""

    seq = fields.Integer(metadata={"description": "1, 2, 3 …: without a gap."})
    at = fields.String()
    by = fields.String(metadata={"description": "`user/ID` or `key/ID`."})
    action = fields.String(
        metadata={"description": "endpoint.create, alias.set, alias.delete, traffic.set, lookup.set or rollback."}
    )
    alias = fields.String(allow_none=True)
    from_version = fields.Integer(data_key="from", allow_none=True, metadata={"description": "Its version before."})
    to_version = fields.Integer(data_key="to", allow_none=True, metadata={"description": "Its version after."})
    why = fields.String()
    run = fields.String(allow_none=True)
    evaluation = fields.String(allow_none=True)
    figures = fields.Dict(metadata={"description": "What it rests on; of a rollback the change `as_of` which."})
    aliases = fields.Dict()
    traffic = fields.Nested(TrafficAnswer)
    lookup = fields.List(
        fields.Dict(), allow_none=True, metadata={"description": "Of a change of what is looked up: all of it since."}
    )


class EndpointAnswer(ResponseSchema):
    """An endpoint."""

    name = fields.String()
    created_at = fields.String()
    note = fields.String()
    revision = fields.Integer(metadata={"description": "Grows with each change; the ETag begins with it."})
    aliases = fields.Dict(metadata={"description": "Version by alias; `champion` is what is served."})
    model_id = fields.String(allow_none=True, metadata={"description": "Of the champion; null while there is none."})
    traffic = fields.Nested(TrafficAnswer)
    health = fields.String(
        metadata={"description": "`ok`, `drifting`, `failing`; `quiet` where nothing is served or nobody calls."}
    )
    alarms = fields.List(fields.Dict(), metadata={"description": "Those that are open."})
    last_window = fields.Dict(allow_none=True, metadata={"description": "Figures of the newest that was worked out."})
    log = fields.Dict(metadata={"description": "{sample, days, columns, durable}: which requests are to be kept."})
    kept = fields.Dict(metadata={"description": "{on, days, detail}: what becomes of that here, in words too."})
    runtime = fields.String()
    messages = fields.Boolean(metadata={"description": "Whether it predicts what comes by message."})
    lookup = fields.List(
        fields.Nested(LookupAnswer), metadata={"description": "Where columns are looked up that a request lacks."}
    )
    newest_change = fields.Nested(ChangeAnswer, allow_none=True)


class VersionAnswer(ResponseSchema):
    """A version of an endpoint."""

    version = fields.Integer()
    endpoint = fields.String()
    model_id = fields.String()
    created_at = fields.String()
    by = fields.String()
    note = fields.String()
    tags = fields.Dict()
    why = fields.String()
    run = fields.String(allow_none=True)
    gate = fields.Dict(allow_none=True)
    decision = fields.Nested(DecisionAnswer, allow_none=True)
    aliases = fields.List(fields.String(), metadata={"description": "Those that lead to it."})
    signature = fields.Dict(metadata={"description": "{task, target, labels, features: [{name, type, required}]}."})
