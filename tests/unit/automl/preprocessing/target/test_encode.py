"""Targets: the task they pose and their values."""

from __future__ import annotations

import unicodedata

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl.errors import DataError, SpecError
from automl.parsing.labels import are_boolean_words, label_key
from automl.parsing.scalars import is_missing
from automl.preprocessing.target.encode import encode_target
from automl.preprocessing.target.task import infer_task


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
    target = encode_target(pd.Series([10, 9, None, 9], dtype="Int64", name="y"), "binary")
    assert target.classes == ("9", "10")
    assert target.labels == (9, 10)
    assert target.mask.tolist() == [True, True, False, True]
    assert target.y.tolist() == [1, 0, 0]
    assert target.y.dtype == np.int64


def test_truth_values_keep_their_kind() -> None:
    target = encode_target(pd.Series([True, False, True], name="y"))
    assert target.classes == ("False", "True")
    assert target.labels == (False, True)
    assert target.y.tolist() == [1, 0, 1]


def test_the_label_na_is_a_class_among_codes_of_countries() -> None:
    target = encode_target(pd.Series(["NA", "EU", "", "NA", " JP"], name="y"), "multiclass")
    assert target.classes == ("EU", "JP", "NA")
    assert target.mask.sum() == 4


@pytest.mark.parametrize(
    ("cells", "classes"),
    [
        (["0", "1", "NA"] * 5, ("0", "1")),
        (["no", "yes", "N/A", "None", "unknown"] * 5, ("no", "yes")),
        (["yes", "Yes ", " YES", "no", "No", "nO"] * 5, ("No", "YES")),
        (["1", "1.0", "0", "0.0"] * 5, ("0", "1")),
        ([" >50K", ">50K", " <=50K"] * 5, (">50K", "<=50K")),
        (["active", "NULL", "inactive", "#N/A"] * 5, ("inactive", "active")),
        ([True, False, None, "TRUE", "false"] * 5, ("False", "TRUE")),
        (["male", "female", "Male", "?"] * 5, ("Male", "female")),
        (["cafe\u0301", "caf\xe9", "tea", "CAF\xc9"] * 5, ("CAF\xc9", "tea")),
        (["ja", "nein", "Ja", "NaN", "j a"] * 4 + ["ja"], ("j a", "ja", "nein")),
    ],
)
def test_spellings_are_classes_once_and_words_for_missing_never(cells: list[object], classes: tuple[str, ...]) -> None:
    target = encode_target(pd.Series(cells, name="y", dtype="object"))
    assert target.classes == classes
    assert target.class_counts.sum() == target.mask.sum()


@pytest.mark.parametrize(
    "codes", [["001", "002", "025"], ["01234", "98765", "04711"], [f"{i:03d}" for i in range(1, 26)]]
)
def test_codes_with_leading_zeros_are_classes_and_keep_their_zeros(codes: list[str]) -> None:
    cells = pd.Series(codes * 8, name="y")
    assert infer_task(cells)[0] == "multiclass"
    assert encode_target(cells).classes == tuple(sorted(codes))


def test_a_type_that_the_user_sets_decides() -> None:
    cells = pd.Series([str(i % 30) for i in range(300)], name="y")
    assert infer_task(cells)[0] == "regression"
    assert infer_task(cells, type_="category")[0] == "multiclass"
    assert infer_task(pd.Series(["1", "2", "3"] * 9), type_="number")[0] == "regression"


def test_cells_without_a_target_are_counted_by_what_they_say() -> None:
    cells = pd.Series(["1.5", "NaN", "inf", "2.5", "", None, "#N/A", "3.5", "NaN"] * 3, name="y")
    target = encode_target(cells)
    assert target.task == "regression"
    assert target.missing == (("", 6), ("NaN", 6), ("#N/A", 3), ("inf", 3))
    assert sum(count for _, count in target.missing) == (~target.mask).sum()


WORDS = st.lists(
    st.text(st.characters(categories=("L",)), min_size=2, max_size=8).filter(lambda word: not is_missing(word)),
    min_size=2, max_size=5, unique_by=label_key,
)  # fmt: skip


@given(WORDS, st.data())
def test_every_spelling_of_a_label_is_one_class_and_every_class_stands_in_the_file(
    words: list[str], data: st.DataObject
) -> None:
    def spelling(word: str) -> str:
        form = unicodedata.normalize(data.draw(st.sampled_from(["NFC", "NFD"])), word)
        cased = data.draw(st.sampled_from([form, form.casefold(), form.title()]))
        return data.draw(st.sampled_from(["", " ", "\t"])) + cased + data.draw(st.sampled_from(["", " "]))

    written = [(word, spelling(word)) for word in words for _ in range(3)]
    written = [(word, cell) for word, cell in written if label_key(cell) == label_key(word)]
    cells = pd.Series([cell for _, cell in written], name="y")
    target = encode_target(cells, "multiclass" if len(words) > 2 else "binary")
    truth = {frozenset(words)} if are_boolean_words({label_key(word) or "" for word in words}) else None
    assert truth or len(target.classes) == len({word for word, _ in written})
    assert set(target.classes) <= {cell.strip() for cell in cells}
    order = data.draw(st.permutations(range(len(cells))))
    assert encode_target(cells.iloc[list(order)], target.task).classes == target.classes


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
