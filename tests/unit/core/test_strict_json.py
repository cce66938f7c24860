"""Bodies that two parsers could understand differently, and bodies made to hurt."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.strict_json import MAX_DEPTH, Malformed, parse_json, parse_strictly

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


STRINGS = st.sampled_from(
    ['"a"', '"\\u0061"', '"b"', '"08:30"', '"{["', '"\\"}:"', '"\\ud83e\\udd86"', '"\\udfff"', '"\\\\"', '"é"']
)
NUMBERS = (
    st.integers().map(str)
    | st.integers(-(2**66), 2**66).map(str)
    | st.integers(0, 30).map(lambda n: "9" * n + ".5")
    | st.integers(1, 4400).map(lambda n: "9" * n)
    | st.floats().map(repr)
    | st.tuples(st.integers(), st.integers(-400, 400)).map(lambda parts: "{}e{}".format(*parts))
    | st.sampled_from(["-0", "-0.0", "01", "1.", "1e999", "-1e-999", "NaN", "Infinity", "nan", "+1", "0x1", "1_0"])
)
WORDS = STRINGS | NUMBERS | st.sampled_from(["null", "true", "false", "None", "", "// x"])
"""Texts of JSON, valid and not, that parsers read differently."""


def _in_object(pairs: list[tuple[str, str]]) -> str:
    return "{" + ",".join(f"{key}: {value}" for key, value in pairs) + "}"


TEXTS = st.recursive(
    WORDS,
    lambda inner: (
        st.lists(inner, max_size=4).map(lambda items: "[" + ", ".join(items) + "]")
        | st.lists(st.tuples(STRINGS, inner), max_size=4).map(_in_object)
        | st.tuples(st.integers(45, 55), inner).map(lambda deep: "[" * deep[0] + deep[1] + "]" * deep[0])
    ),
    max_leaves=12,
)


def outcome(parse: Callable[[bytes], Any], body: bytes) -> tuple[str, ...]:
    """What comes of a body, as text: 1 is not 1.0, and 0.0 not -0.0."""
    try:
        return ("read", repr(parse(body)))
    except Malformed as exc:
        return ("refused", exc.reason, exc.detail)


@given(TEXTS, st.sampled_from(["{}", " {}\n", "{},", "{}}}", "{} {}", "\ufeff{}", '{{"instances": [{}]}}']))
def test_the_quick_way_and_the_strict_one_agree_on_every_text(text: str, around: str) -> None:
    body = around.replace("{}", text, 1).replace("{{", "{").replace("}}", "}").encode()
    assert outcome(parse_json, body) == outcome(parse_strictly, body)


@given(st.binary(max_size=100), st.binary(max_size=4), TEXTS, st.integers(0, 100))
def test_both_ways_agree_on_damaged_bytes(body: bytes, put_in: bytes, text: str, at: int) -> None:
    damaged = text.encode()[:at] + put_in + text.encode()[at:]
    for each in (body, damaged, text.encode()[:at]):
        assert outcome(parse_json, each) == outcome(parse_strictly, each)


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
