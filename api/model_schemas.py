"""Bodies and answers of models and stored predictions."""

from __future__ import annotations

from marshmallow import fields
from marshmallow.validate import Length, OneOf

from api.dataset_schemas import FailureAnswer
from api.schemas import Answer, Body, Query


class DownloadQuery(Query):
    """In which form."""

    format = fields.String(load_default="bundle", validate=OneOf(["bundle", "onnx"]))
    model = fields.String(
        load_default=None,
        validate=Length(1, 200),
        metadata={"description": "One model of the ensemble, for onnx; all of them without."},
    )


class FeatureAnswer(Answer):
    """A column that the model reads."""

    name = fields.String()
    type = fields.String()
    required = fields.Boolean(metadata={"description": "A request must have this column."})
    choices = fields.List(fields.Raw())
    range = fields.List(fields.Raw())
    typical = fields.Raw()


class ScoresAnswer(Answer):
    """{metric: {mean, standard_error, method}} of the model, and of always guessing the same."""

    reported = fields.Dict()
    baseline = fields.Dict()


class ModelAnswer(Answer):
    """A trained model."""

    id = fields.String()
    job_id = fields.String()
    dataset_id = fields.String()
    target = fields.String()
    task = fields.String()
    metric = fields.String()
    created_at = fields.String()
    size_bytes = fields.Integer()
    sha256 = fields.String()
    features = fields.List(fields.Nested(FeatureAnswer))
    classes = fields.List(fields.String(), metadata={"description": "Labels as in the CSV; not for regression."})
    scores = fields.Nested(ScoresAnswer)
    leaderboard = fields.List(
        fields.Dict(), metadata={"description": "{name, score, weight, fit_s, predict_ms_per_row} of each, best first."}
    )
    importance = fields.List(fields.Dict(), metadata={"description": "{feature, importance} of each, largest first."})
    data_actions = fields.List(fields.Dict(), metadata={"description": "{column, action, why} of each."})
    warnings = fields.List(fields.String())


class PredictionBody(Body):
    """What to predict."""

    dataset_id = fields.String(required=True, validate=Length(1, 100))


class PredictionAnswer(Answer):
    """Stored predictions and where they stand."""

    id = fields.String()
    model_id = fields.String()
    dataset_id = fields.String()
    state = fields.String()
    rows = fields.Integer(allow_none=True)
    size_bytes = fields.Integer(allow_none=True)
    sha256 = fields.String(allow_none=True)
    created_at = fields.String()
    started_at = fields.String(allow_none=True)
    finished_at = fields.String(allow_none=True)
    error = fields.Nested(FailureAnswer, allow_none=True)
