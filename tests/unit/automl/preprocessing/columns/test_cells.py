"""Columns whose cells are not all plain numbers: words, units, clocks, versions, long keys."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from automl.errors import SpecError
from automl.preprocessing.columns.column_options import ColumnOptions, merge_column_options
from automl.preprocessing.columns.column_stats import compute_column_stats
from automl.preprocessing.columns.column_types import infer_type
from automl.preprocessing.columns.reading_findings import reading_findings
from automl.preprocessing.columns.table_stats import compute_table_stats
from automl.preprocessing.features import Features
from automl.preprocessing.fit import fit_preprocessor
from automl.preprocessing.preprocessor import Preprocessor

N = 120
RNG = np.random.default_rng(0)
AMOUNTS = [f"{value:.2f}" for value in RNG.uniform(1, 900, N)]


def fitted(cells: list[str], name: str = "x", **options: str) -> tuple[Preprocessor, Features]:
    frame = pd.DataFrame({name: cells, "z": RNG.normal(size=len(cells)).astype(str)}, dtype="str")
    stats = compute_table_stats(frame, {name: ColumnOptions(**options)} if options else None)
    return fit_preprocessor(frame, target="y", stats=stats)


def told(cells: list[str], name: str = "x") -> set[str]:
    about = compute_column_stats(pd.Series(cells, dtype="str"), name)
    return {finding.reason for finding in reading_findings(about, infer_type(about))}


def type_of(cells: list[str], name: str = "x") -> str:
    return infer_type(compute_column_stats(pd.Series(cells, dtype="str"), name))


def test_numbers_with_some_words_stay_numbers_and_the_words_are_a_category() -> None:
    cells = AMOUNTS[:]
    cells[::10] = ["tbd", "see note"] * 6
    made, features = fitted(cells)
    assert features.numeric_names[0] == "x"
    assert np.isnan(features.numeric[::10, 0]).all()
    assert features.categories == (("see note", "tbd"),)
    (warning,) = made.column_decisions[0]["warnings"]
    assert warning.startswith("12 of 120 cells are no number: 'see note', 'tbd'")
    again = Preprocessor.from_json(json.loads(json.dumps(made.to_json())))
    one = again.transform({"x": ["tbd", "5", 5.0, None, "unheard of"], "z": ["1"] * 5})
    assert one.categorical[:, 0].tolist() == [1, -1, -1, -1, 2]


def test_a_single_odd_cell_is_told_though_it_is_no_category() -> None:
    made, features = fitted([*AMOUNTS, "n.b."])
    assert not features.categories
    assert "1 of 121 cells are no number: 'n.b.'" in made.column_decisions[0]["warnings"][0]


def test_words_that_mean_missing_are_not_told() -> None:
    made, _ = fitted([*AMOUNTS, "n/a", "?"])
    assert "warnings" not in made.column_decisions[0]


def test_dates_with_some_words_stay_dates() -> None:
    cells = [str(each.date()) for each in pd.date_range("2020-01-01", periods=N)]
    cells[::12] = ["soon"] * 10
    made, _ = fitted(cells)
    assert "10 of 120 cells are no date: 'soon'" in made.column_decisions[0]["warnings"][0]


def test_labels_that_are_mostly_numbers_are_told() -> None:
    cells = [f"{i}" if i % 3 else f"A{i}" for i in range(N)]
    assert type_of(cells) != "number"
    assert "MOSTLY_NUMBERS" in told(cells)


@pytest.mark.parametrize(
    "cells", [["1", "2", "3+"] * 40, ["red", "blue"] * 60, [f"{i:05d}" for i in range(N)], ["2", "2-", "3"] * 40]
)
def test_labels_stay_labels_without_a_word(cells: list[str]) -> None:
    assert type_of(cells) in ("category", "id")
    assert not told(cells)


def test_mixed_currencies_keep_amount_and_currency_apart() -> None:
    cells = [f"{sign}{amount}" for sign, amount in zip("$€¥" * 40, AMOUNTS, strict=True)]
    made, features = fitted(cells)
    assert features.categories == (("EUR", "JPY", "USD"),)
    assert "EUR, JPY, USD" in made.column_decisions[0]["warnings"][0]
    assert made.transform({"x": ["5 EUR", "€5", "5"], "z": ["1"] * 3}).categorical[:, 0].tolist() == [0, 0, -1]


@pytest.mark.parametrize(
    ("cells", "labels"),
    [
        ([f"{i} {('boxes', 'packs')[i % 2]}" for i in range(N)], ("boxes", "packs")),
        ([f"{i}{(' °C', ' °F')[i % 2]}" for i in range(N)], ("°c", "°f")),
        ([f"{i}%" if i % 2 else f"{i / 100}" for i in range(N)], ("%",)),
        ([f"{i} {('EUR', 'CHF')[i % 2]}" for i in range(N)], ("CHF", "EUR")),
    ],
)
def test_units_without_a_common_scale_are_kept_apart(cells: list[str], labels: tuple[str, ...]) -> None:
    made, features = fitted(cells)
    assert features.categories == (labels,)
    assert "MIXED_UNITS" in told(cells)
    assert np.isfinite(features.numeric[:, 0]).all()
    assert "warnings" in made.column_decisions[0]


@pytest.mark.parametrize(
    "cells",
    [
        [f"€{amount}" for amount in AMOUNTS],
        [f"{amount} kg" for amount in AMOUNTS],
        [f"{i} min" if i % 2 else f"{i} h" for i in range(1, N)],
        [f"{i} kg" if i % 2 else f"{i} g" for i in range(1, N)],
    ],
)
def test_one_unit_or_a_common_scale_is_not_told(cells: list[str]) -> None:
    assert type_of(cells) == "number"
    assert not told(cells)


def test_times_of_day_are_seconds() -> None:
    _, features = fitted(["08:30 AM", "04:45 PM", "12:05 AM"] * 40)
    assert features.numeric[:3, 0].tolist() == [30_600.0, 60_300.0, 300.0]


def test_durations_that_grow_past_the_hour_are_minutes_and_seconds() -> None:
    _, features = fitted(["59:30", "1:02:03", "45:10"] * 40)
    assert features.numeric[:3, 0].tolist() == [3_570.0, 3_723.0, 2_710.0]


def test_a_guess_between_hours_and_minutes_is_told_and_can_be_corrected() -> None:
    cells = ["6:53", "0:28", "12:10"] * 40
    assert told(cells) == {"AMBIGUOUS_TIMES"}
    assert fitted(cells)[1].numeric[0, 0] == 24_780.0
    assert fitted(cells, unit="m:ss")[1].numeric[0, 0] == 413.0


@pytest.mark.parametrize(
    "cells",
    [
        ["7.4.33", "10.11.12", "9.6.24"] * 40,
        ["10.0.19041", "6.1.7601", "6.2.9200"] * 40,
        ["192.168.100.200", "192.168.100.201", "10.100.100.100"] * 40,
        ["10.0.0.1", "10.0.0.2", "172.16.4.9"] * 40,
    ],
)
def test_versions_and_addresses_are_labels(cells: list[str]) -> None:
    assert type_of(cells) == "category"


def test_a_column_named_version_tells_7_1_from_7_10() -> None:
    _, features = fitted(["7.1", "7.10", "7.2"] * 40, name="version")
    assert features.categories == (("7.1", "7.10", "7.2"),)


@pytest.mark.parametrize(
    "cells",
    [
        [f"{i % 28 + 1}.{i % 12 + 1}.{10 + i % 9}" for i in range(N)],
        ["07.04.33", "10.11.12", "09.06.24"] * 40,
        ["7.4.2033", "10.11.2012", "9.6.2024"] * 40,
    ],
)
def test_dotted_dates_are_dates(cells: list[str]) -> None:
    assert type_of(cells) == "date"


@pytest.mark.parametrize(
    "cells",
    [
        [f"{month}-{year}" for year in range(19, 25) for month in ("Jan", "Feb", "Mar", "Nov", "Dec")],
        [f"{month} 20{year}" for year in range(19, 25) for month in ("Januar", "März", "Mai", "Okt.", "Dez")],
        [f"20{year}-{month:02d}" for year in range(19, 25) for month in range(1, 13)],
        [f"20{year}{month:02d}" for year in range(19, 25) for month in range(1, 13)],
        [f"{month:02d}.20{year}" for year in range(19, 25) for month in range(1, 13)],
        [f"{month}/20{year}" for year in range(19, 25) for month in range(1, 13)],
        [f"20{year}-Q{quarter}" for year in range(19, 25) for quarter in range(1, 5)],
        [f"{quarter}Q{year}" for year in range(19, 25) for quarter in range(1, 5)],
    ],
)
def test_months_and_quarters_are_dates(cells: list[str]) -> None:
    assert type_of(cells) == "date"


def test_keys_too_long_for_a_float_stay_apart() -> None:
    keys = [str(1234567890123456789 + i % 12) for i in range(N)]
    for cells in (pd.Series(keys, dtype="str"), pd.Series([int(key) for key in keys])):
        assert infer_type(compute_column_stats(cells, "key")) == "category"
    made, features = fitted(keys)
    assert len(features.categories[0]) == 12
    row = made.transform({"x": ["1234567890123456789", 1234567890123456790, "1234567890123456789.0"], "z": ["1"] * 3})
    assert row.categorical[:, 0].tolist() == [0, 1, 0]


def test_keys_forced_to_be_numbers_are_told_to_be_rounded() -> None:
    made, _ = fitted([str(1234567890123456789 + i % 12) for i in range(N)], type="number")
    assert "different ones become the same" in made.column_decisions[0]["warnings"][0]


def test_columns_of_equal_amounts_in_different_currencies_are_no_duplicates() -> None:
    first = [f"{'$€'[i % 2]}{i}" for i in range(N)]
    frame = pd.DataFrame({"a": first, "b": [f"{'$€'[i % 3 == 0]}{i}" for i in range(N)]}, dtype="str")
    made, _ = fit_preprocessor(frame, target="y")
    assert [each["action"] for each in made.column_decisions] == ["kept as number and unit"] * 2


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (ColumnOptions(type="amount"), "UNKNOWN_TYPE"),
        (ColumnOptions(decimal_sign=";"), "UNKNOWN_DECIMAL_SIGN"),
        (ColumnOptions(date_order="dmy"), "UNKNOWN_DATE_ORDER"),
        (ColumnOptions(unit=" "), "UNKNOWN_UNIT"),
    ],
)
def test_options_that_mean_nothing_are_refused(options: ColumnOptions, reason: str) -> None:
    frame = pd.DataFrame({"x": AMOUNTS}, dtype="str")
    with pytest.raises(SpecError) as refused:
        fit_preprocessor(frame, target="y", stats=compute_table_stats(frame, {"x": options}))
    assert (refused.value.reason, refused.value.column) == (reason, "x")


def test_types_are_the_short_form_of_options() -> None:
    merged = merge_column_options({"a": "text", "b": "date"}, {"b": ColumnOptions(date_order="day_first")})
    assert merged == {"a": ColumnOptions("text"), "b": ColumnOptions("date", date_order="day_first")}


def test_the_form_knows_how_numbers_are_read() -> None:
    made, _ = fitted([f"{amount} kg".replace(".", ",") for amount in AMOUNTS])
    assert (made.input_schema[0]["decimal_sign"], made.input_schema[0]["unit"]) == (",", "kg")
