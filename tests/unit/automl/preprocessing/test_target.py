"""Targets: the task they pose and their values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from automl.errors import DataError, SpecError
from automl.preprocessing.target import encode_target, infer_task


@pytest.mark.parametrize(
    ("cells", "task"),
    [
        (["yes", "no"] * 9, "binary"),
        ([0, 1] * 9, "binary"),
        ([1.5, 2.5] * 9, "binary"),
        (["a", "b", "c"] * 9, "multiclass"),
        ([1, 2, 3] * 9, "multiclass"),
        (["1", "2", "3"] * 9, "multiclass"),
        ([1.5, 2.5, 3.5] * 9, "regression"),
        (list(range(30)), "regression"),
        (["$1,200", "$5", "?", "$7.50"] * 9, "regression"),
        (pd.Categorical(range(30)), "multiclass"),
    ],
)
def test_tasks(cells: object, task: str) -> None:
    inferred, why = infer_task(pd.Series(cells, name="y"))
    assert inferred == task
    assert why


def test_classes_keep_their_text_and_their_objects() -> None:
    target = encode_target(pd.Series([10, 9, None, 10], dtype="Int64", name="y"), "binary")
    assert target.classes == ("9", "10")
    assert target.labels == (9, 10)
    assert target.mask.tolist() == [True, True, False, True]
    assert target.y.tolist() == [1, 0, 1]
    assert target.y.dtype == np.int64


def test_truth_values_keep_their_kind() -> None:
    target = encode_target(pd.Series([True, False, True], name="y"))
    assert target.classes == ("False", "True")
    assert target.labels == (False, True)
    assert target.y.tolist() == [1, 0, 1]


def test_the_label_na_is_a_class() -> None:
    target = encode_target(pd.Series(["NA", "EU", "", "NA", " x"], name="y"), "multiclass")
    assert target.classes == (" x", "EU", "NA")
    assert target.mask.sum() == 4


@pytest.mark.parametrize(
    ("cells", "positive"), [(["no", "yes"], "yes"), (["FALSE", "true"], "true"), (["2", "10"], "10")]
)
def test_the_positive_class_is_the_last(cells: list[str], positive: str) -> None:
    assert encode_target(pd.Series(cells, name="y")).classes[1] == positive


def test_the_positive_class_can_be_named() -> None:
    cells = pd.Series(["good", "bad"], name="y")
    assert encode_target(cells, positive_class="bad").classes == ("good", "bad")
    assert encode_target(pd.Series(["1", "2"], name="y"), positive_class=1).classes == ("2", "1")
    with pytest.raises(SpecError, match="bad"):
        encode_target(cells, positive_class="ugly")
    with pytest.raises(SpecError):
        encode_target(pd.Series(list("abc"), name="y"), positive_class="a")


def test_numbers_as_text() -> None:
    target = encode_target(pd.Series(["1,5", "2,25", "?", "3,0", "1.000,5"], name="y"), "regression")
    assert target.y.tolist() == [1.5, 2.25, 3.0, 1000.5]
    assert target.mask.tolist() == [True, True, False, True, True]


@pytest.mark.parametrize(
    ("cells", "task", "reason"),
    [
        ([None, ""], "auto", "TARGET_ALL_MISSING"),
        (["a", "a", None], "auto", "TARGET_CONSTANT"),
        (["a", "b", "c"], "binary", "TARGET_NOT_BINARY"),
        (["?", "NA", "3"], "regression", "TARGET_CONSTANT"),
        (["1", "2", "many"], "regression", "TARGET_NOT_NUMERIC"),
    ],
)
def test_useless_targets_are_refused(cells: list[object], task: str, reason: str) -> None:
    with pytest.raises(DataError) as caught:
        encode_target(pd.Series(cells, name="y", dtype="object"), task)
    assert caught.value.reason == reason
    assert caught.value.column == "y"


def test_unknown_tasks_are_refused() -> None:
    with pytest.raises(SpecError):
        encode_target(pd.Series([1, 2], name="y"), "ranking")
