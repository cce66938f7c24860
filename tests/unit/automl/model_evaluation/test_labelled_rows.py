"""Labels of new rows meet the classes of a model that exists, as they met them in training."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl.errors import DataError
from automl.model_evaluation.labelled_rows import read_labelled_rows
from automl.preprocessing.columns.column_options import ColumnOptions


def of_classes(*classes: str) -> dict[str, Any]:
    task = "binary" if len(classes) == 2 else "multiclass"
    return {"target": "y", "task": task, "classes": list(classes)}


def table(cells: list[Any]) -> pd.DataFrame:
    return pd.DataFrame({"x": range(len(cells)), "y": cells})


def test_other_spellings_are_the_same_class() -> None:
    cells = ["Yes", "YES ", " no", "no"] * 4
    rows = read_labelled_rows(table(cells), of_classes("no", "yes"))
    assert rows.y.tolist() == [1, 1, 0, 0] * 4
    assert rows.left_out == {"unlabelled": 0, "unknown": [], "unknown_rows": 0}


@pytest.mark.parametrize(("cells", "classes"), [(["1", "0"], ("no", "yes")), (["ja", "nein"], ("no", "yes")),
                                                ([True, False], ("No", "Yes")), (["Y", "N"], ("0", "1"))])  # fmt: skip
def test_words_for_yes_and_no_meet_the_classes_that_they_mean(cells: list[Any], classes: tuple[str, str]) -> None:
    assert read_labelled_rows(table(cells * 8), of_classes(*classes)).y.tolist() == [1, 0] * 8


def test_states_are_no_answers() -> None:
    cells = ["on", "off"] * 10 + ["yes"] * 2
    rows = read_labelled_rows(table(cells), of_classes("off", "on"))
    assert rows.unknown == (("yes", 2),)


def test_numbers_as_labels_are_read_as_numbers_and_codes_as_codes() -> None:
    assert read_labelled_rows(table(["3.0", "4"] * 8), of_classes("3", "4", "5")).y.tolist() == [0, 1] * 8
    assert read_labelled_rows(table([7, 12] * 8), of_classes("007", "012", "100")).y.tolist() == [0, 1] * 8


def test_rows_without_a_label_and_unknown_ones_are_left_out_counted_and_told() -> None:
    cells = ["a", "b", "", None, "zebra", "NA"] * 5
    rows = read_labelled_rows(table(cells), of_classes("a", "b", "c"))
    assert rows.positions.tolist() == [i for i, cell in enumerate(cells) if cell in ("a", "b")]
    assert rows.frame["x"].tolist() == rows.positions.tolist()
    assert rows.left_out == {"unlabelled": 15, "unknown": [{"label": "zebra", "rows": 5}], "unknown_rows": 5}


def test_numbers_are_read_as_the_column_writes_them() -> None:
    about = {"target": "y", "task": "regression", "target_unit": "kg"}
    cells = [f"1.{number:03},5 kg" for number in range(100, 112)]
    rows = read_labelled_rows(table(cells), about)
    assert rows.y.tolist() == [1000.5 + number for number in range(100, 112)]
    said = {"y": ColumnOptions(decimal_sign=",")}
    rows = read_labelled_rows(table([f"{number},250" for number in range(12)]), about, options=said)
    assert rows.y.tolist() == [number + 0.25 for number in range(12)]


def test_clocks_are_read_as_in_training() -> None:
    about = {"target": "y", "task": "regression", "target_unit": "seconds"}
    cells = [f"0{number % 10}:30" for number in range(20)]
    minutes = read_labelled_rows(table(cells), {**about, "target_format": "m:ss"})
    hours = read_labelled_rows(table(cells), {**about, "target_format": "05:30"})
    assert minutes.y[:2].tolist() == [30, 90]
    assert hours.y[:2].tolist() == [1800, 5400]


def test_another_unit_is_refused_and_not_compared() -> None:
    about = {"target": "y", "task": "regression", "target_unit": "kg"}
    with pytest.raises(DataError, match="is in g here; the model predicts it in kg") as caught:
        read_labelled_rows(table([f"{number} g" for number in range(20)]), about)
    assert caught.value.reason == "TARGET_UNIT_DIFFERS"


@pytest.mark.parametrize(
    ("cells", "about", "reason"),
    [
        (["cat", "dog"] * 10, of_classes("yes", "no"), "LABELS_UNKNOWN"),
        ([None, ""] * 10, of_classes("yes", "no"), "TARGET_ALL_MISSING"),
        (["yes"] * 3, of_classes("yes", "no"), "TOO_FEW_ROWS"),
        (["cat"] * 20, {"target": "y", "task": "regression"}, "TARGET_NOT_NUMERIC"),
        (["1"] * 20, {"target": "z", "task": "regression"}, "TARGET_NOT_FOUND"),
    ],
)
def test_a_table_that_says_nothing_of_the_model_is_refused(cells: list[Any], about: Any, reason: str) -> None:
    with pytest.raises(DataError) as caught:
        read_labelled_rows(table(cells), about)
    assert caught.value.reason == reason


@given(st.lists(st.none() | st.text(max_size=6) | st.floats() | st.booleans() | st.integers(), min_size=1, max_size=30))
def test_every_row_is_read_or_left_out_whatever_its_cell_holds(cells: list[Any]) -> None:
    for about in (of_classes("no", "yes"), of_classes("1", "2", "3"), {"target": "y", "task": "regression"}):
        known = ["1", "2"] * 10 if about.get("task") != "binary" else ["yes", "no"] * 10
        frame = pd.DataFrame({"y": pd.Series([*cells, *known], dtype=object)})
        rows = read_labelled_rows(frame, about)
        left_out = rows.left_out
        assert len(rows) + left_out["unlabelled"] + left_out["unknown_rows"] == len(frame)
        assert len(rows) >= 20
        assert np.isfinite(rows.y).all()
