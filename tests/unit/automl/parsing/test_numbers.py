"""Numbers in the spelling of any country."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl.parsing.numbers import ANY_UNIT, canonical_integer, mark_of_number, parse_number

GROUPS = {"": "", "comma": ",", "point": ".", "space": " ", "no-break space": "\u00a0", "thin space": "\u202f",
          "apostrophe": "'", "Swiss apostrophe": "’"}  # fmt: skip
NEGATIVES = ("-{}", "{}-", "({})", "−{}", "– {}", "'-{}")
WRAPPED = ("{}", "${}", "€ {}", "{} €", "{} EUR", "CHF {}", "{}%", "{} kr", " {} ")


def written(cents: int, group: str, decimal: str) -> str:
    """Return an amount of cents as a locale writes it."""
    whole, rest = divmod(cents, 100)
    return f"{whole:,}".replace(",", group) + f"{decimal}{rest:02d}"


@given(
    st.integers(min_value=0, max_value=10**12),
    st.sampled_from(sorted(GROUPS.values())),
    st.sampled_from(".,"),
    st.sampled_from(("", *NEGATIVES)),
    st.sampled_from(WRAPPED),
)
def test_an_amount_reads_back_in_any_locale(cents: int, group: str, decimal: str, negative: str, wrap: str) -> None:
    if group == decimal:
        return
    text = wrap.format(written(cents, group, decimal))
    if negative and wrap == "{}":
        text = negative.format(text)
    expected = -cents / 100 if negative and wrap == "{}" else cents / 100
    assert parse_number(text, decimal) == expected


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("123,45-", ",", -123.45),
        ("'-47", ".", -47.0),
        ("'123", ".", 123.0),
        ("1'234.5", ".", 1234.5),
        ("12,34,567.5", ".", 1234567.5),
        ("+1.5e-3", ".", 0.0015),
        ("$(5.00)", ".", -5.0),
        ("-€1.234,56", ",", -1234.56),
        ("€-5", ".", -5.0),
        ("US$ 1,000", ".", 1000.0),
        ("0,125", ",", 0.125),
    ],
)
def test_unusual_spellings(text: str, decimal: str, value: float) -> None:
    assert parse_number(text, decimal) == value


@pytest.mark.parametrize("text", ["0,125", "-5-", "(-5)", "$5%", "$5 €", "5--", "1.2.3", "192.168.1.1", "5-10", "''5"])
def test_what_could_mean_anything_is_no_number(text: str) -> None:
    assert math.isnan(parse_number(text))


def test_the_mark_of_an_amount_is_its_currency_whichever_way_it_is_written() -> None:
    assert {mark_of_number(text) for text in ("€5", "5 EUR", "EUR 5", "(5 €)", "-€5")} == {"EUR"}
    assert mark_of_number("12 %") == "%"
    assert mark_of_number("12") == mark_of_number("no number €") == ""


def test_any_unit_may_follow_a_number_where_the_column_has_many() -> None:
    assert parse_number("5 boxes", unit=ANY_UNIT) == 5.0
    assert mark_of_number("5 boxes", ANY_UNIT) == "boxes"
    assert (parse_number("68 °F", unit=ANY_UNIT), mark_of_number("68 °F", ANY_UNIT)) == (68.0, "°f")


@given(st.integers())
def test_whole_numbers_are_exact_however_long(value: int) -> None:
    assert {canonical_integer(text) for text in (str(value), f" {value}", f"{value}.0")} == {str(value)}


def test_what_is_no_whole_number_has_no_digits() -> None:
    assert [canonical_integer(text) for text in ("1.5", "1e3", "x", "", "1,000")] == [None] * 5
