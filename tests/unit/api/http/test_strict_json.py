"""Bodies that two parsers could understand differently, and bodies made to hurt."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.http.strict_json import MAX_DEPTH, Malformed, parse_json

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(VALUES, st.booleans())
def test_what_is_json_is_read_as_it_is(value: Any, ascii_only: bool) -> None:
    assert parse_json(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary(max_size=200) | st.text(alphabet='{}[]",:\\u019adeE+-. \n').map(str.encode))
def test_anything_else_is_refused_and_nothing_worse(body: bytes) -> None:
    with contextlib.suppress(Malformed):
        parse_json(body)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "MALFORMED_JSON"),
        (b" \n", "MALFORMED_JSON"),
        (b"{", "MALFORMED_JSON"),
        (b'"\xff"', "MALFORMED_JSON"),
        (b"\xef\xbb\xbf{}", "MALFORMED_JSON"),
        (b'{"a": NaN}', "MALFORMED_JSON"),
        (b'{"a": -Infinity}', "MALFORMED_JSON"),
        (b'{"a": "\\ud800"}', "MALFORMED_JSON"),
        (b'{"\\uDFFF": 1}', "MALFORMED_JSON"),
        (b'{"a": 1, "b": {"c": 1, "c": 1}}', "DUPLICATE_KEY"),
        (b'{"a": 1, "\\u0061": 2}', "DUPLICATE_KEY"),
        (b'{"a": 1e999}', "NUMBER_OUT_OF_RANGE"),
        (b'{"a": ' + b"9" * 5000 + b"}", "NUMBER_OUT_OF_RANGE"),
        (b"[" * 100_000, "JSON_TOO_DEEP"),
        (b'{"a":' * 100_000, "JSON_TOO_DEEP"),
    ],
)
def test_reasons(body: bytes, reason: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse_json(body)
    assert caught.value.reason == reason


def test_depth_counts_brackets_outside_strings_only() -> None:
    assert parse_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    assert parse_json(json.dumps({"a": "[" * 1000 + '\\"{' * 1000}).encode())


def test_a_pair_of_surrogates_is_a_character() -> None:
    assert parse_json(b'{"a": "\\ud83e\\udd86"}') == {"a": "🦆"}


@pytest.mark.parametrize(
    "body",
    [b'"' + b'\\"' * 1_000_000, b"{" + b",".join(b'"%d":1' % n for n in range(200_000)) + b',"199999":1}'],
    ids=["string without end", "duplicate at the end"],
)
def test_bodies_whose_cost_would_grow_with_the_square(body: bytes) -> None:
    with pytest.raises(Malformed):
        parse_json(body)  # in a moment: not within this test's time limit otherwise
