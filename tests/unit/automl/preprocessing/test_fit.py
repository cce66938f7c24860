"""Cleaning: each column's fate, and the same answer on every road."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl.errors import DataError, SpecError
from automl.preprocessing.features import Features
from automl.preprocessing.fit import fit_preprocessor
from automl.preprocessing.preprocessor import Preprocessor
from automl.preprocessing.transformers.basic import NumericTransformer

N = 120
RNG = np.random.default_rng(0)


def mixed() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "price": [f"${i % 37},{i % 10}00" for i in range(N)],
            "weight": ["", "?", *(f"{i / 7:.2f}" for i in range(N - 2))],
            "colour": RNG.choice(["red", "green", "blue", ""], N),
            "member": RNG.choice(["yes", "no"], N),
            "when": [f"{i % 28 + 1}/{i % 12 + 1}/20{i % 20:02d}" for i in range(N)],
            "note": [f"a remark of some length, {i}" for i in range(N)],
            "customer": [f"u{i:05x}" for i in range(N)],
            "empty": [""] * N,
            "same": ["x"] * N,
            "colours": [""] * N,
            "many": [f"label {i % 45}" for i in range(N)],
            "y": RNG.choice(["a", "b"], N),
        },
        dtype="str",
    ).assign(colours=lambda frame: frame["colour"].replace({"red": "rot", "green": "n", "blue": "b"}))


def actions(plan: Preprocessor) -> dict[str, str]:
    return {action["column"]: action["action"] for action in plan.column_decisions}


def same(first: Features, second: Features) -> bool:
    return (
        np.array_equal(first.numeric, second.numeric, equal_nan=True)
        and np.array_equal(first.categorical, second.categorical)
        and all(np.array_equal(a, b) for a, b in zip(first.text, second.text, strict=True))
    )


def test_every_column_has_its_fate() -> None:
    frame = mixed()
    plan = fit_preprocessor(frame, target="y", exclude_columns=["weight"])[0]
    assert actions(plan) == {
        "price": "kept as number",
        "weight": "left out",
        "colour": "kept as category",
        "member": "kept as boolean",
        "when": "split into days, year, month, day, weekday",
        "note": "kept as text",
        "customer": "dropped",
        "empty": "dropped",
        "same": "dropped",
        "colours": "dropped",
        "many": "kept as category",
    }
    assert all(action["why"] for action in plan.column_decisions)


def test_all_roads_give_the_same_features() -> None:
    frame = mixed()
    plan, features = fit_preprocessor(frame, target="y")
    again = Preprocessor.from_json(json.loads(json.dumps(plan.to_json(), allow_nan=False)))
    assert same(again.transform(frame), features)
    assert same(again.transform({name: frame[name].tolist() for name in reversed(frame.columns)}), features)
    one = {name: [frame[name].iloc[5]] for name in frame.columns}
    assert same(again.transform(one), features.take(slice(5, 6)))
    assert again.input_schema == plan.input_schema


def test_absent_columns_are_missing_and_extra_ones_ignored() -> None:
    plan = fit_preprocessor(mixed(), target="y")[0]
    features = plan.transform({"unheard of": [1, 2], "weight": ["3", None]})
    assert len(features) == 2
    assert features.numeric[0, features.numeric_names.index("weight")] == 3
    assert np.isnan(features.numeric[1]).sum() == features.numeric.shape[1] - 2  # a text's lengths are 0
    assert (features.categorical == -1).all()


def test_unseen_and_missing_categories() -> None:
    plan = fit_preprocessor(pd.DataFrame({"c": ["a", "b", None] * 9}), target="y")[0]
    codes = plan.transform({"c": ["b", "zzz", None, "", " "]}).categorical[:, 0]
    assert codes.tolist() == [1, 2, -1, -1, -1]


def test_categories_coded_by_numbers_match_any_writing() -> None:
    frame = pd.DataFrame({"c": ["3", "4", "5"] * 9})
    plan = fit_preprocessor(frame, target="y", types={"c": "category"})[0]
    assert plan.transform({"c": ["4", "4.0", 4, 4.0, np.int8(4)]}).categorical[:, 0].tolist() == [1] * 5
    padded = fit_preprocessor(pd.DataFrame({"c": ["04", "4x"] * 9}), target="y", types={"c": "category"})[0]
    assert padded.transform({"c": ["4", "04"]}).categorical[:, 0].tolist() == [2, 0]


def test_rare_labels_share_a_code() -> None:
    frame = pd.DataFrame({"c": [f"often {i % 40}" for i in range(80)] + [f"once {i}" for i in range(10)]})
    plan, features = fit_preprocessor(frame, target="y")
    assert len(features.categories[0]) == 40
    assert set(features.categorical[80:, 0]) == {40}
    assert plan.transform({"c": ["often 1", "new"]}).numeric[:, 0].tolist() == [2, 1]


def test_a_row_number_is_used_only_if_asked_for() -> None:
    y = np.arange(N) * 1.0
    for name in ("id", "column_1", "Unnamed: 0", "row", "Nr."):
        frame = pd.DataFrame({name: range(N), "x": RNG.normal(size=N)})
        made = fit_preprocessor(frame, y, target="y")[0]
        assert actions(made)[name] == "dropped"
        assert "numbers the rows" in made.column_decisions[0]["warnings"][0]
        assert actions(fit_preprocessor(frame, y, target="y", types={name: "number"})[0])[name] == "kept as number"


def test_a_counter_of_another_name_is_used_and_told() -> None:
    frame = pd.DataFrame({"step": range(N), "x": RNG.normal(size=N)})
    assert actions(fit_preprocessor(frame, RNG.normal(size=N), target="y")[0])["step"] == "dropped"
    for y in (np.arange(N) * 1.0, np.repeat([0, 1], N // 2)):
        made = fit_preprocessor(frame, y, target="y")[0]
        assert actions(made)["step"] == "kept as number"
        assert "only numbers the rows" in made.column_decisions[0]["warnings"][0]


def test_the_number_in_an_id_that_counts_rows_is_not_used() -> None:
    frame = pd.DataFrame({"id": [f"S-{i:04d}" for i in range(N)], "x": RNG.normal(size=N)})
    assert actions(fit_preprocessor(frame, np.arange(N) * 1.0, target="y")[0])["id"] == "dropped"


def test_numbers_too_close_for_float32_keep_their_differences() -> None:
    frame = pd.DataFrame({"t": 1_700_000_000 + RNG.permutation(500) * 3})
    _, features = fit_preprocessor(frame, target="y", types={"t": "number"})
    assert len(np.unique(features.numeric)) == 500


def test_huge_numbers_stay_finite() -> None:
    frame = pd.DataFrame({"x": ["1e300", "-1e300", "0", "1e999"] * 9})
    _, features = fit_preprocessor(frame, target="y", types={"x": "number"})
    assert np.isfinite(features.numeric[:3]).all()
    assert np.isnan(features.numeric[3, 0])


def test_calendar_parts() -> None:
    moments = pd.Series(pd.to_datetime(["2024-02-29 13:30", "1969-12-31 23:00", None]))
    _, features = fit_preprocessor(pd.DataFrame({"d": moments}), target="y")
    values = dict(zip(features.numeric_names, features.numeric.T.tolist(), strict=True))
    assert values["d (year)"][:2] == [2024, 1969]
    assert values["d (month)"][:2] == [2, 12]
    assert values["d (day)"][:2] == [29, 31]
    assert values["d (weekday)"][:2] == [3, 2]
    assert values["d (hour)"][:2] == [13, 23]
    assert all(np.isnan(column[2]) for column in values.values())


def test_what_a_form_needs() -> None:
    described = {feature["name"]: feature for feature in fit_preprocessor(mixed(), target="y")[0].input_schema}
    assert not described["weight"]["required"]
    assert described["weight"]["range"] == [0.0, pytest.approx(16.71)]
    assert described["price"]["required"]
    assert set(described["colour"]["choices"]) == {"red", "green", "blue"}
    assert len(described["when"]["range"]) == 2


def test_senseless_requests_are_refused() -> None:
    frame = mixed()
    for types, excluded in (({"nope": "number"}, ()), ({"price": "amount"}, ()), ({}, ("nope",))):
        with pytest.raises(SpecError):
            fit_preprocessor(frame, target="y", types=types, exclude_columns=excluded)
    with pytest.raises(DataError, match="No column is left"):
        fit_preprocessor(frame[["same", "y"]], target="y")
    with pytest.raises(DataError, match="cells"):
        fit_preprocessor(frame, target="y")[0].transform({"price": [1], "weight": [1, 2]})


_CELL: Any = st.one_of(st.none(), st.text(max_size=6), st.integers(), st.floats(), st.booleans(), st.dates())


@given(st.lists(_CELL, min_size=1, max_size=12), st.lists(_CELL, min_size=1, max_size=3))
def test_any_cells_are_cleaned(cells: list[Any], later: list[Any]) -> None:
    frame = pd.DataFrame({"x": pd.Series(cells, dtype=object), "fixed": range(len(cells))})
    plan, features = fit_preprocessor(frame, target="y", types={"fixed": "number"})
    assert not np.isinf(features.numeric).any()
    assert same(plan.transform(frame), features)
    assert len(plan.transform({"x": later})) == len(later)
    json.dumps(plan.to_json(), allow_nan=False)


def test_thousands_of_columns() -> None:
    frame = pd.DataFrame(RNG.normal(size=(20, 1000)), columns=[f"😀{i}" for i in range(1000)])
    assert fit_preprocessor(frame, target="y")[1].numeric.shape == (20, 1000)


@given(st.lists(st.one_of(st.floats().map(repr), st.text("0123456789.eE+- ,$?x", max_size=9)), min_size=1, max_size=9))
def test_the_fast_road_reads_numbers_like_the_careful_one(cells: list[str]) -> None:
    step = NumericTransformer("x")
    fast, careful = step.values(pd.Series(cells, dtype="str")), step.values(cells)
    assert np.array_equal(fast, careful, equal_nan=True)
