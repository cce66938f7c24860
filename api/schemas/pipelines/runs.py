"""Bodies and answers of the runs of pipelines."""

from __future__ import annotations

from marshmallow import fields
from marshmallow.validate import Length, OneOf

from api.schemas.base import Boolean, RequestSchema, ResponseSchema
from core.domain.pipelines import RUN_STATES, STEPS

WHY = Length(max=1000)


class RunBody(RequestSchema):
    """A run that a person starts. The body may be left out."""

    may_be_left_out = True

    why = fields.String(load_default="", validate=WHY, metadata={"description": "Why, in words."})
    unless_unchanged = Boolean(
        metadata={"description": "false: train although nothing is new. Default: the pipeline's."}
    )


class RunAnswerBody(RequestSchema):
    """The answer to a run that asks, or the end of one. The body may be left out."""

    may_be_left_out = True

    why = fields.String(load_default="", validate=WHY, metadata={"description": "Why, in words: for the log."})


class TriggerAnswer(ResponseSchema):
    """What started a run."""

    key = fields.String(metadata={"description": "One run is made of it, however often it is told of."})
    kind = fields.String(validate=OneOf(["time", "event", "alarm", "labels", "manual"]))
    at = fields.String()
    why = fields.Dict(metadata={"description": "What is known of it; `words` says it in words."})


class StepAnswer(ResponseSchema):
    """A step of a run that has begun."""

    name = fields.String(validate=OneOf(STEPS))
    state = fields.String(validate=OneOf(["running", "done", "failed", "cancelled", "skipped"]))
    at = fields.String()
    ended_at = fields.String(allow_none=True)
    ref = fields.String(allow_none=True, metadata={"description": "job/ID, dataset/ID, version/ENDPOINT/NUMBER, …"})
    figures = fields.Dict()
    why = fields.String(metadata={"description": "What it has come to, in words."})


class DecisionOnRunAnswer(ResponseSchema):
    """What a person has answered."""

    action = fields.String(metadata={"description": "approve, reject, or expire where nobody answered in 30 days."})
    by = fields.String()
    at = fields.String()
    why = fields.String()


class RunBriefAnswer(ResponseSchema):
    """A run in short."""

    number = fields.Integer()
    pipeline_id = fields.String()
    state = fields.String(validate=OneOf(RUN_STATES))
    why = fields.String(metadata={"description": "In words: what it waits for, or why it ended as it did."})
    created_at = fields.String()
    ended_at = fields.String(allow_none=True)


class RunAnswer(RunBriefAnswer):
    """A run of a pipeline."""

    id = fields.String()
    endpoint = fields.String()
    trigger = fields.Nested(TriggerAnswer)
    steps = fields.List(fields.Nested(StepAnswer))
    dataset_id = fields.String(allow_none=True)
    job_id = fields.String(allow_none=True)
    model_id = fields.String(allow_none=True)
    version = fields.Integer(allow_none=True)
    champion = fields.Integer(allow_none=True, metadata={"description": "The version that was served before."})
    gate = fields.Dict(allow_none=True, metadata={"description": "What the comparison has shown."})
    waits_since = fields.String(allow_none=True, metadata={"description": "Since when it waits for approve or reject."})
    decision = fields.Nested(DecisionOnRunAnswer, allow_none=True)
    cancelled = fields.Dict(allow_none=True, metadata={"description": "{by, at, why} of whoever ended it."})
    error = fields.Dict(allow_none=True, metadata={"description": "{reason, detail, hint} of one that failed."})
