"""Dates in the forms that people and programs write."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl.parsing.dates import parse_date
from automl.preprocessing.transformers.basic import DatetimeTransformer


@pytest.mark.parametrize(
    "text",
    ["2024-03-31", "2024/3/31", "3/31/2024", "31/3/2024", "31.03.2024", "31.03.24", "20240331", "31 Mar 2024",
     "31-Mar-24", "March 31, 2024", "Sun, 31 Mar 2024", "2024-03-31T00:00:00Z", "2024-03-31 00:00",
     "2024-03-31 02:00:00+02:00", "3/31/2024 12:00 AM",
     "31/Mar/2024:00:00:00 +0000", "20240331T000000Z", "Sun Mar 31 00:00:00 2024", "Sun Mar 31 00:00:00 UTC 2024",
     "2024-W13-7"],
)  # fmt: skip
def test_dates_in_many_forms(text: str) -> None:
    assert parse_date(text) == datetime(2024, 3, 31, tzinfo=UTC).timestamp()


def test_ambiguous_dates_follow_the_column() -> None:
    assert parse_date("3/4/2024") == parse_date("2024-03-04")
    assert parse_date("3/4/2024", "day_first") == parse_date("2024-04-03")


@pytest.mark.parametrize("text", ["2024-13-01", "31.02.2024", "hello", "12:30", "1.2.3", "May", "1234567"])
def test_what_is_no_date_is_missing(text: str) -> None:
    assert math.isnan(parse_date(text))


def test_dates_from_objects() -> None:
    assert parse_date(date(2024, 3, 31)) == parse_date("2024-03-31")
    assert parse_date(datetime(2024, 3, 31, 12)) == parse_date("2024-03-31 12:00")
    assert parse_date(20240331) == parse_date("20240331")
    assert parse_date(20240331.0) == parse_date("20240331")
    assert math.isnan(parse_date(None))


@pytest.mark.parametrize("number", [10**400, pytest.param(-(10**5000), id="huge"), True, math.inf, 1e300, 0.5])
def test_numbers_that_are_no_date_are_missing(number: float) -> None:
    assert math.isnan(parse_date(number))


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)))
def test_iso_dates_are_exact(moment: datetime) -> None:
    assert parse_date(moment.isoformat()) == pytest.approx(moment.replace(tzinfo=UTC).timestamp(), abs=1e-5)


@pytest.mark.parametrize(
    ("text", "first_day"),
    [("2024-Q2", "2024-04-01"), ("Q4 2023", "2023-10-01"), ("2024-W01", "2024-01-01"), ("2024-05", "2024-05-01"),
     ("May 2024", "2024-05-01")],
)  # fmt: skip
def test_a_span_counts_as_its_first_day(text: str, first_day: str) -> None:
    assert parse_date(text) == parse_date(first_day)


@given(st.text(max_size=60))
def test_any_text_is_a_moment_or_none(text: str) -> None:
    assert not math.isinf(parse_date(text))


@given(
    st.lists(
        st.none()
        | st.datetimes(datetime(1900, 1, 1), datetime(2099, 1, 1)).map(
            lambda moment: moment.replace(microsecond=0).isoformat(" ")
        ),
        min_size=1,
    )
)
def test_the_fast_road_reads_dates_like_the_careful_one(cells: list[str | None]) -> None:
    step = DatetimeTransformer("x")
    assert np.array_equal(step.seconds(pd.Series(cells, dtype="str")), step.seconds(cells), equal_nan=True)


@pytest.mark.parametrize(
    "text",
    ["Mar-24", "Mar 2024", "march 2024", "Mär 2024", "Mrz-24", "mars 2024", "marzo 2024", "03/2024", "2024-03",
     "2024/3", "202403", "2024M03", "Mar '24"],
)  # fmt: skip
def test_a_month_counts_as_its_first_day(text: str) -> None:
    assert parse_date(text) == parse_date("2024-03-01")


@pytest.mark.parametrize("text", ["Q2 2024", "2024Q2", "2Q24", "Q2-24"])
def test_a_quarter_counts_as_its_first_day(text: str) -> None:
    assert parse_date(text) == parse_date("2024-04-01")


@pytest.mark.parametrize(
    "text",
    ["2024-W05", "2024-W5", "2024W05", "2024 W5", "2024-W05-1", "W05 2024", "W5/2024", "KW 5/2024", "KW05 2024",
     "CW5-2024", "Week 5, 2024", "week 05 2024", "wk. 5 2024"],
)  # fmt: skip
def test_a_week_counts_as_its_monday(text: str) -> None:
    assert parse_date(text) == parse_date("2024-01-29")


@given(st.integers(1970, 2068), st.integers(1, 52))
def test_weeks_are_those_of_the_calendar(year: int, week: int) -> None:
    expected = parse_date(date.fromisocalendar(year, week, 1).isoformat())
    assert parse_date(f"{year}-W{week:02d}") == parse_date(f"W{week} {year}") == expected


@pytest.mark.parametrize("text", ["2024-W54", "2023-W53", "W00 2024", "W5", "W5 24"])
def test_what_is_no_week_of_a_year_is_missing(text: str) -> None:
    assert math.isnan(parse_date(text))


@pytest.mark.parametrize("text", ["2024-Mar-31", "2024 Mar 31", "2024/mar/31"])
def test_the_year_may_stand_before_the_name_of_the_month(text: str) -> None:
    assert parse_date(text) == parse_date("2024-03-31")
    assert parse_date(text[:8]) == parse_date("2024-03-01")


def test_two_digits_before_a_month_are_a_year_only_where_the_year_comes_first() -> None:
    assert parse_date("24-Mar", "year_first") == parse_date("2024-03-01")
    assert math.isnan(parse_date("24-Mar", "month_first"))
    assert math.isnan(parse_date("24-Mar", "day_first"))


@pytest.mark.parametrize("text", ["5. Mai 2024", "5 de mayo de 2024", "5 mai 2024", "5-May-24"])
def test_months_may_have_the_names_of_other_languages(text: str) -> None:
    assert parse_date(text) == parse_date("2024-05-05")


@pytest.mark.parametrize("text", ["Box-24", "May", "1999", "13/2024", "00/2024"])
def test_what_looks_like_a_month_and_is_none_is_missing(text: str) -> None:
    assert math.isnan(parse_date(text))


@given(st.dates(min_value=date(1970, 1, 1), max_value=date(2068, 12, 31)))
def test_a_date_reads_back_in_each_order(day: date) -> None:
    expected = parse_date(day.isoformat())
    assert parse_date(day.strftime("%m/%d/%Y"), "month_first") == expected
    assert parse_date(day.strftime("%d/%m/%Y"), "day_first") == expected
    assert parse_date(day.strftime("%y-%m-%d"), "year_first") == expected
