"""Columns read in the light of the whole table: decimal signs and the order of dates."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automl.preprocessing.columns.column_options import ColumnOptions
from automl.preprocessing.columns.column_types import infer_type
from automl.preprocessing.columns.reading_findings import reading_findings
from automl.preprocessing.columns.table_stats import compute_table_stats, recount
from automl.preprocessing.columns.unread_cells import find_unread, read_values

RNG = np.random.default_rng(0)
THREES = [f"{value:.3f}" for value in RNG.uniform(1, 9, 60)]


def text_frame(delimiter: str | None = None, **columns: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame(columns, dtype="str")
    if delimiter:
        frame.attrs["dialect"] = {"delimiter": delimiter}
    return frame


def read(frame: pd.DataFrame, name: str, **options: ColumnOptions) -> np.ndarray:
    about = compute_table_stats(frame, options)[name]
    values = read_values(frame[name], about, infer_type(about))
    assert values is not None
    return values


def reasons(frame: pd.DataFrame, name: str) -> set[str]:
    about = compute_table_stats(frame)[name]
    return {finding.reason for finding in reading_findings(about, infer_type(about))}


def with_comma(cells: list[str]) -> list[str]:
    return [cell.replace(".", ",") for cell in cells]


def test_another_column_decides_that_the_comma_is_a_decimal_sign() -> None:
    frame = text_frame(y=with_comma(THREES), length=["36,35", "7,5"] * 30)
    assert read(frame, "y") == pytest.approx([float(cell) for cell in THREES])
    assert not reasons(frame, "y")


def test_another_column_decides_that_the_point_groups_thousands() -> None:
    frame = text_frame(";", cases=["12.034", "987"] * 30, incidence=["26,88", "0,15"] * 30)
    assert set(read(frame, "cases")) == {12_034.0, 987.0}
    assert not reasons(frame, "cases")


def test_another_column_decides_that_the_comma_groups_thousands() -> None:
    frame = text_frame(y=["3,459", "4,120"] * 30, length=["36.35", "7.5"] * 30)
    assert set(read(frame, "y")) == {3459.0, 4120.0}
    assert not reasons(frame, "y")


def test_the_semicolon_decides_where_no_column_does() -> None:
    assert read(text_frame(";", y=with_comma(THREES)), "y").max() < 10


def test_numbers_below_a_thousand_without_a_sign_show_that_others_are_grouped() -> None:
    for sign in ",.":
        frame = text_frame(y=[f"{i}{sign}034" for i in range(1, 50)] + ["987"])
        assert read(frame, "y").tolist() == [1_000 * i + 34 for i in range(1, 50)] + [987]
        assert not reasons(frame, "y")


def test_what_nothing_decides_is_told_with_both_readings() -> None:
    frame = text_frame(y=["3,459", "4,120"] * 30)
    about = compute_table_stats(frame)["y"]
    (finding,) = reading_findings(about, "number")
    assert finding.reason == "AMBIGUOUS_NUMBERS"
    assert "is read as 3459" in finding.detail
    assert "it is 3.459" in finding.detail


def test_columns_that_disagree_decide_nothing() -> None:
    frame = text_frame(y=["3,459", "4,120"] * 30, a=["1,5", "2,25"] * 30, b=["1.5", "2.25"] * 30)
    assert reasons(frame, "y") == {"AMBIGUOUS_NUMBERS"}


def test_a_column_that_mixes_the_signs_is_told() -> None:
    frame = text_frame(y=["3,5", "4.25", "7"] * 30)
    assert set(read(frame, "y")) == {3.5, 4.25, 7.0}
    assert "MIXED_DECIMAL_SIGNS" in reasons(frame, "y")


def test_the_user_has_the_last_word() -> None:
    frame = text_frame(y=["3,459", "4,120"] * 30)
    assert set(read(frame, "y", y=ColumnOptions(decimal_sign=","))) == {3.459, 4.12}
    dates = text_frame(when=["01/02/2020", "03/04/2020"] * 30)
    march = read(dates, "when", when=ColumnOptions(date_order="month_first"))
    april = read(dates, "when", when=ColumnOptions(date_order="day_first"))
    assert march.tolist() != april.tolist()


def test_evidence_beyond_the_sample_counts() -> None:
    cells = ["3,459", "4,120"] * 50_000 + ["3,5"]
    assert read(text_frame(y=cells), "y").max() < 5
    dates = ["03/04/2020", "05/06/2021"] * 50_000 + ["25/06/2021"]
    assert compute_table_stats(text_frame(when=dates))["when"].date_order.order == "day_first"


def test_rows_left_over_are_read_as_the_whole_table_is() -> None:
    frame = text_frame(y=["3,459"] * 40 + ["3,5", "4,5"], z=["x"] * 42)
    some = recount(compute_table_stats(frame), frame.iloc[:40])["y"]
    assert (some.n_rows, some.number_format.decimal) == (40, ",")


_NUMBERS = st.lists(st.integers(min_value=0, max_value=10**9), min_size=30, max_size=80)


@settings(max_examples=50)
@given(_NUMBERS, st.sampled_from([(".", ","), (",", "."), (".", "'"), (",", " "), (",", "\u00a0"), (".", "")]))
def test_numbers_of_a_locale_read_back_equal(cents: list[int], locale: tuple[str, str]) -> None:
    decimal, group = locale
    cells = [f"{each // 100:,}".replace(",", group) + f"{decimal}{each % 100:02d}" for each in cents]
    whole = [f"{each:,}".replace(",", group) for each in cents]
    frame = text_frame(amount=cells, count=whole)
    about = compute_table_stats(frame)
    amounts = read_values(frame["amount"], about["amount"], "number")
    counts = read_values(frame["count"], about["count"], "number")
    assert np.asarray(amounts).tolist() == [each / 100 for each in cents]
    assert np.asarray(counts).tolist() == [float(each) for each in cents]


_DAYS = st.lists(st.dates(min_value=date(1970, 1, 1), max_value=date(2060, 12, 31)), min_size=40, max_size=80)


@settings(max_examples=50)
@given(_DAYS, st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%m-%d-%Y"]))
def test_dates_read_back_equal_or_are_told(days: list[date], pattern: str) -> None:
    cells = [each.strftime(pattern) for each in days]
    frame = text_frame(when=cells)
    about = compute_table_stats(frame)["when"]
    values = read_values(frame["when"], about, "date")
    expected = [(each - date(1970, 1, 1)).total_seconds() for each in days]
    found = {finding.reason for finding in reading_findings(about, "date")}
    assert values is not None
    assert values.tolist() == expected or "AMBIGUOUS_DATES" in found or not about.orders.ambiguous


def test_the_first_of_each_month_is_no_january() -> None:
    months = [date(2015 + i // 12, i % 12 + 1, 1) for i in range(60)]
    for pattern in ("%d/%m/%Y", "%m/%d/%Y"):
        frame = text_frame(when=[each.strftime(pattern) for each in months])
        assert read(frame, "when").tolist() == [(each - date(1970, 1, 1)).total_seconds() for each in months]
        assert not reasons(frame, "when")


def test_another_column_of_dates_decides_the_order() -> None:
    frame = text_frame(born=["03/04/1990", "05/06/1991"] * 30, seen=["25/04/2020", "05/06/2021"] * 30)
    assert compute_table_stats(frame)["born"].date_order.order == "day_first"
    assert not reasons(frame, "born")


def test_the_order_of_the_rows_decides_the_order_of_the_date() -> None:
    days = [date(2020, 1, 1) + timedelta(days=i) for i in range(400)]
    early = [each for each in days if each.day <= 12]
    frame = text_frame(when=[each.strftime("%d/%m/%Y") for each in early])
    assert compute_table_stats(frame)["when"].date_order.order == "day_first"
    assert not reasons(frame, "when")


def test_dates_that_could_be_in_either_order_are_told_with_both_readings() -> None:
    cells = [f"{RNG.integers(1, 13):02d}/{RNG.integers(1, 13):02d}/{RNG.integers(2000, 2024)}" for _ in range(60)]
    frame = text_frame(when=cells)
    (finding,) = reading_findings(compute_table_stats(frame)["when"], "date")
    assert finding.reason == "AMBIGUOUS_DATES"
    assert "(month first)" in finding.detail
    assert "with the day first it is" in finding.detail


def test_two_digits_of_the_year_may_stand_first() -> None:
    days = [date(2022, 1, 1) + timedelta(days=11 * i) for i in range(80)]
    frame = text_frame(when=[each.strftime("%y-%m-%d") for each in days])
    assert read(frame, "when").tolist() == [(each - date(1970, 1, 1)).total_seconds() for each in days]


MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def test_two_digits_before_a_month_are_told_and_read_as_the_user_says() -> None:
    frame = text_frame(when=[f"{day}-{name}" for name in MONTH_NAMES for day in range(20, 28)] * 2)
    about = compute_table_stats(frame)["when"]
    (finding,) = reading_findings(about, infer_type(about))
    assert infer_type(about) == "category"
    assert finding.reason == "DATES_WITHOUT_YEAR"
    assert "2020-01-01" in finding.detail
    chosen = read(frame, "when", when=ColumnOptions(type="date", date_order="year_first"))
    assert chosen[0] == np.datetime64("2020-01-01", "s").astype(int)


def test_two_digits_beyond_the_days_before_a_month_are_years() -> None:
    frame = text_frame(when=[f"{year % 100:02d}-{name}" for name in MONTH_NAMES for year in range(1995, 2006)])
    assert read(frame, "when")[:2].tolist() == [788918400.0, 820454400.0]  # January 1995 and 1996
    assert not reasons(frame, "when")


@pytest.mark.parametrize(
    "cells", [["5-Jan", "17-Feb"], ["1st Jan", "17 Feb"], ["Jan 5", "Feb 17"], ["3. Mai", "12 Jun"]]
)
def test_days_without_a_year_are_labels_and_told(cells: list[str]) -> None:
    frame = text_frame(when=cells * 40)
    assert infer_type(compute_table_stats(frame)["when"]) == "category"
    assert reasons(frame, "when") == {"DATES_WITHOUT_YEAR"}


def test_months_with_the_year_behind_are_told_unless_the_years_follow_each_other() -> None:
    years = text_frame(when=[f"{name}-{year}" for year in range(20, 25) for name in MONTH_NAMES])
    assert not reasons(years, "when")
    days = text_frame(when=[f"{name}-{day}" for name in MONTH_NAMES[:3] for day in range(10, 29)])
    assert reasons(days, "when") == {"AMBIGUOUS_DATES"}


@given(
    st.lists(st.sampled_from(MONTH_NAMES), min_size=20, max_size=60),
    st.data(),
    st.sampled_from(["{day}-{month}", "{month} {day}", "{day:02d} {month}", "{month}-{day:02d}"]),
)
def test_days_without_a_year_are_never_read_as_something_else_without_a_word(
    months: list[str], data: st.DataObject, form: str
) -> None:
    days = data.draw(st.lists(st.integers(1, 31), min_size=len(months), max_size=len(months)))
    cells = [form.format(day=day, month=month) for day, month in zip(days, months, strict=True)]
    if len(set(months)) < 2 or max(days) - min(days) < 15:
        return  # One month, or days that could be years in turn.
    assert reasons(text_frame(when=cells), "when") & {"DATES_WITHOUT_YEAR", "AMBIGUOUS_DATES"}


def test_limits_of_what_could_be_measured_are_told() -> None:
    frame = text_frame(level=["<0.5", ">100", *(f"{i / 7:.2f}" for i in range(30))] * 3)
    about = compute_table_stats(frame)["level"]
    assert infer_type(about) == "number"
    values = read_values(frame["level"], about, "number")
    assert values is not None
    (finding,) = reading_findings(about, "number", find_unread(frame["level"], values))
    assert finding.reason == "UNREAD_CELLS"
    assert "'<0.5'" in finding.detail
    assert "limit" in finding.fix
    few = text_frame(level=["<0.5", "<1", "1", "2", "3", "4", "5"] * 20)
    assert reasons(few, "level") == {"MOSTLY_NUMBERS"}
