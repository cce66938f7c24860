"""One cell: what it means must not depend on who asks."""

from __future__ import annotations

import math
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl.parsing.labels import are_boolean_words, canonical_label, parse_boolean
from automl.parsing.numbers import parse_number
from automl.parsing.scalars import is_missing, parse_range, to_label


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3.0),
        (" 3.50 ", 3.5),
        ("+5", 5.0),
        ("1e3", 1000.0),
        ("1,234", 1234.0),
        ("1,234,567.5", 1234567.5),
        ("1,00,000", 100000.0),
        ("1 234.5", 1234.5),
        ("$5", 5.0),
        ("-$5", -5.0),
        ("€ 5", 5.0),
        ("5 EUR", 5.0),
        ("12%", 12.0),
        ("(1,234.50)", -1234.5),
        ("−7", -7.0),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, value: float) -> None:
    assert parse_number(text) == value


@pytest.mark.parametrize(
    "text", ["", " ", "abc", "1_000", "--5", "1,23", "1.2.3", "inf", "-inf", "nan", "1e999", "0x10", "5 5"]
)
def test_what_is_no_finite_number_is_missing(text: str) -> None:
    assert math.isnan(parse_number(text))


@pytest.mark.parametrize(
    ("text", "value"), [("1,5", 1.5), ("1.234,5", 1234.5), ("1 234,5", 1234.5), ("3.5", 3.5), ("7", 7.0)]
)
def test_decimal_commas(text: str, value: float) -> None:
    assert parse_number(text, ",") == value


def test_a_unit_may_follow() -> None:
    assert parse_number("1,5 KG", ",", "kg") == 1.5
    assert parse_number("1.5", ".", "kg") == 1.5


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, 3.0),
        (np.float32(0.5), 0.5),
        (True, 1.0),
        (10**400, math.nan),
        (math.inf, math.nan),
        (None, math.nan),
        ([], math.nan),
    ],
)
def test_numbers_from_objects(value: object, expected: float) -> None:
    assert parse_number(value) == pytest.approx(expected, nan_ok=True)


def test_a_duration_counts_in_seconds() -> None:
    assert parse_number(timedelta(minutes=1)) == 60.0


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_survives_being_written(value: float) -> None:
    assert parse_number(repr(value)) == value


@given(st.text(max_size=80))
def test_any_text_has_a_meaning(text: str) -> None:
    for decimal in ".,":
        assert not math.isinf(parse_number(text, decimal))
    assert parse_boolean(text) in (0.0, 1.0) or math.isnan(parse_boolean(text))
    assert is_missing(text) in (True, False)
    assert to_label(text) in (text, None)


def test_labels_stay_as_they_stand() -> None:
    assert to_label(" NA ") == " NA "
    assert [to_label(value) for value in (None, math.nan, "", " \t", np.float64("nan"))] == [None] * 5
    assert [to_label(value) for value in (True, 3, 3.0, np.int64(3))] == ["True", "3", "3.0", "3"]
    assert to_label(10**5000) is not None


def test_numeric_labels_forget_how_the_number_was_written() -> None:
    assert {canonical_label(value) for value in ("3", "3.0", 3, 3.0, " 3", np.int8(3))} == {"3"}
    assert canonical_label("other") == "other"


def test_truth_values() -> None:
    assert [parse_boolean(value) for value in ("Yes", "no", True, 0, "1.0")] == [1.0, 0.0, 1.0, 0.0, 1.0]
    assert math.isnan(parse_boolean("maybe"))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({"yes", "no"}, True),
        ({"yes", "no", "y", "n", "1"}, True),
        ({"ja", "nein"}, True),
        ({"active", "inactive"}, True),
        ({"t", "n"}, False),
        ({"yes"}, False),
        ({"yes", "no", "maybe"}, False),
        (set(), False),
    ],
)
def test_truth_values_come_in_pairs(words: set[str], expected: bool) -> None:
    assert are_boolean_words(words) is expected


def test_ranges_stand_in_order() -> None:
    for scale in (
        ["<5", "5-10", "10+"],
        ["under 18", "18 to 25", "26-64", "65 and over"],
        ["1st", "2nd", "3rd"],
        ["<= $1,000", "$1,000 - $2,000", ">$2,000"],
        ["up to 3 years", "3-5 years", "more than 5 years"],
    ):
        places = [parse_range(text) for text in scale]
        assert places == sorted(places)
    assert all(math.isnan(parse_range(text)) for text in ("5", "red", "2020-01-02", "1-2-3", "", None, "A-B"))


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("1:30:00", "time (s)", 5400.0),
        ("2 days 01:00:00", "time (s)", 176_400.0),
        ("1 h 30 min", "time (s)", 5400.0),
        ("-2 hours", "time (s)", -7200.0),
        ("PT5M", "time (s)", 300.0),
        ("90", "time (s)", 90.0),
        ("512 MB", "size (bytes)", 512e6),
        ("2 GiB", "size (bytes)", 2.0 * 1024**3),
        ("5 cm", "length (m)", 0.05),
        ("2 lbs", "mass (kg)", 0.90718474),
        ("$1.2M", "magnitude", 1.2e6),
        ("800", "magnitude", 800.0),
        ("5 apples", "mass (kg)", math.nan),
        ("", "time (s)", math.nan),
    ],
)
def test_quantities_are_brought_to_one_unit(text: str, unit: str, value: float) -> None:
    assert parse_number(text, ".", unit) == pytest.approx(value, nan_ok=True)
