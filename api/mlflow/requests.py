"""What MLflow's clients send: fields of a query or of a JSON body, of which later versions have more than is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn, TypeVar

from flask import request

from api.http.numbers import is_number
from core.strict_json import Malformed, parse_json

T = TypeVar("T")

MAX_RESULTS = 50_000
"""Maximum items of one answer."""
MAX_LENGTH = 10_000
"""Maximum characters of one field."""


def refuse(field: str, detail: str) -> NoReturn:
    """Raise the error that MLflow's own server has for a wrong field (HTTP 400)."""
    raise Malformed("INVALID_PARAMETER_VALUE", f"{field}: {detail}", [{"field": field, "detail": detail}])


def sent_fields() -> dict[str, Any]:
    """Return the fields of the JSON body, or of the query where there is no body; a repeated one is a list."""
    body = request.get_data()
    if not body:
        return {name: values if len(values) > 1 else values[0] for name, values in request.args.lists()}
    fields = parse_json(body)
    if not isinstance(fields, dict):
        refuse("body", "It must be a JSON object.")
    return fields


def text_field(fields: dict[str, Any], name: str, default: str | None = None) -> str:
    """Return a field of text; one without a default is required."""
    value = fields.get(name, default)
    if value is None:
        refuse(name, "It is required.")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)  # Ids and versions are text; some programs send them as numbers.
    if not isinstance(value, str) or len(value) > MAX_LENGTH:
        refuse(name, f"It must be a text of at most {MAX_LENGTH:,} characters.")
    return value


def texts_field(fields: dict[str, Any], name: str) -> list[str]:
    """Return a field that is a list of texts."""
    value = fields.get(name, [])
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        refuse(name, "It must be a list of texts.")
    return values


def page_of(items: Sequence[T], fields: dict[str, Any], default_size: int) -> tuple[list[T], dict[str, str]]:
    """Return the page of a list that the fields `max_results` and `page_token` say, and the next page's token."""
    size = _whole(fields, "max_results", default_size)
    start = _whole(fields, "page_token", 0)
    if not 0 < size <= MAX_RESULTS:
        refuse("max_results", f"It must be between 1 and {MAX_RESULTS:,}.")
    end = start + size
    return list(items[start:end]), {"next_page_token": str(end)} if end < len(items) else {}


def _whole(fields: dict[str, Any], name: str, default: int) -> int:
    value = fields.get(name)
    if value is None or value == "":
        return default
    text = str(value)
    if isinstance(value, bool) or not is_number(text):
        refuse(name, "It must be a whole number, or the token of the page before.")
    return int(text)
