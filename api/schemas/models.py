"""Bodies and answers of models and stored predictions."""

from __future__ import annotations

from marshmallow import fields
from marshmallow.validate import Length, OneOf

from api.schemas.base import Boolean, Query, RequestSchema, ResponseSchema, SearchQuery
from api.schemas.datasets import FailureAnswer
from api.schemas.decisions import DecisionAnswer
from api.schemas.names import NAME
from core.domain.records import TRAINED, UPLOADED
from core.models.model_search import MAX_TAGS
from vocabulary import TASKS


class ModelQuery(SearchQuery):
    """A filter of models, and how much of each."""

    tag = fields.List(
        fields.String(validate=Length(1, 601)),
        load_default=list,
        validate=Length(max=20),
        metadata={"description": "Name of a tag, or `name:value`; once for each that a model must have."},
    )
    target = fields.String(load_default=None, validate=Length(1, 1000))
    task = fields.String(load_default=None, validate=OneOf(TASKS))
    dataset_id = fields.String(load_default=None, validate=Length(1, 100))
    origin = fields.String(load_default=None, validate=OneOf([TRAINED, UPLOADED]))

    brief = fields.Boolean(
        truthy={"true"},
        falsy={"false"},
        load_default=False,
        metadata={
            "description": "Omit features, example, leaderboard, importance, data_actions and onnx, which may be long."
        },
    )


class ModelPatchBody(RequestSchema):
    """What the owner says of a model; what is left out stays."""

    name = fields.String(allow_none=True, validate=NAME, metadata={"description": "null: none."})
    note = fields.String(validate=Length(max=2000))
    tags = fields.Dict(
        keys=fields.String(validate=Length(1, 100)),
        values=fields.String(validate=Length(max=500), allow_none=True),
        validate=Length(max=2 * MAX_TAGS),
        metadata={"description": "Those that are named are set, null takes one away; the others stay."},
    )


class DownloadQuery(Query):
    """The form of the download."""

    format = fields.String(
        load_default="bundle",
        validate=OneOf(["bundle", "nb", "onnx", "mlflow"]),
        metadata={"description": "`nb` is another name of `bundle`, the model file."},
    )
    model = fields.String(
        load_default=None,
        validate=Length(1, 200),
        metadata={"description": "One model of the ensemble, only for onnx. Default: the whole ensemble."},
    )


class FeatureAnswer(ResponseSchema):
    """An input column of the model."""

    name = fields.String()
    type = fields.String()
    required = fields.Boolean(metadata={"description": "Whether a request must have this column."})
    choices = fields.List(fields.Raw())
    range = fields.List(fields.Raw())
    decimal_sign = fields.String(metadata={"description": "Of numbers that are given as text."})
    words = fields.List(fields.String(), metadata={"description": "Words that it knows among its numbers."})
    unit = fields.String(metadata={"description": "Unit of its numbers, as far as the table says it."})
    date_order = fields.String(metadata={"description": "Order of dates such as 3/4/2024."})
    typical = fields.Raw()
    meaning = fields.String(metadata={"description": "What to give, as the metadata of an uploaded model say it."})


class ScoresAnswer(ResponseSchema):
    """{metric: {mean, standard_error, method}} of the model and of the baseline."""

    reported = fields.Dict()
    baseline = fields.Dict()


class VerdictAnswer(ResponseSchema):
    """The verdict on a model, in words."""

    tone = fields.String(metadata={"description": "good, fair or poor."})
    title = fields.String()
    sentences = fields.List(fields.String())
    skill = fields.Float(
        allow_none=True, metadata={"description": "Share of the way from the baseline to a perfect score."}
    )


class NoteAnswer(ResponseSchema):
    """One point for or against trusting the scores."""

    tone = fields.String(metadata={"description": "good, fair or poor."})
    text = fields.String()


class EvaluationAnswer(ResponseSchema):
    """The evaluation of a model on unseen rows; parts that are not available are absent."""

    verdict = fields.Nested(VerdictAnswer)
    trust = fields.List(fields.Nested(NoteAnswer))
    outlook = fields.String(metadata={"description": "Whether more rows would help."})
    greater_is_better = fields.Boolean(metadata={"description": "Whether higher values of the metric are better."})
    about = fields.Dict(metadata={"description": "{rows, columns, validation, trials, versions, ...}."})
    evaluation = fields.Dict(
        metadata={
            "description": "{task, rows, scores} and, for classification, {classes, roc, precision_recall, confusion, "
            "by_class, calibration, histogram, mistakes, thresholds}; for regression, {residuals}."
        }
    )
    dependence = fields.List(
        fields.Dict(),
        metadata={"description": "Partial dependence: {feature, kind, values, shares, series} of important columns."},
    )
    gain = fields.List(fields.Dict(), metadata={"description": "The score by ensemble size."})
    learner = fields.String(metadata={"description": "The model of the learning curve."})
    learning = fields.List(fields.Dict(), metadata={"description": "{rows, score}: the learning curve."})
    trials = fields.List(fields.Dict(), metadata={"description": "Trials of the search."})
    parameters = fields.Dict(
        allow_none=True, metadata={"description": "Hyperparameter importance of the best model family."}
    )


class ModelAnswer(ResponseSchema):
    """A model: trained here, or uploaded."""

    id = fields.String()
    job_id = fields.String(allow_none=True, metadata={"description": "null: it was uploaded."})
    dataset_id = fields.String(allow_none=True, metadata={"description": "null: it was uploaded."})
    origin = fields.String(metadata={"description": "`trained` here, or `uploaded`."})
    state = fields.String(
        metadata={"description": "`ready`; of an uploaded one also `checking`, or `rejected` with an `error`."}
    )
    error = fields.Nested(FailureAnswer, allow_none=True)
    name = fields.String(
        allow_none=True, metadata={"description": "Its own; at first that of its job, or of the uploaded file."}
    )
    note = fields.String()
    tags = fields.Dict()
    onnx = fields.Dict(
        metadata={
            "description": "Of an uploaded one: {signature, producer, opsets, ms_per_row}, how its graph is used."
        }
    )
    decision = fields.Nested(
        DecisionAnswer, allow_none=True, metadata={"description": "The rule by which one of two labels is answered."}
    )
    target = fields.String()
    task = fields.String()
    metric = fields.String()
    created_at = fields.String()
    size_bytes = fields.Integer()
    sha256 = fields.String()
    features = fields.List(fields.Nested(FeatureAnswer))
    example = fields.Dict(metadata={"description": "{column: value} of a row that it was trained on."})
    classes = fields.List(fields.String(), metadata={"description": "Labels as in the CSV; not for regression."})
    positive_class = fields.String(metadata={"description": "Of two classes the one that binary metrics count."})
    positive_class_rule = fields.String(metadata={"description": "Why it is this one, in words."})
    target_unit = fields.String(metadata={"description": "Unit of predicted numbers, as far as the table says it."})
    target_format = fields.String(metadata={"description": "How the table writes the target's times, by an example."})
    scores = fields.Nested(ScoresAnswer)
    verdict = fields.Nested(VerdictAnswer)
    trust = fields.List(fields.Nested(NoteAnswer))
    leaderboard = fields.List(
        fields.Dict(),
        metadata={
            "description": "{name, score, folds, truncated_folds, weight, left_out_reason, fit_s, predict_ms_per_row}, "
            "best first; left_out_reason says why a model is not in the ensemble, null for those that are."
        },
    )
    max_predict_ms = fields.Float(allow_none=True, metadata={"description": "The limit it was made with; null: none."})
    importance = fields.List(
        fields.Dict(), metadata={"description": "{feature, importance} per column, largest first."}
    )
    data_actions = fields.List(
        fields.Dict(), metadata={"description": "{column, action, why}: the preprocessing of each column."}
    )
    warnings = fields.List(fields.String())
    csv = fields.Dict(
        metadata={
            "description": "How the training file was written: the options of a dataset, and its number of `columns`. "
            "CSVs to predict are read likewise, unless they show to be written otherwise."
        }
    )


class InputWarningAnswer(ResponseSchema):
    """What a model could not use of one column of the rows to predict."""

    column = fields.String()
    reason = fields.String(
        metadata={
            "description": "UNSEEN_LABEL, UNREADABLE_VALUE, OUT_OF_RANGE (by more than the training range), "
            "MISSING_VALUE, MISSING_COLUMN, KEY_NOT_FOUND or IGNORED_COLUMN."
        }
    )
    count = fields.Integer(metadata={"description": "In how many rows."})
    examples = fields.List(fields.String(), metadata={"description": "Up to five different values."})
    detail = fields.String(metadata={"description": "The same as a sentence."})


class PredictionBody(RequestSchema):
    """The dataset to predict."""

    dataset_id = fields.String(required=True, validate=Length(1, 100))
    strict = Boolean(
        load_default=False,
        metadata={"description": "Fail if something in the dataset cannot be used, instead of warning."},
    )


class PredictionAnswer(ResponseSchema):
    """Stored predictions and their state."""

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
    warnings = fields.List(
        fields.Nested(InputWarningAnswer), metadata={"description": "What could not be used, by column; once made."}
    )
    error = fields.Nested(FailureAnswer, allow_none=True)
