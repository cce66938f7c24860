"""Bodies and answers of pipelines."""

from __future__ import annotations

from typing import Any, get_args

from marshmallow import ValidationError, fields, post_load, validates_schema
from marshmallow.validate import Length, OneOf, Range

from api.schemas.base import Boolean, Integer, Number, RequestSchema, ResponseSchema
from api.schemas.jobs import TrainingBody
from api.schemas.names import NAME
from api.schemas.pipelines.runs import RunBriefAnswer
from core.domain.pipelines import Overlap, Promotion
from core.endpoints.traffic import MAX_ALIASES
from core.pipelines.gate import IF_TOO_FEW_ROWS, MAX_HOLDOUT

SPAN = Length(2, 20)
ID = Length(1, 100)
MAX_WHEN = 20
MAX_NOTIFY = 20
ALARMS = ("performance", "drift", "predictions", "quality", "estimated", "realised", "silence", "errors")
"""Kinds of alarms; `performance` is both that is estimated and that is realised."""


class PlusBody(RequestSchema):
    """Labelled requests that are added to the data."""

    endpoint = fields.String(required=True, validate=Length(1, 63))
    window = fields.String(validate=SPAN, metadata={"description": "How far back: 90d."})


class DataBody(RequestSchema):
    """What models are trained on: one of dataset_id and source_id."""

    dataset_id = fields.String(validate=ID)
    source_id = fields.String(validate=ID)
    plus = fields.Nested(PlusBody, metadata={"description": "Rows of an endpoint whose truth is known, besides."})


class EventBody(RequestSchema):
    """Events that start a run."""

    min_new_rows = Integer(validate=Range(1, 10**9), metadata={"description": "Rows in events that must have come."})
    quiet_s = Number(validate=Range(0, 86_400), metadata={"description": "Events within this time make one run."})


class WhenBody(RequestSchema):
    """What starts a run: one of cron, event, alarm and every_labels."""

    cron = fields.String(validate=Length(1, 200), metadata={"description": "`0 3 * * MON`, or @daily."})
    timezone = fields.String(validate=Length(1, 60), metadata={"example": "Europe/Rome"})
    missed = fields.String(
        validate=OneOf(["once", "skip"]),
        metadata={"description": "What becomes of times at which nobody was there: one run for all of them, or none."},
    )
    event = fields.Nested(EventBody, metadata={"description": "An event from outside."})
    alarm = fields.List(
        fields.String(validate=OneOf(ALARMS)), validate=Length(1, len(ALARMS)),
        metadata={"description": "An alarm of the endpoint's monitor."},
    )  # fmt: skip
    every_labels = Integer(validate=Range(1, 10**9), metadata={"description": "So many new labels of its requests."})
    at_most = fields.String(validate=SPAN, metadata={"description": "At most one run of the kind in this time: 1d."})

    @post_load
    def _lift(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        if "cron" in data:
            return {"timezone": "UTC", "missed": "once", **data}
        return data

    @validates_schema
    def _check(self, data: dict[str, Any], **_: Any) -> None:
        for name in ("timezone", "missed"):
            if name in data and "cron" not in data:
                raise ValidationError("Goes with `cron` alone.", name)


class GateBody(RequestSchema):
    """How a new version is compared with the champion."""

    metric = fields.String(validate=Length(1, 40), metadata={"description": "`auto`, or left out: the job's."})
    min_gain = Number(metadata={"description": "What the gain must seem to be at least, in units of the metric."})
    margin = Number(metadata={"description": "By how much it may be worse for all that is known; 0 or more."})
    confidence = Number(metadata={"description": "That it is better, from 0.5 to below 1."})
    min_rows = Integer(validate=Range(1, 10**9), metadata={"description": "Rows that the comparison must have."})
    holdout = Number(metadata={"description": f"Share of the rows that training leaves out, up to {MAX_HOLDOUT:g}."})
    test_dataset_id = fields.String(validate=ID, metadata={"description": "Labelled rows to compare them on instead."})
    must_not_worsen = fields.List(
        fields.String(validate=Length(1, 200)), validate=Length(max=20),
        metadata={"description": "Columns: in none of their groups may it be worse."},
    )  # fmt: skip
    max_latency_ms = Number(validate=Range(0.001, 1e6), metadata={"description": "That one row may take it."})
    if_too_few_rows = fields.String(validate=OneOf(IF_TOO_FEW_ROWS))


class ThenBody(RequestSchema):
    """What follows a promotion later."""

    champion_after = fields.String(
        required=True, validate=SPAN, metadata={"description": "2d: the challenger becomes champion."}
    )
    if_ = fields.String(data_key="if", validate=OneOf(["no alarm"]), metadata={"description": "`no alarm` meanwhile."})


class GuardBody(RequestSchema):
    """What undoes a promotion."""

    rollback_if = fields.List(fields.String(validate=OneOf(ALARMS)), required=True, validate=Length(1, len(ALARMS)))
    within = fields.String(required=True, validate=SPAN, metadata={"description": "After the promotion: 2d."})


class PipelinePatchBody(RequestSchema):
    """What is to be different; what is left out stays, and what is an object is replaced as a whole."""

    name = fields.String(validate=NAME)
    endpoint = fields.String(
        validate=Length(1, 63),
        metadata={"description": "Its models become versions of it; it is made with the first where there is none."},
    )
    enabled = Boolean(metadata={"description": "Whether anything but a person starts it."})
    data = fields.Nested(DataBody)
    job = fields.Nested(TrainingBody, metadata={"description": "As POST /jobs takes it, without the data."})
    when = fields.List(fields.Nested(WhenBody), validate=Length(max=MAX_WHEN))
    unless_unchanged = Boolean(
        metadata={"description": "Whether a run ends where data and settings are those that were trained on last."}
    )
    gate = fields.Nested(GateBody)
    promote = fields.String(validate=OneOf(get_args(Promotion)))
    as_ = fields.String(
        data_key="as", validate=Length(1, 32), metadata={"description": "The alias that a promoted version gets."}
    )
    traffic = fields.Dict(
        keys=fields.String(validate=Length(1, 40)), values=Number(), allow_none=True,
        validate=Length(max=MAX_ALIASES),
        metadata={"description": "Share by alias, set with the promotion; null leaves the traffic alone."},
    )  # fmt: skip
    then = fields.Nested(ThenBody, allow_none=True)
    guard = fields.Nested(GuardBody, allow_none=True)
    overlap = fields.String(
        validate=OneOf(get_args(Overlap)),
        metadata={"description": "What becomes of a run that is started while another is on."},
    )
    notify = fields.List(
        fields.String(validate=Length(1, 254)), validate=Length(max=MAX_NOTIFY),
        metadata={"description": "Webhooks, or their mail addresses, that are told of its runs."},
    )  # fmt: skip


class PipelineBody(PipelinePatchBody):
    """A new pipeline. By default a person starts it, and is asked before anything is served."""

    name = fields.String(required=True, validate=NAME)
    endpoint = fields.String(required=True, validate=Length(1, 63), metadata={"description": "Where its models go."})
    data = fields.Nested(DataBody, required=True)
    job = fields.Nested(TrainingBody, required=True)


class WhenAnswer(ResponseSchema):
    """What starts a run."""

    cron = fields.String()
    timezone = fields.String()
    missed = fields.String()
    event = fields.Dict()
    alarm = fields.List(fields.String())
    every_labels = fields.Integer()
    at_most = fields.String()
    words = fields.String(metadata={"description": "When that is, in words."})


class PipelineAnswer(ResponseSchema):
    """A pipeline."""

    id = fields.String()
    name = fields.String()
    endpoint = fields.String()
    enabled = fields.Boolean()
    data = fields.Dict()
    job = fields.Dict()
    when = fields.List(fields.Nested(WhenAnswer))
    unless_unchanged = fields.Boolean()
    gate = fields.Dict()
    promote = fields.String()
    as_ = fields.String(data_key="as")
    traffic = fields.Dict(allow_none=True)
    then = fields.Dict(allow_none=True)
    guard = fields.Dict(allow_none=True)
    overlap = fields.String()
    notify = fields.List(fields.String())
    created_at = fields.String()
    changed_at = fields.String()
    revision = fields.Integer(metadata={"description": "Grows with each change; the ETag begins with it."})
    next_at = fields.String(allow_none=True, metadata={"description": "When time starts it next; null: never."})
    last_run = fields.Nested(RunBriefAnswer, allow_none=True)


def settings_of(body: dict[str, Any]) -> dict[str, Any]:
    """Return the settings that a body sets, by the names that they are kept under."""
    then = body.get("then")
    if then and "if_" in then:
        body = {**body, "then": {"if": then["if_"], **{name: said for name, said in then.items() if name != "if_"}}}
    if body.get("gate", {}).get("metric") == "auto":
        body = {**body, "gate": {name: said for name, said in body["gate"].items() if name != "metric"}}
    return body
