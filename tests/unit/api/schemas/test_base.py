"""Fields guess nothing."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import ValidationError

from api.schemas.base import Boolean, Integer, Number, RequestSchema


class Sample(RequestSchema):
    integer = Integer()
    number = Number()
    boolean = Boolean()


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
