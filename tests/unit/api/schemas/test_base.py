"""Fields guess nothing."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import ValidationError, fields, validates_schema

from api.http.blueprint import invalid
from api.schemas.base import Boolean, Integer, Number, RequestSchema, check_span


class Sample(RequestSchema):
    integer = Integer()
    number = Number()
    boolean = Boolean()


class Span(RequestSchema):
    from_ = fields.AwareDateTime(data_key="from", load_default=None, format="iso")
    to = fields.AwareDateTime(load_default=None, format="iso")

    @validates_schema
    def _is_a_span(self, data: dict[str, Any], **_: Any) -> None:
        check_span(data)


def test_a_time_that_ends_before_it_begins_is_refused_and_one_without_an_end_is_not() -> None:
    early, late = "2026-01-01T00:00:00Z", "2026-01-01T02:00:00+01:00"
    for data in ({"from": early, "to": late}, {"from": late}, {"to": early}, {}):
        Span().load(data)
    for data in ({"from": late, "to": early}, {"from": early, "to": early}):
        with pytest.raises(ValidationError, match="later than"):
            Span().load(data)


def test_fields_are_named_as_they_are_sent() -> None:
    with pytest.raises(ValidationError) as refused:
        Span().load({"zzzzzzzz": 1})
    [error] = invalid(refused.value, Span()).errors
    assert error["hint"] == "Known: from, to."


@pytest.mark.parametrize(
    "data", [{"integer": 5}, {"integer": -(2**63)}, {"number": 5}, {"number": 5.5}, {"boolean": True}, {}]
)
def test_taken(data: dict[str, Any]) -> None:
    assert Sample().load(data) == data


@pytest.mark.parametrize(
    "data",
    [
        *({"integer": value} for value in (5.0, 5.7, "5", True, None, 2**63, [5])),
        *({"number": value} for value in ("5", True, None, float("nan"), 10**400)),
        *({"boolean": value} for value in ("yes", "true", 1, 0, None)),
        {"unknown": 1},
    ],
)
def test_refused(data: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Sample().load(data)
