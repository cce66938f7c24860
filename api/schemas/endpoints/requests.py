"""Queries and answers of an endpoint's requests."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from marshmallow import fields, validates_schema
from marshmallow.validate import Length

from api.schemas.base import PageQuery, ResponseSchema, check_span


class RequestsQuery(PageQuery):
    """Which requests are asked for."""

    from_ = fields.AwareDateTime(
        data_key="from", load_default=None, default_timezone=UTC,
        metadata={"description": "Made at or after this time (RFC 3339)."},
    )  # fmt: skip
    to = fields.AwareDateTime(
        load_default=None, default_timezone=UTC, metadata={"description": "Made before this time."}
    )
    version = fields.String(
        load_default=None, validate=Length(1, 40), metadata={"description": "Answered by this one: a number, an alias."}
    )
    labelled = fields.Boolean(load_default=None, metadata={"description": "Whether the truth is known."})

    @validates_schema
    def _is_a_span(self, data: dict[str, Any], **_: Any) -> None:
        check_span(data)


class RequestAnswer(ResponseSchema):
    """A row that was predicted."""

    id = fields.String(metadata={"description": "Its prediction_id."})
    at = fields.String()
    v = fields.Integer(metadata={"description": "The version that answered."})
    alias = fields.String(allow_none=True)
    key = fields.String(allow_none=True, metadata={"description": "The caller's own name of the row."})
    x = fields.Dict(metadata={"description": "Its cells by column, those that are kept."})
    y = fields.Raw(metadata={"description": "What was predicted."})
    p = fields.List(fields.Float(), metadata={"description": "Probabilities, in the order of the version's labels."})
    ms = fields.Float(metadata={"description": "Milliseconds that the answer took; of a table its batch."})
    rt = fields.String(metadata={"description": "What predicted: `engine` or `onnx`."})
    shadow = fields.Dict(metadata={"description": "{version: {y, p}} of the shadows."})
    label = fields.Raw(metadata={"description": "The truth, if it is known."})
    label_at = fields.String(metadata={"description": "Of when it is."})
    label_unresolved = fields.Boolean(
        metadata={"description": "Its key has a label, and too many later requests to see which is meant: gather them."}
    )
