"""Keys: the same one however it is spelled, and no two that are one."""

from __future__ import annotations

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.features.keys import DIGEST, is_number, key_digest, key_part

TEXTS = st.text(max_size=20)


@pytest.mark.parametrize("cell", [7, 7.0, "7", " 7 ", "7.0", "7.000", "+7", Decimal("7")])
def test_a_number_is_one_key_however_it_is_written(cell: object) -> None:
    assert key_part(cell, numeric=True) == "7"


@pytest.mark.parametrize(
    ("cell", "part"),
    [
        ("007", "007"), ("7.0", "7.0"), ("A-12", "A-12"), (7, "7"), (7.0, "7"), (7.5, "7.5"), (True, "true"),
        (False, "false"), (10**30, "1" + "0" * 30), (" Ada ", "Ada"), ("Zoë", "Zoë"), ("\ud800", "\ud800"),
    ],
)  # fmt: skip
def test_among_labels_a_number_is_the_text_that_it_is_written_as(cell: object, part: str) -> None:
    assert key_part(cell, numeric=False) == part


@pytest.mark.parametrize("cell", [None, "", "  ", math.nan])
@pytest.mark.parametrize("numeric", [True, False])
def test_a_cell_that_is_empty_is_no_key(cell: object, numeric: bool) -> None:
    assert key_part(cell, numeric=numeric) is None


def test_labels_of_digits_are_no_numbers() -> None:
    assert not any(map(is_number, ["007", "1e3", "1,5", "", "٣", "Infinity", "0" * 41, "1_0"]))
    assert all(map(is_number, ["0", "-0", "12", "-3.50", "+1.0"]))


@given(st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS), st.booleans())
def test_any_cell_has_a_key_of_fixed_length_or_none(cell: object, numeric: bool) -> None:
    part = key_part(cell, numeric=numeric)
    assert part is None or DIGEST.fullmatch(key_digest([part]))


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=4))
def test_numbers_are_the_same_key_exactly_if_they_are_equal(number: Decimal) -> None:
    written, plain = str(number), key_part(str(number), numeric=True)
    assert plain is not None
    assert Decimal(plain) == number
    assert key_part(f"{written}0", numeric=True) == plain


@given(st.lists(TEXTS, min_size=1, max_size=3), st.lists(TEXTS, min_size=1, max_size=3))
def test_two_keys_are_two_digests(one: list[str], other: list[str]) -> None:
    assert (key_digest(one) == key_digest(other)) == (one == other)
