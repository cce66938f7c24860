"""One cell: what it means must not depend on who asks."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl.values import is_missing, label, numeric_label, parse_boolean, parse_date, parse_number


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
    assert not math.isinf(parse_date(text))
    assert parse_boolean(text) in (0.0, 1.0) or math.isnan(parse_boolean(text))
    assert is_missing(text) in (True, False)
    assert label(text) in (text, None)


@pytest.mark.parametrize(
    "text",
    ["2024-03-31", "2024/3/31", "3/31/2024", "31/3/2024", "31.03.2024", "31.03.24", "20240331", "31 Mar 2024",
     "31-Mar-24", "March 31, 2024", "Sun, 31 Mar 2024", "2024-03-31T00:00:00Z", "2024-03-31 00:00",
     "2024-03-31 02:00:00+02:00", "3/31/2024 12:00 AM"],
)  # fmt: skip
def test_dates_in_many_forms(text: str) -> None:
    assert parse_date(text) == datetime(2024, 3, 31, tzinfo=UTC).timestamp()


def test_ambiguous_dates_follow_the_column() -> None:
    assert parse_date("3/4/2024") == parse_date("2024-03-04")
    assert parse_date("3/4/2024", day_first=True) == parse_date("2024-04-03")


@pytest.mark.parametrize("text", ["2024-13-01", "31.02.2024", "hello", "12:30", "1.2.3", "May", "1234567"])
def test_what_is_no_date_is_missing(text: str) -> None:
    assert math.isnan(parse_date(text))


def test_dates_from_objects() -> None:
    assert parse_date(date(2024, 3, 31)) == parse_date("2024-03-31")
    assert parse_date(datetime(2024, 3, 31, 12)) == parse_date("2024-03-31 12:00")
    assert parse_date(20240331) == parse_date("20240331")
    assert math.isnan(parse_date(None))


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)))
def test_iso_dates_are_exact(moment: datetime) -> None:
    assert parse_date(moment.isoformat()) == pytest.approx(moment.replace(tzinfo=UTC).timestamp(), abs=1e-5)


def test_labels_stay_as_they_stand() -> None:
    assert label(" NA ") == " NA "
    assert [label(value) for value in (None, math.nan, "", " \t", np.float64("nan"))] == [None] * 5
    assert [label(value) for value in (True, 3, 3.0, np.int64(3))] == ["True", "3", "3.0", "3"]
    assert label(10**5000) is not None


def test_numeric_labels_forget_how_the_number_was_written() -> None:
    assert {numeric_label(value) for value in ("3", "3.0", 3, 3.0, " 3", np.int8(3))} == {"3"}
    assert numeric_label("other") == "other"


def test_truth_values() -> None:
    assert [parse_boolean(value) for value in ("Yes", "no", True, 0, "1.0")] == [1.0, 0.0, 1.0, 0.0, 1.0]
    assert math.isnan(parse_boolean("maybe"))
