"""What a model could not use of its input is counted, shown, and told row by row."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl import AutoML, Model
from automl.errors import DataError
from automl.inference.input_check import InputCheck
from automl.inference.predict_csv import check_csv, predict_csv

CITIES = ("Paris", "Oslo", "Rome")
GOOD: dict[str, Any] = {"city": "Paris", "area": "50", "sold": "2024-02-03", "lift": "yes"}


@pytest.fixture(scope="module")
def model() -> Model:
    rng = np.random.default_rng(0)
    n = 240
    city, area = rng.integers(0, 3, n), rng.uniform(20, 120, n).round(1)
    day, lift = rng.integers(0, 365, n), rng.integers(0, 2, n)
    sold = pd.Timestamp("2024-01-01") + pd.to_timedelta(day, "D")
    frame = pd.DataFrame(
        {
            "city": [CITIES[each] for each in city],
            "area": area.astype(str),
            "sold": sold.strftime("%Y-%m-%d"),
            "lift": np.where(lift, "yes", "no"),
            "price": (area * (2 + city) + day / 10 + 9 * lift).round(2).astype(str),
        }
    )
    frame.loc[::7, "lift"] = None
    return AutoML(time_budget=2, models=["linear"]).fit(frame, "price").model_


def reasons(model: Model, **cells: Any) -> list[tuple[str, str, int, tuple[str, ...]]]:
    rows = {name: [value] for name, value in {**GOOD, **cells}.items() if value is not ...}
    return [(each.column, each.reason, each.count, each.examples) for each in model.check_inputs(rows)]


def test_rows_like_those_of_the_training_give_no_warning(model: Model) -> None:
    assert reasons(model) == []
    assert reasons(model, lift=None) == []


@pytest.mark.parametrize(
    ("cells", "reason", "examples"),
    [
        ({"city": "Atlantis"}, "UNSEEN_LABEL", ("Atlantis",)),
        ({"area": "large"}, "UNREADABLE_VALUE", ("large",)),
        ({"area": "5000"}, "OUT_OF_RANGE", ("5000",)),
        ({"area": -500}, "OUT_OF_RANGE", ("-500",)),
        ({"area": None}, "MISSING_VALUE", ()),
        ({"area": "n/a"}, "MISSING_VALUE", ("n/a",)),
        ({"city": "  "}, "MISSING_VALUE", ()),
        ({"sold": "someday"}, "UNREADABLE_VALUE", ("someday",)),
        ({"sold": "1950-01-01"}, "OUT_OF_RANGE", ("1950-01-01",)),
        ({"lift": "perhaps"}, "UNREADABLE_VALUE", ("perhaps",)),
        ({"lift": ...}, "MISSING_COLUMN", ()),
    ],
)
def test_each_reason_is_told_with_its_column(
    model: Model, cells: dict[str, Any], reason: str, examples: tuple[str, ...]
) -> None:
    [name] = cells
    assert reasons(model, **cells) == [(name, reason, 1, examples)]


@pytest.mark.parametrize(("n", "cells", "verb"), [(1, "1 value", "counts"), (2, "2 values", "count")])
def test_one_cell_counts_and_several_count_as_missing(model: Model, n: int, cells: str, verb: str) -> None:
    (warning,) = model.check_inputs({**{name: [cell] * n for name, cell in GOOD.items()}, "area": ["large"] * n})
    assert warning.detail == f"{cells} of 'area' did not read as a number, and {verb} as missing: 'large'."


def test_a_value_just_beyond_the_training_range_is_no_surprise(model: Model) -> None:
    assert reasons(model, area=130) == []


def test_new_labels_are_no_news_where_training_was_full_of_rare_ones() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=200)
    tags = [f"t{i % 40}" if i % 4 else f"once{i}" for i in range(200)]
    frame = pd.DataFrame({"x": x, "tag": tags, "y": np.where(x > 0, "a", "b")})
    model = AutoML(time_budget=2, models=["linear"], types={"tag": "category"}).fit(frame, "y").model_
    assert model.check_inputs({"x": [0.1], "tag": ["never met"]}) == []


def written(header: str, *lines: str) -> list[bytes]:
    return ["\n".join([header, *lines, ""]).encode()]


def test_a_csv_tells_row_by_row_what_could_not_be_used(model: Model) -> None:
    check = InputCheck()
    chunks = written("city,area,sold,lift", "Atlantis,large,2024-01-01,yes", "Oslo,40,2024-01-01,no")
    out = b"".join(predict_csv(model, chunks, check=check)).decode()
    first, second = csv.DictReader(io.StringIO(out))
    assert first["prediction_warnings"] == "city: unseen label 'Atlantis'; area: does not read as a number 'large'"
    assert second["prediction_warnings"] == ""
    assert [(each.column, each.count) for each in check.warnings] == [("city", 1), ("area", 1)]


def test_a_strict_check_refuses_and_says_what(model: Model) -> None:
    check_csv(model, written("city,area,sold,lift", "Oslo,40,2024-01-01,no")).raise_if_any()
    with pytest.raises(DataError, match="'city' did not occur in the training data") as caught:
        check_csv(model, written("city,area,sold,lift", "Atlantis,40,2024-01-01,no")).raise_if_any()
    assert (caught.value.reason, caught.value.column) == ("INPUT_NOT_USABLE", "city")


@given(st.lists(st.sampled_from([*CITIES, "Atlantis", "Oz", None, " "]), min_size=1, max_size=30))
def test_frames_lists_and_files_are_counted_alike(model: Model, cities: list[str | None]) -> None:
    n = len(cities)
    rows = {**{name: [cell] * n for name, cell in GOOD.items()}, "city": cities}
    lines = [f'"{city or ""}",{GOOD["area"]},{GOOD["sold"]},{GOOD["lift"]}' for city in cities]
    found = [
        model.check_inputs(rows),
        model.check_inputs(pd.DataFrame(rows)),
        check_csv(model, written("city,area,sold,lift", *lines)).warnings,
    ]
    unseen = sum(city in ("Atlantis", "Oz") for city in cities)
    for warnings in found:
        counted = {each.reason: each.count for each in warnings}
        assert counted.get("UNSEEN_LABEL", 0) == unseen
        assert counted.get("MISSING_VALUE", 0) == sum(city in (None, " ") for city in cities)
