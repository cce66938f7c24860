"""Drift of inputs: what is found, what is not, and what is said of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automl.monitoring.drift import MAX_ROWS, drift

WORDS = ["good", "bad", "slow", "fast", "dear", "cheap", "old", "new"]
FEATURES = [
    {"name": "amount", "type": "number", "range": [-10.0, 10.0]},
    {"name": "price", "type": "number", "decimal_sign": ","},
    {"name": "opens", "type": "number", "unit": "seconds"},
    {"name": "colour", "type": "category"},
    {"name": "member", "type": "boolean"},
    {"name": "when", "type": "date"},
    {"name": "remark", "type": "text"},
]
IMPORTANCE = [{"feature": "amount", "importance": 0.3}, {"feature": "colour", "importance": 0.1}]


def table(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "amount": rng.normal(size=n),
            "price": [f"{value:.2f}".replace(".", ",") for value in rng.gamma(2.0, 30.0, n)],
            "opens": [f"{hour}:{minute:02d}" for hour, minute in rng.integers((6, 0), (11, 60), (n, 2))],
            "colour": rng.choice(["red", "green", "blue"], n, p=[0.5, 0.3, 0.2]),
            "member": rng.choice(["yes", "no"], n),
            "when": np.datetime64("2024-01-01") + rng.integers(0, 365, n).astype("timedelta64[D]"),
            "remark": [" ".join(rng.choice(WORDS, 8)) for _ in range(n)],
        }
    )


def column(name: str, rows: pd.DataFrame, reference: pd.DataFrame | None = None, **options: Any) -> dict[str, Any]:
    found = drift(table(1_500, 0) if reference is None else reference, rows, FEATURES, **options)
    return next(each for each in found.columns if each["name"] == name)


def test_rows_of_the_same_kind_have_not_drifted_in_any_column():
    found = drift(table(1_500, 0), table(500, 1), FEATURES, importance=IMPORTANCE)
    assert [each["name"] for each in found.columns if each["drifted"]] == []
    assert [each["problems"] for each in found.columns] == [[]] * len(FEATURES)
    assert not found.inputs["drifted"]


def changed(name: str, rows: pd.DataFrame) -> Any:
    if name == "amount":
        return rows[name] + 0.5
    if name == "price":
        return [str(float(cell.replace(",", ".")) * 1.5).replace(".", ",") for cell in rows[name]]
    if name == "opens":
        return [f"{int(cell.partition(':')[0]) + 2}:00" for cell in rows[name]]
    if name == "when":
        return rows[name] + np.timedelta64(200, "D")
    return {"colour": "blue", "member": "yes", "remark": "good and cheap"}[name]


@pytest.mark.parametrize("name", [feature["name"] for feature in FEATURES])
def test_a_column_that_changes_drifts_and_no_other_does(name):
    rows = table(500, 1)
    rows[name] = changed(name, rows)
    found = drift(table(1_500, 0), rows, FEATURES)
    assert [each["name"] for each in found.columns if each["drifted"]] == [name]


def test_a_difference_beyond_chance_that_is_small_is_no_drift():
    reference, rows = table(9_000, 0), table(9_000, 1)
    rows["amount"] += 0.09
    amount = column("amount", rows, reference)
    assert amount["p_adjusted"] < 0.001
    assert not amount["drifted"]


def test_a_large_difference_on_few_rows_is_no_drift():
    rows = table(15, 1)
    rows["amount"] += 0.3
    amount = column("amount", rows)
    assert amount["effect"] > 0.1
    assert not amount["drifted"]


def test_importance_weighs_what_has_drifted():
    rows = table(500, 1).assign(amount=3.0)
    found = drift(table(1_500, 0), rows, FEATURES, importance=IMPORTANCE)
    assert found.inputs["weighted_share"] == pytest.approx(0.75)
    assert found.inputs["share_drifted"] == pytest.approx(1 / 7, abs=1e-5)
    assert found.inputs["drifted"]
    assert not drift(
        table(1_500, 0), rows, FEATURES, importance=IMPORTANCE, settings={"drift": {"weighted": False}}
    ).inputs["drifted"]


def test_thresholds_are_those_of_the_settings():
    rows = table(500, 1)
    rows["amount"] += 0.5
    assert not column("amount", rows, settings={"drift": {"effect": {"number": 0.8}}})["drifted"]


def test_new_labels_one_by_one_are_what_such_a_column_always_has():
    codes = [f"code {number}" for number in range(40_000)]
    rng = np.random.default_rng(0)
    reference = table(1_500, 0).assign(colour=rng.choice(codes, 1_500))
    colour = column("colour", table(500, 1).assign(colour=rng.choice(codes, 500)), reference)
    assert not colour["drifted"]
    assert colour["problems"] == []


def test_a_new_label_that_is_frequent_is_drift_and_a_problem():
    rows = table(500, 1)
    rows.loc[:99, "colour"] = "violet"
    colour = column("colour", rows)
    assert colour["drifted"]
    assert colour["unseen"] == [{"label": "violet", "rows": 100}]
    assert [each["kind"] for each in colour["problems"]] == ["unseen"]
    assert "violet" in colour["problems"][0]["detail"]


def test_missing_cells_are_a_problem_and_no_drift():
    rows = table(500, 1)
    rows.loc[:99, "amount"] = np.nan
    amount = column("amount", rows)
    assert amount["missing"] == {"rate": 0.2, "was": 0.0}
    assert [each["kind"] for each in amount["problems"]] == ["missing"]
    assert not amount["drifted"]


def test_a_column_that_is_not_there_is_missing_everywhere():
    amount = column("amount", table(500, 1).drop(columns="amount"))
    assert amount["missing"]["rate"] == 1.0
    assert amount["effect"] is None


def test_numbers_out_of_the_training_range_are_counted():
    rows = table(500, 1)
    rows.loc[:49, "amount"] = 11.0
    amount = column("amount", rows)
    assert amount["out_of_range"] == pytest.approx(0.1)
    assert "out_of_range" in [each["kind"] for each in amount["problems"]]


def test_cells_that_do_not_read_are_named():
    rows = table(500, 1).astype({"amount": object})
    rows.loc[:4, "amount"] = "n. b."
    assert column("amount", rows)["unreadable"] == {"rows": 5, "examples": ["n. b."]}


def test_a_sample_of_many_rows_is_compared_and_said_to_be_one():
    found = drift(table(MAX_ROWS + 1, 0), table(200, 1), FEATURES)
    assert found.inputs["sampled"]
    assert found.inputs["reference_rows"] == MAX_ROWS + 1


def test_columns_not_reached_in_time_are_counted():
    found = drift(table(300, 0), table(200, 1), FEATURES, deadline=0.0)
    assert found.columns == []
    assert "7 columns could not be compared" in found.inputs["why"]


WILD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12), st.dates(), st.just("1e308"),
    st.sampled_from(["?", "NA", "yes", "12,5", "5:30", "2024-01-01", "=1+1"]),
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(
    st.lists(WILD, min_size=1, max_size=40),
    st.lists(WILD, min_size=1, max_size=40),
    st.sampled_from(["number", "category", "boolean", "date", "text"]),
)
def test_any_cells_can_be_compared_and_rows_never_drift_from_themselves(before, after, type_):
    features = [{"name": "a", "type": type_}]
    reference = pd.DataFrame({"a": pd.Series(before * 3, dtype=object)})
    same = drift(reference, reference, features).columns[0]
    assert not same["drifted"]
    assert same["problems"] == []
    other = drift(reference, pd.DataFrame({"a": pd.Series(after, dtype=object)}), features).columns[0]
    assert 0 <= other["missing"]["rate"] <= 1
    for name in ("reference", "window"):
        assert sum(other["histogram"][name]) == pytest.approx(1.0, abs=1e-4) or not any(other["histogram"][name])
