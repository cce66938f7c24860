"""Bodies and answers of feedback: what became of predictions."""

from __future__ import annotations

from marshmallow import fields
from marshmallow.validate import Length

from api.schemas.base import Query, RequestSchema, ResponseSchema
from core.requests.feedback import MAX_LABELS

MAX_REFUSED = 10_000
"""Refused labels that an answer lists."""


class LabelBody(RequestSchema):
    """What became of a prediction. In the document only: labels are checked one by one, so that one spoils no other."""

    prediction_id = fields.String(metadata={"description": "Of the prediction. Or:"})
    key = fields.String(metadata={"description": "Your own name of the row: its newest prediction until `at`."})
    label = fields.Raw(
        allow_none=True, required=True, metadata={"description": "A class, or a number; null takes back."}
    )
    at = fields.String(metadata={"description": "Since when that is so, with a zone; the newest wins. Default: now."})


class FeedbackBody(RequestSchema):
    """Labels."""

    labels = fields.List(
        fields.Raw(allow_none=True),
        required=True,
        validate=Length(1, MAX_LABELS, error=f"1 to {MAX_LABELS:,} at once: send more as text/csv."),
    )


class FeedbackDocument(RequestSchema):
    """Labels, as the document shows them."""

    labels = fields.List(fields.Nested(LabelBody), required=True)


class RefusedLabel(ResponseSchema):
    """A label that is not kept."""

    index = fields.Integer(metadata={"description": "From 0; of a CSV the row below its header."})
    reason = fields.String(
        metadata={"description": "UNKNOWN_LABEL, NOT_A_NUMBER, BAD_PREDICTION_ID, BAD_TIME or VALIDATION_FAILED."}
    )
    detail = fields.String()


class FeedbackAnswer(ResponseSchema):
    """What was kept, durably by now, and what was not."""

    accepted = fields.Integer()
    refused_count = fields.Integer()
    refused = fields.List(fields.Nested(RefusedLabel), metadata={"description": f"The first {MAX_REFUSED:,} of them."})
    ignored_columns = fields.List(fields.String(), metadata={"description": "Of a CSV."})


class ForgetQuery(Query):
    """Whose requests are deleted."""

    key = fields.String(required=True, metadata={"description": "Your own name of the rows."})
