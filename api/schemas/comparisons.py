"""Bodies and answers of comparisons."""

from __future__ import annotations

from marshmallow import fields
from marshmallow.validate import Length, OneOf

from api.schemas.base import Query, RequestSchema, ResponseSchema
from api.schemas.datasets import FailureAnswer
from api.schemas.endpoints.endpoints import VersionRef
from api.schemas.names import NAME
from core.evaluations.comparisons import MAX_MODELS, MIN_MODELS
from vocabulary import METRICS

ID = Length(1, 100)


class VersionName(RequestSchema):
    """A version of an endpoint."""

    endpoint = fields.String(required=True, validate=Length(1, 63))
    version = VersionRef(
        required=True,
        metadata={
            "description": "Number of a version, or an alias.",
            "oneOf": [{"type": "integer", "minimum": 1}, {"type": "string"}],
        },
    )


class ComparisonBody(RequestSchema):
    """Which models, on which labelled dataset: two to ten models and versions together."""

    dataset_id = fields.String(required=True, validate=ID)
    models = fields.List(fields.String(validate=ID), load_default=list, validate=Length(max=MAX_MODELS))
    versions = fields.List(fields.Nested(VersionName), load_default=list, validate=Length(max=MAX_MODELS))
    name = fields.String(load_default=None, allow_none=True, validate=NAME)
    metric = fields.String(
        load_default="auto",
        validate=OneOf(["auto", *METRICS]),
        metadata={"description": "By which the best is told. Default: that of the first model."},
    )


class CompareQuery(Query):
    """Which models to lay side by side."""

    model = fields.List(
        fields.String(validate=ID),
        required=True,
        validate=Length(MIN_MODELS, MAX_MODELS),
        metadata={"description": "Id of a model; once for each."},
    )
    only_differences = fields.Boolean(
        truthy={"true"},
        falsy={"false"},
        load_default=False,
        metadata={"description": "Omit rows in which all models have the same."},
    )


class ComparisonAnswer(ResponseSchema):
    """A comparison; what it has found is there once it has succeeded, and in lists only the best."""

    id = fields.String()
    name = fields.String(allow_none=True)
    dataset_id = fields.String()
    state = fields.String()
    created_at = fields.String()
    started_at = fields.String(allow_none=True)
    finished_at = fields.String(allow_none=True)
    error = fields.Nested(FailureAnswer, allow_none=True)
    models = fields.List(
        fields.Dict(),
        metadata={
            "description": "{id, endpoint, version, name} and, once measured, {metrics: {name: {value, low, high, "
            "standard_error}}, latency, size_bytes, overlap: {rows_seen_in_training, share, by_chance}, warnings}."
        },
    )
    rows = fields.Integer(allow_none=True, metadata={"description": "Labelled rows."})
    metric = fields.String(metadata={"description": "By which the best is told."})
    best = fields.Dict(
        allow_none=True,
        metadata={"description": "{id, as_good}: the best score, and the models that are not worse beyond chance."},
    )
    title = fields.String(allow_none=True, metadata={"description": "The verdict in a few words."})
    target = fields.String()
    task = fields.String()
    greater_is_better = fields.Boolean()
    classes = fields.List(fields.String(), allow_none=True)
    left_out = fields.Dict(metadata={"description": "{unlabelled, unknown: [{label, rows}], unknown_rows}."})
    method = fields.String()
    pairs = fields.List(
        fields.Dict(),
        metadata={
            "description": "{a, b, differences: {metric: {value, low, high, standard_error, p, p_adjusted, better}}, "
            "agreement, mcnemar, delong}: a's score minus b's."
        },
    )
    disagreement = fields.Dict(metadata={"description": "{share, mean_spread, rows, groups}: where they differ most."})
    verdict = fields.Dict(metadata={"description": "{tone, title, sentences}."})


class SideBySideSection(ResponseSchema):
    """Rows about one thing."""

    name = fields.String(metadata={"description": "model, job, data, parameters, scores or importance."})
    rows = fields.List(
        fields.Dict(), metadata={"description": "{name, values, differs}; values in the order of the models."}
    )
    left_out = fields.Integer(metadata={"description": "Further rows there would be."})


class SideBySideAnswer(ResponseSchema):
    """Models side by side."""

    models = fields.List(fields.Dict(), metadata={"description": "{id, name} of each, in order."})
    sections = fields.List(fields.Nested(SideBySideSection))
    notes = fields.List(fields.String(), metadata={"description": "What to mind when comparing the scores."})
