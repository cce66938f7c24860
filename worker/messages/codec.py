"""Write messages as lines of JSON, and read them again.

Parent and child run the same version, so an unknown field is always an error: every line that is not exactly a message
is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, cast, get_args, get_type_hints

import orjson

from worker.messages.from_child import FromChild
from worker.messages.to_child import ToChild

Kinds = Mapping[str, type[Any]]


class BadMessage(Exception):
    """The line is no message, or none that is sent in this direction."""


def encode(message: ToChild | FromChild) -> bytes:
    """Return the message as one line. Scores and times may be NumPy's."""
    return orjson.dumps(_to_json(message), option=orjson.OPT_SERIALIZE_NUMPY) + b"\n"


def decode_to_child(line: bytes) -> ToChild:
    """Return the message that the worker has sent. Raises BadMessage."""
    return cast(ToChild, _from_json(_parse(line), _kinds(ToChild)))


def decode_from_child(line: bytes) -> FromChild:
    """Return the message that the child process has sent. Raises BadMessage."""
    return cast(FromChild, _from_json(_parse(line), _kinds(FromChild)))


def _to_json(message: Any) -> dict[str, Any]:
    values = {field.name: getattr(message, field.name) for field in fields(message)}
    nested = {name: _to_json(value) for name, value in values.items() if is_dataclass(value)}
    return {"type": type(message).__name__, **values, **nested}


def _parse(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError as exc:
        raise BadMessage(f"no JSON: {line[:100]!r}") from exc


def _from_json(data: Any, kinds: Kinds) -> Any:
    name = data.pop("type", None) if isinstance(data, dict) else data
    if not isinstance(data, dict) or not isinstance(name, str) or name not in kinds:
        raise BadMessage(f"unknown type {name!r}: expected one of {', '.join(kinds)}")
    kind: Any = kinds[name]
    for name, choices in _nested(kind).items():
        if name in data:
            data[name] = _from_json(data[name], choices)
    try:
        return kind(**data)
    except TypeError as exc:  # An unknown field, or one that is missing.
        raise BadMessage(str(exc)) from exc


@cache
def _nested(kind: Any) -> dict[str, Kinds]:
    """Return the fields of a message that hold messages, with what each may hold."""
    found = {name: _kinds(hint) for name, hint in get_type_hints(kind).items()}
    return {name: kinds for name, kinds in found.items() if kinds}


@cache
def _kinds(hint: Any) -> Kinds:
    """Return the messages of a union, or the hint's only one, by name."""
    return {kind.__name__: kind for kind in get_args(hint) or (hint,) if is_dataclass(kind) and isinstance(kind, type)}
