"""Parts of strings: found, and kept only where the target changes with them."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl.parsing.substrings import SUBSTRING_PATTERNS, extract_substring, trailing_number
from automl.preprocessing.fit import fit_preprocessor
from automl.preprocessing.preprocessor import Preprocessor
from automl.preprocessing.transformers.strings import OrdinalRange

N = 500
RNG = np.random.default_rng(0)
Y = RNG.integers(0, 2, N)


@pytest.mark.parametrize(
    ("text", "which", "expected"),
    [
        ("B71", "letters", "b"),
        ("STON/O 2. 3101282", "letters", "ston"),
        ("42", "letters", None),
        ("Davidson, Mr. Thornton", "title", "mr"),
        ("Davidson, Mr. Thornton", "first", "davidson"),
        ("ann@Example.org", "last", "example.org"),
        ("Paris, TX", "last", "tx"),
        ("", "last", None),
        (None, "title", None),
    ],
)
def test_pieces(text: str | None, which: str, expected: str | None) -> None:
    assert extract_substring(text, which) == expected


def test_the_last_number() -> None:
    assert [trailing_number(text) for text in ("A/5 21171", "C23 C25", "x9y", 7)] == [21171, 25, 9, 7]
    assert np.isnan(trailing_number("none"))


@given(st.text(max_size=40))
def test_any_text_has_pieces_or_none(text: str) -> None:
    for which in SUBSTRING_PATTERNS:
        found = extract_substring(text, which)
        assert found is None or found
    assert not np.isinf(trailing_number(text))


def names(frame: pd.DataFrame, y: np.ndarray) -> tuple[str, ...]:
    features = fit_preprocessor(frame, y, target="y")[1]
    return features.numeric_names + features.categorical_names


def test_parts_that_carry_signal_are_kept() -> None:
    frame = pd.DataFrame(
        {
            "deck": [f"{'AB'[y]}{i % 200}" for i, y in enumerate(Y)],
            "name": [f"Smith{i}, {'Mr' if y else 'Mrs'}. John the {i}th" for i, y in enumerate(Y)],
            "mail": [f"person{i}@{'one' if y else 'two'}.example" for i, y in enumerate(Y)],
            "part": [f"x-{i * 2 + y * 5000}" for i, y in enumerate(Y)],
        }
    )
    found = names(frame, Y)
    assert {"deck (letters)", "name (title)", "mail (last)", "part (number)"} <= set(found)
    plan, features = fit_preprocessor(frame, Y, target="y")
    again = Preprocessor.from_json(json.loads(json.dumps(plan.to_json())))
    one = again.transform({name: [frame[name].iloc[7]] for name in ("deck", "name", "mail", "part")})
    assert np.array_equal(one.categorical, features.categorical[7:8])
    assert np.array_equal(one.numeric, features.numeric[7:8], equal_nan=True)
    assert [action["action"] for action in plan.column_decisions] == [
        "kept as category", "kept as text", "kept in part", "kept in part"
    ]  # fmt: skip
    assert {each["type"] for each in plan.input_schema} == {"category", "text"}


def test_parts_that_say_nothing_are_left() -> None:
    frame = pd.DataFrame({"deck": [f"{'AB'[i % 2]}{i % 190}" for i in RNG.permutation(N)], "x": RNG.normal(size=N)})
    assert names(frame, Y) == ("deck (frequency)", "x", "deck")


def test_pieces_not_seen_in_training() -> None:
    frame = pd.DataFrame({"deck": [f"{'AB'[y]}{i % 200}" for i, y in enumerate(Y)]})
    plan = fit_preprocessor(frame, Y, target="y")[0]
    features = plan.transform({"deck": ["B999", "Z1", "77", None]})
    assert features.categorical[:, features.categorical_names.index("deck (letters)")].tolist() == [1, 2, -1, -1]


def test_ranges_keep_their_order_beside_their_labels() -> None:
    frame = pd.DataFrame({"age": ["<18", "18-25", "26-40", "40+"] * 30})
    plan, features = fit_preprocessor(frame, target="y")
    assert plan.column_decisions[0]["action"] == "kept as category with its order"
    assert features.numeric[:4, 0].tolist() == sorted(features.numeric[:4, 0].tolist())
    assert features.categorical_names == ("age",)
    assert OrdinalRange("x").values(["3", "4+"]).tolist() == [3, pytest.approx(4, abs=1e-3)]
