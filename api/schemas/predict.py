"""Bodies and answers of predictions at once."""

from __future__ import annotations

from marshmallow import fields

from api.schemas.base import Boolean, Query, RequestSchema, ResponseSchema
from api.schemas.datasets import DialectQuery
from api.schemas.models import InputWarningAnswer
from core.domain.endpoints import MAX_KEY_LENGTH

MAX_EXPLAINED = 100
"""Maximum rows of a request that may be explained: each takes up to some tenths of a second."""


class SpreadsheetQuery(Query):
    """How a CSV is wanted."""

    spreadsheet = fields.Boolean(
        truthy={"true"}, falsy={"false"}, load_default=False,
        metadata={"description": "Cells that a spreadsheet would take for formulas begin with a quote mark."},
    )  # fmt: skip


class PredictBody(RequestSchema):
    """Rows to predict."""

    instances = fields.Raw(
        required=True,
        metadata={
            "type": "array",
            "items": {"type": "object"},
            "description": "One {column: value} per row, values as in the CSV: strings, numbers, true, false, null.",
        },
    )
    explain = Boolean(
        load_default=False,
        metadata={"description": f"Explain each prediction by Shapley values; for up to {MAX_EXPLAINED} rows."},
    )
    strict = Boolean(
        load_default=False,
        metadata={"description": "Refuse rows of which something cannot be used, instead of warning."},
    )


class PredictCsvQuery(DialectQuery, SpreadsheetQuery):
    """How a CSV is written, and how it is predicted."""

    strict = fields.Boolean(
        truthy={"true"}, falsy={"false"}, load_default=False,
        metadata={"description": "Refuse a CSV of which something cannot be used, instead of warning."},
    )  # fmt: skip


class EndpointPredictBody(PredictBody):
    """Rows to predict at an endpoint."""

    key = fields.Raw(
        load_default=None,
        metadata={
            "type": "string",
            "description": f"Your own name of the row, or of all rows, of up to {MAX_KEY_LENGTH} characters: a split "
            "that is sticky by key sends the same key to the same version.",
        },
    )
    keys = fields.Raw(
        load_default=None,
        metadata={"type": "array", "items": {"type": "string"}, "description": "The same for each row."},
    )
    probabilities = Boolean(load_default=True, metadata={"description": "false: answer without probabilities."})


class EndpointPredictQuery(PredictCsvQuery):
    """Which version is asked, and how a CSV is written and predicted."""

    version = fields.String(
        metadata={"description": "Number or alias of a version; otherwise the traffic of the endpoint decides."}
    )


class PredictAnswer(ResponseSchema):
    """Predictions in the order of the rows."""

    predictions = fields.List(fields.Raw(), metadata={"description": "Labels as in the CSV, or numbers."})
    target_unit = fields.String(metadata={"description": "Unit of predicted numbers, as far as the table says it."})
    formatted = fields.List(
        fields.String(), metadata={"description": "Predicted times as the table writes them; only of such targets."}
    )
    decision = fields.Dict(
        metadata={"description": "{positive, threshold}: the rule by which labels were answered, where there is one."}
    )
    probabilities = fields.List(
        fields.Dict(), metadata={"description": "One {class: probability} per row; not for regression."}
    )
    explanations = fields.List(
        fields.Dict(),
        metadata={"description": "One {column: contribution} per row: base plus contributions is the prediction."},
    )
    explanation_bases = fields.List(
        fields.Float(),
        metadata={"description": "The base of each prediction: the prediction without the row's values."},
    )
    explanation_unit = fields.String(
        metadata={
            "description": "Unit of contributions and bases: `target`, that of the target; or `probability`, of the "
            "predicted class."
        }
    )
    warnings = fields.List(
        fields.Nested(InputWarningAnswer), metadata={"description": "What could not be used of the rows, by column."}
    )


class EndpointPredictAnswer(PredictAnswer):
    """Predictions in the order of the rows, and which version has made them."""

    prediction_ids = fields.List(fields.String(), metadata={"description": "One a row; they sort by time."})
    version = fields.Integer(metadata={"description": "Number of the version that has answered the first row."})
    alias = fields.String(allow_none=True, metadata={"description": "Alias that led to it; null for a number."})
    versions = fields.List(
        fields.Integer(), metadata={"description": "The version of each row, where several have answered."}
    )
    decisions = fields.List(
        fields.Dict(allow_none=True), metadata={"description": "`decision` of each row, where they differ."}
    )
    aliases = fields.List(
        fields.String(allow_none=True), metadata={"description": "The alias of each row, where several have answered."}
    )
