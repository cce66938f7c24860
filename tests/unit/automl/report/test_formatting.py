from __future__ import annotations

import pytest

from automl.report.formatting import decimals_for, format_fixed, format_share, seconds, truncate, with_error
from automl.wording import format_number


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (None, "–"), (float("nan"), "–"), (12345.67, "12,346"), (0.012345, "0.01235"), (-0.5, "-0.5"),
     (1e-7, "1.00e-07"), (1e20, "1.00e+20"), (100.0, "100"), (99999.99, "100,000")],
)  # fmt: skip
def test_numbers(value: float | None, text: str) -> None:
    assert format_number(value) == text


def test_errors_say_how_many_decimals_matter() -> None:
    assert with_error(0.91234, 0.0123) == "0.912 ± 0.012"
    assert with_error(12345.6, 250) == "12,346 ± 250"
    assert with_error(0.5, None) == "0.5"
    assert with_error(0.5, 0.0) == "0.5"


def test_time_spans() -> None:
    assert [seconds(value) for value in (0.004, 1.5, 600, 9000, None)] == ["0 s", "1.5 s", "10 min", "2.5 h", "–"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.5, "50.0 %"), (0.0509, "5.1 %"), (0.0001, "< 0.1 %"), (0.0, "0.0 %"), (1.0, "100.0 %"), (None, "–")],
)
def test_shares_of_a_column_have_the_same_decimals(value: float | None, text: str) -> None:
    assert format_share(value) == text


def test_a_column_of_numbers_has_as_many_decimals_as_its_largest_is_worth() -> None:
    column = [0.1672, 0.0466, -0.00123, -0.0001]
    assert [format_fixed(each, decimals_for(column[0])) for each in column] == ["0.167", "0.047", "-0.001", "0.000"]
    assert format_fixed(12345.6, decimals_for(12345.6)) == "12,346"
    assert decimals_for(0.0) == 0


def test_joined_letters_stay_joined_and_nothing_turns_the_direction() -> None:
    assert truncate("a\u200db\u202ec\nd") == "a\u200db�c d"
