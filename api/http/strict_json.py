"""Read JSON bodies strictly: a text that two parsers could understand differently is refused, not guessed at.

Refused: NaN and Infinity, numbers too large to be numbers, a key given twice, lone surrogates, deep nesting, bytes that
are not UTF-8. The standard library's parser does the parsing (orjson keeps the last of two equal keys, and turns large
integers into floats, without a word).
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from core.errors import RequestError

MAX_DEPTH = 50
MAX_DIGITS = 4300
"""Python's own limit for text to integer, whose cost grows with the square of the digits."""

# Possessive, and content with a string that never ends: from any quote it matches, so it stays linear.
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+\\?+"?+', re.DOTALL)
_NOT_BRACKET = re.compile(r"[^\[\]{}]+")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


class Malformed(RequestError):
    """The body is not JSON as this API takes it (HTTP 400)."""


def parse_json(body: bytes) -> Any:
    """Return the value of a JSON text.

    Raises Malformed with a reason: MALFORMED_JSON, DUPLICATE_KEY, JSON_TOO_DEEP or NUMBER_OUT_OF_RANGE.
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise Malformed("MALFORMED_JSON", f"The body is not UTF-8 at byte {exc.start}.") from exc
    if not text.strip():
        raise Malformed("MALFORMED_JSON", "The body is empty. Send a JSON object.")
    _check_depth(text)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_float,
            parse_constant=_constant,
        )
    except json.JSONDecodeError as exc:
        where = f"line {exc.lineno}, column {exc.colno}"
        raise Malformed("MALFORMED_JSON", f"The body is not valid JSON at {where}: {exc.msg}.") from exc
    if _SURROGATE.search(text):
        _check_surrogates(value)
    return value


def _check_depth(text: str) -> None:
    # Before parsing: the parser would recurse until the interpreter's stack ends.
    depth = 0
    for bracket in _NOT_BRACKET.sub("", _STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > MAX_DEPTH:
            raise Malformed("JSON_TOO_DEEP", f"The body nests deeper than {MAX_DEPTH} levels.")


def _check_surrogates(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as exc:
        detail = "The body has half of a surrogate pair: \\ud800 to \\udfff come in twos."
        raise Malformed("MALFORMED_JSON", detail) from exc


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise Malformed("DUPLICATE_KEY", f"The key {twice[:100]!r} appears twice in one object.")
    return found


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise Malformed("NUMBER_OUT_OF_RANGE", f"The body has an integer of {len(digits)} digits.")
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise Malformed("NUMBER_OUT_OF_RANGE", f"The number {digits[:40]} is too large.")
    return value


def _constant(name: str) -> NoReturn:
    raise Malformed("MALFORMED_JSON", f"{name} is not JSON. Send null for a missing value.")
