"""Bodies of datasets that are made of requests."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validates_schema
from marshmallow.validate import Length, Range

from api.schemas.base import Boolean, Number, RequestSchema, check_span
from api.schemas.endpoints.endpoints import VersionRef
from api.schemas.names import MAX_LENGTH, NAME


class GatherBody(RequestSchema):
    """Which requests make the dataset. The body may be left out: all with a label."""

    may_be_left_out = True

    name = fields.String(
        load_default="", validate=[Length(max=MAX_LENGTH), *NAME[1:]], metadata={"description": "Of the dataset."}
    )
    from_ = fields.AwareDateTime(
        data_key="from", load_default=None, allow_none=True, format="iso",
        metadata={"description": "Of the first. Default: as far as they are kept."},
    )  # fmt: skip
    to = fields.AwareDateTime(
        load_default=None, allow_none=True, format="iso",
        metadata={"description": "Of the first that is too late. Default: now."},
    )  # fmt: skip
    labelled = Boolean(load_default=True, metadata={"description": "Only those whose truth is known."})
    sample = Number(
        load_default=1.0,
        validate=Range(0, 1, min_inclusive=False),
        metadata={"description": "Share of them, the same ones each time."},
    )
    version = VersionRef(
        load_default=None, allow_none=True,
        metadata={"description": "That answered. Default: any.", "oneOf": [{"type": "integer"}, {"type": "string"}]},
    )  # fmt: skip

    @validates_schema
    def _is_a_span(self, data: dict[str, Any], **_: Any) -> None:
        check_span(data)
