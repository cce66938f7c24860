"""Bodies and answers of an endpoint's monitor, its windows and its alarms."""

from __future__ import annotations

from typing import Any

from marshmallow import fields
from marshmallow.validate import Email, Length, Range

from api.schemas.base import Boolean, Integer, Number, PageQuery, RequestSchema, ResponseSchema
from core.monitoring.monitor_settings import DEFAULTS

SPAN = Length(2, 20)
IN_A_ROW = Range(1, 30)
SHARE = Range(0, 1)


class EffectBody(RequestSchema):
    """How large a difference must be to matter."""

    number = Number(validate=Range(0, 10))
    category = Number(validate=Range(0, 10))
    text = Number(validate=Range(0, 10))


class DriftBody(RequestSchema):
    """When inputs, or predictions, count as drifted."""

    adjusted_p = Number(
        validate=Range(0, 0.5, min_inclusive=False),
        metadata={"description": "Of all columns together (Benjamini-Hochberg): a column drifts below it."},
    )
    effect = fields.Nested(EffectBody, metadata={"description": "And above this effect, by type of column."})
    share = Number(validate=SHARE, metadata={"description": "Share of columns that must drift for an alarm."})
    weighted = Boolean(metadata={"description": "Whether columns count by their importance."})
    for_ = Integer(data_key="for", validate=IN_A_ROW, metadata={"description": "Windows in a row, for an alarm."})


class PerformanceBody(RequestSchema):
    """When performance counts as worse than it was."""

    metric = fields.String(validate=Length(1, 40), metadata={"description": "`auto` is the model's own."})
    drop = Number(validate=Range(0, 10), metadata={"description": "By how much it must be worse, beyond doubt."})
    z = Number(validate=Range(0, 20), metadata={"description": "And by how many standard errors, where estimated."})
    for_ = Integer(data_key="for", validate=IN_A_ROW, metadata={"description": "Windows in a row, for an alarm."})


class QualityBody(RequestSchema):
    """By how much more of a column may be unusable than in training."""

    missing = Number(validate=SHARE, metadata={"description": "Missing cells, beyond those in training."})
    unseen = Number(validate=SHARE, metadata={"description": "Categories that training did not have."})
    out_of_range = Number(validate=SHARE, metadata={"description": "Numbers beyond those of training."})
    for_ = Integer(data_key="for", validate=IN_A_ROW, metadata={"description": "Windows in a row, for an alarm."})


class SilenceBody(RequestSchema):
    """When silence and errors are alarming."""

    silent_for = fields.String(
        allow_none=True, validate=SPAN, metadata={"description": "Time without a request; null: any."}
    )
    errors = Number(
        allow_none=True,
        validate=Range(0, 1, min_inclusive=False),
        metadata={"description": "Share of the requests that may fail; null: any."},
    )


class MonitorBody(RequestSchema):
    """How an endpoint is watched; what is left out is as by default."""

    enabled = Boolean(metadata={"description": "Whether it is watched at all."})
    window = fields.String(
        validate=SPAN, metadata={"description": "Length of a window: 15m, 6h, 1d, 1w.", "example": DEFAULTS["window"]}
    )
    every = fields.String(
        validate=Length(1, 120),
        metadata={
            "description": "How often one ends: a length that divides the window, or a cron expression.",
            "example": DEFAULTS["every"],
        },
    )
    min_rows = Integer(validate=Range(30, 1_000_000), metadata={"description": "Requests that a window must have."})
    timezone = fields.String(
        validate=Length(1, 60), metadata={"description": "By whose clock days begin.", "example": "Europe/Berlin"}
    )
    drift = fields.Nested(DriftBody)
    performance = fields.Nested(PerformanceBody)
    quality = fields.Nested(QualityBody)
    traffic = fields.Nested(SilenceBody)
    notify = fields.List(
        fields.String(validate=Length(1, 100)),
        validate=Length(max=20),
        metadata={"description": "Webhooks that are told of its alarms, besides those that want all."},
    )
    email = fields.List(
        fields.String(validate=[Length(max=254), Email()]),
        validate=Length(max=20),
        metadata={"description": "Mail addresses that are told, of those among your webhooks."},
    )
    retrain = fields.String(
        allow_none=True,
        validate=Length(1, 100),
        metadata={"description": "Pipeline that an alarm starts: null as yet."},
    )
    state = fields.Raw(metadata={"description": "Of the answer to GET: it is left alone."})


class AlarmAnswer(ResponseSchema):
    """An alarm, with its beginning and its end."""

    id = fields.String()
    kind = fields.String(
        metadata={"description": "drift, predictions, quality, estimated, realised, silence or errors."}
    )
    since = fields.String(metadata={"description": "End of the first window that said so."})
    began_at = fields.String(metadata={"description": "When it was raised."})
    windows = fields.Integer(metadata={"description": "Windows in a row that said so by then."})
    detail = fields.String()
    figures = fields.Dict()
    until = fields.String(allow_none=True, metadata={"description": "End of the window that ended it."})
    ended_at = fields.String(allow_none=True, metadata={"description": "null while it is open."})


class MonitorStateAnswer(ResponseSchema):
    """What is known of an endpoint."""

    health = fields.String()
    alarms = fields.List(fields.Nested(AlarmAnswer), metadata={"description": "Those that are open."})
    last_window = fields.Dict(allow_none=True)
    last_request_at = fields.String(allow_none=True)
    next_at = fields.String(metadata={"description": "When it is looked at next."})
    revision = fields.Integer(metadata={"description": "Of the settings; the ETag begins with it."})


class MonitorAnswer(ResponseSchema):
    """How an endpoint is watched, and how it is."""

    enabled = fields.Boolean()
    window = fields.String()
    every = fields.String()
    min_rows = fields.Integer()
    timezone = fields.String()
    drift = fields.Dict()
    performance = fields.Dict()
    quality = fields.Dict()
    traffic = fields.Dict()
    notify = fields.List(fields.String())
    email = fields.List(fields.String())
    retrain = fields.String(allow_none=True)
    state = fields.Nested(MonitorStateAnswer)


class WindowBody(RequestSchema):
    """A window to be worked out now."""

    from_ = fields.AwareDateTime(
        data_key="from", required=True, format="iso", metadata={"description": "Its begin, with a time zone."}
    )
    to = fields.AwareDateTime(
        required=True, format="iso", metadata={"description": "Its end, which is not part of it."}
    )


class WindowQuery(PageQuery):
    """The windows of some time: those that end in it."""

    from_ = fields.AwareDateTime(data_key="from", load_default=None, format="iso")
    to = fields.AwareDateTime(load_default=None, format="iso")


class WindowAnswer(ResponseSchema):
    """Some time of an endpoint's requests, beside what its models were trained on."""

    id = fields.String(metadata={"description": "`name-start-end`."})
    from_ = fields.String(data_key="from", attribute="from")
    to = fields.String()
    state = fields.String(metadata={"description": "queued, ready or failed."})
    scheduled = fields.Boolean(metadata={"description": "false: only since somebody wanted it. It raises no alarm."})
    worked = fields.Dict(metadata={"description": "{at, times, because}: schedule, labels or request."})
    complete = fields.Boolean(metadata={"description": "Whether all its requests were kept by then."})
    why = fields.String(metadata={"description": "What there is to say of it, in words."})
    error = fields.Dict(allow_none=True)
    rows = fields.Integer()
    labelled = fields.Integer()
    sampled = fields.Boolean()
    versions = fields.Dict(metadata={"description": "Requests by version."})
    columns = fields.List(fields.Dict(), metadata={"description": "In lists in short, and of the most important ones."})
    inputs = fields.Dict(allow_none=True)
    predictions = fields.Dict(allow_none=True)
    classifier = fields.Dict(allow_none=True)
    performance = fields.Dict(allow_none=True)
    by_version = fields.Dict(metadata={"description": "Predictions and performance of versions besides champion."})
    alarms = fields.List(
        fields.Dict(), metadata={"description": "{kind, since, for, detail, figures} of what it says."}
    )


def settings_of(body: dict[str, Any]) -> dict[str, Any]:
    """Return the settings that a body sets, by the names that its JSON has."""
    given = {name: value for name, value in body.items() if name != "state"}
    return {name: _renamed(value) for name, value in given.items()}


def _renamed(value: Any) -> Any:
    """Return an inner object with `for`, which is no name for a field in Python."""
    return {name.rstrip("_"): inner for name, inner in value.items()} if isinstance(value, dict) else value
