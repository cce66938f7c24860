"""Bodies and answers of evaluations."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validates_schema
from marshmallow.validate import Length

from api.schemas.base import Boolean, PageQuery, RequestSchema, ResponseSchema
from api.schemas.datasets import FailureAnswer
from api.schemas.endpoints.endpoints import VersionRef
from api.schemas.models import InputWarningAnswer, VerdictAnswer
from api.schemas.names import MAX_LENGTH, NAME

MAX_SLICES = 20


class EvaluationBody(RequestSchema):
    """What is measured, and on which rows."""

    dataset_id = fields.String(
        required=True, validate=Length(1, 100), metadata={"description": "It has the target's column."}
    )
    model_id = fields.String(validate=Length(1, 100))
    endpoint = fields.String(validate=Length(1, 63), metadata={"description": "In the place of a model."})
    version = VersionRef(
        metadata={"description": "Of the endpoint: number or alias; the champion by default.", "type": "string"}
    )
    name = fields.String(load_default="", validate=[Length(max=MAX_LENGTH), *NAME[1:]])
    slices = fields.List(
        fields.String(validate=Length(1, 1000)),
        load_default=list,
        validate=Length(max=MAX_SLICES),
        metadata={
            "description": "Columns whose groups are compared, and looked at for fairness. Default: slices by the "
            "columns that matter most."
        },
    )
    pairs = Boolean(load_default=False, metadata={"description": "Look at groups of two columns at a time, too."})

    @validates_schema
    def _names_one_thing(self, data: dict[str, Any], **_: Any) -> None:
        if ("model_id" in data) == ("endpoint" in data):
            raise ValidationError("Give a model_id, or an endpoint.", "model_id")
        if "version" in data and "endpoint" not in data:
            raise ValidationError("A version needs an endpoint: a model has none.", "version")


class EvaluationQuery(PageQuery):
    """Which evaluations are listed."""

    model_id = fields.String(load_default=None, validate=Length(1, 100))
    dataset_id = fields.String(load_default=None, validate=Length(1, 100))


class EvaluationBriefAnswer(ResponseSchema):
    """An evaluation as lists show it; what was found is null until it has succeeded."""

    id = fields.String()
    name = fields.String()
    state = fields.String(metadata={"description": "queued, running, succeeded or failed."})
    model_id = fields.String()
    endpoint = fields.String(allow_none=True)
    version = fields.Integer(allow_none=True)
    dataset_id = fields.String()
    created_at = fields.String()
    started_at = fields.String(allow_none=True)
    finished_at = fields.String(allow_none=True)
    error = fields.Nested(FailureAnswer, allow_none=True)
    headline = fields.Dict(
        allow_none=True,
        metadata={
            "description": "{target, task, metric, rows, value, low, high, z, tone, title, drifted, worse_slices}: the "
            "score, its 95 % interval, and how many standard errors it is from what was promised."
        },
    )


class EvaluationResultAnswer(EvaluationBriefAnswer):
    """An evaluation with all that was found; absent until it has succeeded."""

    format = fields.Integer()
    task = fields.String()
    target = fields.String()
    metric = fields.String(metadata={"description": "The one that the model was optimized for."})
    rows = fields.Integer(metadata={"description": "Labelled rows that are scored."})
    left_out = fields.Dict(metadata={"description": "{unlabelled, unknown: [{label, rows}], unknown_rows}."})
    metrics = fields.Dict(
        metadata={"description": "{metric: {value, low, high, standard_error, method, greater_is_better}}."}
    )
    baseline = fields.Dict(metadata={"description": "{metric: {value}} of the best constant prediction."})
    reported = fields.Dict(
        metadata={
            "description": "{metric: {value, standard_error, z}, z}: what was promised at training; below 0 where "
            "these rows are predicted worse."
        }
    )
    verdict = fields.Nested(VerdictAnswer)
    overlap = fields.Dict(
        metadata={"description": "{rows_seen_in_training, share, by_chance, sampled, unseen}; null: it is not known."}
    )
    slices = fields.List(
        fields.Dict(),
        metadata={
            "description": "{column, columns, value, rows, metric: {name, value, low, high}, difference, p, "
            "p_adjusted, worse}, the worst first."
        },
    )
    slices_left_out = fields.List(fields.Dict(), metadata={"description": "{column, why}."})
    fairness = fields.Dict(
        metadata={
            "description": "{column: {selection_rate, tpr, fpr}}, each {groups: {value: {value, low, high, rows}}, "
            "least, greatest, ratio}; of two classes, for `slices` that were named."
        }
    )
    drift = fields.Dict(
        allow_none=True, metadata={"description": "{columns, inputs} beside the training rows; null: none were kept."}
    )
    input_warnings = fields.List(fields.Nested(InputWarningAnswer))
    classes = fields.List(fields.Dict())
    curves = fields.Dict(metadata={"description": "{roc, precision_recall}."})
    confusion = fields.Dict()
    by_class = fields.List(fields.Dict())
    calibration = fields.Dict()
    histogram = fields.Dict()
    mistakes = fields.List(fields.Dict(), metadata={"description": "The most confident errors."})
    threshold = fields.Float(metadata={"description": "From which the model answers with the positive class."})
    thresholds = fields.List(fields.Dict())
    residuals = fields.Dict()
