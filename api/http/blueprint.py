"""flask-smorest's blueprint with this API's way of reading requests."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, TypeVar, cast

import flask_smorest
from flask import Request, request
from marshmallow import Schema, ValidationError
from webargs.core import is_json
from webargs.flaskparser import FlaskParser

from api.http.client_connection import INCOMPLETE_BODY_ERRORS
from core.errors import Invalid, Unsupported
from core.strict_json import Malformed, parse_json

MAX_ERRORS = 20
"""Maximum entries in one response: the first few say enough."""

View = TypeVar("View", bound=Callable[..., Any])


class Parser(FlaskParser):
    """Strict JSON; the schema decides about unknown fields, of queries too; errors become Invalid."""

    DEFAULT_UNKNOWN_BY_LOCATION: ClassVar[dict[str, str | None]] = {  # type: ignore[misc]
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": None,
    }

    def load_json(self, req: Request, schema: Schema) -> Any:
        is_empty = not req.content_length and "Transfer-Encoding" not in req.headers
        if getattr(schema, "may_be_left_out", False) and is_empty:
            return {}
        if not is_json(req.mimetype):
            sent = repr(req.mimetype[:100]) if req.mimetype else "none"
            raise Unsupported("UNSUPPORTED_MEDIA_TYPE", f"Send Content-Type: application/json, not {sent}.")
        try:
            body = req.get_data()
        except INCOMPLETE_BODY_ERRORS as exc:
            raise Malformed("TRUNCATED_BODY", "The body is incomplete. Send all of it.") from exc
        value = parse_json(body)
        if not isinstance(value, dict):
            raise Invalid("NOT_AN_OBJECT", 'The body must be a JSON object: {"name": value, ...}.')
        # A million unknown fields would each cost time: the first few will be refused all the same.
        known = {field.data_key or name for name, field in schema.fields.items()}
        for name in [name for name in value if name not in known][MAX_ERRORS:]:
            del value[name]
        return value

    def parse(self, argmap: Any, req: Request | None = None, *, location: str | None = None, **options: Any) -> Any:
        # Most requests have no query: what a schema makes of none is the same every time.
        if location == "query" and isinstance(argmap, Schema) and not (req or request).query_string:
            return dict(_of_no_query(argmap))
        return super().parse(argmap, req, location=location, **options)

    def handle_error(
        self, error: ValidationError, req: Request, schema: Schema, *, error_status_code: Any, error_headers: Any
    ) -> NoReturn:
        raise invalid(error, schema) from error


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    """A blueprint whose `@arguments(BodySchema)` refuses malformed, unknown or wrongly typed fields."""

    ARGUMENTS_PARSER = Parser()

    def arguments(self, schema: type[Schema] | Schema, **options: Any) -> Callable[[View], View]:
        """Have a view get what the schema reads; it is made once, not for every request."""
        made = schema() if isinstance(schema, type) else schema
        return cast("Callable[[View], View]", super().arguments(made, **options))

    if TYPE_CHECKING:  # flask-smorest has no types: these are the decorators that views use

        def route(self, rule: str, **options: Any) -> Callable[[View], View]: ...
        def response(
            self, status_code: int, schema: type[Schema] | None = None, **options: Any
        ) -> Callable[[View], View]: ...
        def alt_response(self, status_code: int, **options: Any) -> Callable[[View], View]: ...
        @staticmethod
        def doc(**options: Any) -> Callable[[View], View]: ...


@cache
def _of_no_query(schema: Schema) -> dict[str, Any]:
    try:
        return cast(dict[str, Any], schema.load({}))
    except ValidationError as exc:
        raise invalid(exc, schema) from exc


def json_body(schema: Schema) -> dict[str, Any]:
    """Return the request's JSON body as the schema reads it. Raises Malformed, Invalid, Unsupported."""
    value = Blueprint.ARGUMENTS_PARSER.load_json(request, schema)
    try:
        return cast(dict[str, Any], schema.load(value))
    except ValidationError as exc:
        raise invalid(exc, schema) from exc


def invalid(error: ValidationError, schema: Schema) -> Invalid:
    """Translate Marshmallow's error to ours: one entry for each wrong field, of the first twenty."""
    messages = error.messages
    if isinstance(messages, dict) and set(messages) <= {"json", "query"}:  # webargs names the location first
        messages = next(iter(messages.values()))
    errors = [_entry(field, detail, schema) for field, detail in islice(_flatten(messages), MAX_ERRORS)]
    detail = " ".join(f"{entry['field']}: {entry['detail']}" for entry in errors)
    return Invalid("VALIDATION_FAILED", detail, errors)


def _entry(field: str, detail: str, schema: Schema) -> dict[str, Any]:
    entry: dict[str, Any] = {"field": field[:300], "detail": detail}
    if detail == "Unknown field.":
        known = sorted(each.data_key or name for name, each in schema.fields.items())
        near = difflib.get_close_matches(field[:100], known, 1)
        entry["hint"] = f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(known)}."
    return entry


def _flatten(messages: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from _flatten(inner, path if name == "_schema" else f"{path}.{name}" if path else str(name))
    elif isinstance(messages, list):
        for inner in messages:
            yield from _flatten(inner, path)
    else:
        yield path, str(messages)
