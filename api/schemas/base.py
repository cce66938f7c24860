"""Bases of the marshmallow schemas of HTTP bodies and queries, and fields that guess nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields
from marshmallow.validate import Length, Range

INT64 = Range(-(2**63), 2**63 - 1, error="Must be an integer of at most 64 bits.")


class RequestSchema(Schema):
    """A JSON body of a client. Unknown fields are refused: they are typing errors.

    Attributes:
        may_be_left_out: whether a request without a body is one with an empty object.
    """

    may_be_left_out = False

    class Meta:
        unknown = RAISE


class Query(Schema):
    """The query of a request. Unknown names are refused."""

    class Meta:
        unknown = RAISE


class ResponseSchema(Schema):
    """A response: documents the fields, and drops those that are not for the client."""

    class Meta:
        unknown = EXCLUDE


class Integer(fields.Integer):
    """A JSON integer of at most 64 bits: 5, not 5.7, not 5.0, not "5", not true."""

    def _validated(self, value: Any) -> int:
        if type(value) is not int:
            raise self.make_error("invalid", input=value)
        return int(INT64(value))


class Number(fields.Float):
    """A JSON number that a float can hold: not "5", not true."""

    def _validated(self, value: Any) -> float:
        if type(value) not in (int, float):
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


class Boolean(fields.Boolean):
    """A JSON true or false: not "yes", not 1."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if type(value) is not bool:
            raise self.make_error("invalid", input=value)
        return value


def check_span(data: Mapping[str, Any]) -> None:
    """Raise ValidationError if the times `from_` and `to` are both given, and nothing lies between them."""
    if data.get("from_") and data.get("to") and data["to"] <= data["from_"]:
        raise ValidationError("Must be later than `from`.", "to")


class PageQuery(Query):
    """The page of a list."""

    page_size = fields.Integer(
        load_default=50, validate=Range(1, 200), metadata={"description": "Max. number of items."}
    )
    page_token = fields.String(
        load_default=None,
        validate=Length(1, 512),
        metadata={"description": "`next_page_token` of the previous page."},
    )


class SearchQuery(PageQuery):
    """The page of a list that can be searched. It may be short, or empty, and still have a next one."""

    search = fields.String(
        load_default=None,
        validate=Length(1, 200),
        metadata={"description": "Words that must all occur, in any case; a page may be short and have a next one."},
    )


class ProblemAnswer(ResponseSchema):
    """Any error, in the form of RFC 9457."""

    type = fields.String()
    title = fields.String()
    status = fields.Integer()
    detail = fields.String(metadata={"description": "What is wrong and how to fix it."})
    reason = fields.String(metadata={"description": "Stable error code for programs."})
    request_id = fields.String()
    errors = fields.List(fields.Dict(), metadata={"description": "One entry per field or cell."})


def page_schema(item: type[Schema]) -> type[Schema]:
    """Return the schema of a list of such items."""
    name = item.__name__.removesuffix("Answer") + "PageAnswer"
    items, token = fields.List(fields.Nested(item)), fields.String(allow_none=True)
    return ResponseSchema.from_dict({"items": items, "next_page_token": token}, name=name)
