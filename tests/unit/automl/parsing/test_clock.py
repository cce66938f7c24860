"""Times written with colons."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl.parsing.clock import HOURS, MINUTES, clock_style, format_clock, parse_clock


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5:30", 19_800),
        ("08:30 AM", 30_600),
        ("8:30pm", 73_800),
        ("12:05 a.m.", 300),
        ("12:00 PM", 43_200),
        ("8 PM", 72_000),
        ("1:02:03", 3_723),
        ("2 days 01:00:00", 176_400),
        ("8h30", 30_600),
        ("1:30.5", 90.5),
    ],
)
def test_clocks_are_seconds(text: str, seconds: float) -> None:
    assert parse_clock(text) == seconds


@pytest.mark.parametrize("text", ["8", "2:1", "13:00 PM", "0:30 AM", "8:75", "a:30", ""])
def test_what_is_no_clock_is_missing(text: str) -> None:
    assert math.isnan(parse_clock(text))


def test_the_column_says_whether_the_shorter_cells_are_minutes() -> None:
    assert clock_style(["59:30", "1:02:03"]) == (MINUTES, True)
    assert clock_style(["08:30", "09:15:20"]) == (HOURS, True)
    assert clock_style(["08:30", "23:10"]) == (HOURS, True)
    assert clock_style(["8:30 AM"]) == (HOURS, True)
    assert clock_style(["6:53", "0:28"]) == (HOURS, False)
    assert clock_style(["word"]) is None
    assert parse_clock("59:30", MINUTES) == 3_570


@given(st.integers(min_value=0, max_value=23 * 60 + 59), st.sampled_from(["5:30", "05:30", "08:30 AM", "8:30 PM"]))
def test_a_time_of_day_is_written_as_the_column_writes_it(minutes: int, example: str) -> None:
    text = format_clock(minutes * 60.0, example)
    assert parse_clock(text) == minutes * 60
    assert text[-2:].isalpha() == example[-2:].isalpha()


@given(st.integers(min_value=0, max_value=10**6))
def test_a_duration_is_written_as_the_column_writes_it(seconds: int) -> None:
    assert parse_clock(format_clock(float(seconds), "1:02:03")) == seconds
    assert parse_clock(format_clock(float(seconds), MINUTES), MINUTES) == seconds


def test_a_negative_time_keeps_its_sign() -> None:
    assert format_clock(-5_400.0, "5:30") == "-1:30"
