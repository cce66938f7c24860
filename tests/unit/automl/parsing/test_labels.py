"""Labels: one reading, whoever writes them and however they are written."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl.parsing.labels import (
    are_boolean_words,
    canonical_label,
    codes_by_key,
    label_key,
    merge_truth_words,
    missing_words,
    parse_boolean,
    read_labels,
)

WORDS = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=12).filter(
    lambda text: label_key(text) is not None and label_key(text) == label_key(label_key(text))
)


def labels_of(cells: Iterable[object]) -> dict[str, tuple[str, int]]:
    found = read_labels(list(cells), [1] * len(list(cells)))
    return {key: (label.text, label.count) for key, label in found.by_key.items()}


@given(WORDS, st.sampled_from(["", " ", "\t", "\xa0", "\u200b"]), st.sampled_from(["NFC", "NFD"]))
def test_blanks_and_unicode_form_make_no_label(word: str, blank: str, form: str) -> None:
    assert label_key(blank + unicodedata.normalize(form, word) + blank) == label_key(word)


@given(st.text(st.characters(categories=("Lu", "Ll"), max_codepoint=0x24F), min_size=1, max_size=12))
def test_case_makes_no_label(word: str) -> None:
    if word.upper().casefold() == word.casefold():  # but for the dotless i, which has no capital of its own
        assert label_key(word.upper()) == label_key(word)
    assert label_key(word.casefold()) == label_key(word)


@pytest.mark.parametrize(
    ("spellings", "key"),
    [
        (["yes", "Yes ", " YES", "\ufeffyes", "yes\u200b"], "yes"),
        (["12", " 12", "12.0", 12, 12.0, np.int8(12), np.float64(12), Decimal("12")], "12"),
        (["true", "TRUE", True, np.True_], "true"),
        (["Zürich", "ZU\u0308RICH", "zu\u0308rich "], "zürich"),
        (["Straße", "STRASSE"], "strasse"),
        (["2024-03-01", date(2024, 3, 1)], "2024-03-01"),
        (["007"], "007"),
        (["1.10"], "1.10"),
    ],
)
def test_spellings_of_one_label(spellings: list[object], key: str) -> None:
    assert {label_key(each) for each in spellings} == {key}


@pytest.mark.parametrize(
    "cell", [None, math.nan, np.nan, pd.NA, pd.NaT, np.datetime64("NaT"), Decimal("NaN"), "", " ", "\u200b", "\xa0\t"]
)
def test_what_holds_nothing_is_missing(cell: object) -> None:
    assert label_key(cell) is None
    assert canonical_label(cell) is None
    assert math.isnan(parse_boolean(cell))


@pytest.mark.parametrize(
    ("labels", "missing"),
    [
        (["yes", "no", "NA", "None", "unknown"], {"na", "none", "unknown"}),
        (["0", "1", "NaN", "inf", "-"], {"nan", "inf", "-"}),
        (["1.5", "2", "?", "#N/A"], {"?", "#n/a"}),
        (
            ["red", "blue", "NA", "N/A", "null", "<NA>", "\\N", "#DIV/0!"],
            {"na", "n/a", "null", "<na>", "\\n", "#div/0!"},
        ),
        (["mild", "severe", "None"], set()),
        (["married", "single", "unknown"], set()),
        (["+", "-"], set()),
        (["+", "-", "?"], {"?"}),
        (["good", "bad", "-"], {"-"}),
        (["DE", "FR", "NA"], set()),
        (["EU", "JP", "NA", "Other"], set()),
        (["A", "B", "NA"], {"na"}),
        (["OK", "NOK", "NA"], {"na"}),
        (["NA"], {"na"}),
    ],
)
def test_words_for_no_value(labels: list[str], missing: set[str]) -> None:
    assert missing_words(labels) == missing


def test_the_most_frequent_spelling_stands_for_a_label() -> None:
    found = read_labels(["yes", " YES", "Yes", "no ", "NA"], [3, 5, 4, 2, 7])
    assert {label.text: label.count for label in found.by_key.values()} == {"YES": 12, "no": 2}
    assert found.by_key["yes"].spellings == ((" YES", 5), ("Yes", 4), ("yes", 3))
    assert found.missing == {"NA": 7}


def test_numbers_as_labels_may_be_written_in_any_way() -> None:
    assert labels_of(["1", "1.0", "1.00", "2"]) == {"1": ("1", 3), "2": ("2", 1)}
    assert set(labels_of(["2.5", "2.50", "3"])) == {"2.5", "3"}
    assert set(labels_of(["007", "7", "07"])) == {"007", "7", "07"}
    assert set(labels_of(["12", "12.0", "A3"])) == {"12", "a3"}


def test_words_for_yes_and_no_are_two_labels_only_where_there_is_nothing_else() -> None:
    def merged(*cells: object) -> list[str]:
        found = merge_truth_words(read_labels(cells, range(len(cells), 0, -1)))
        return sorted(label.text for label in found.by_key.values())

    assert merged("yes", "no", "Y", "n", "TRUE", "0") == ["no", "yes"]
    assert merged("yes", "no", "y", "maybe") == ["maybe", "no", "y", "yes"]
    assert merged("active", "inactive", "present", "absent") == ["absent", "active", "inactive", "present"]


@pytest.mark.parametrize("words", [{"active", "inactive", "absent", "present"}, {"on", "off", "enabled", "disabled"}])
def test_several_states_are_no_truth_values(words: set[str]) -> None:
    assert not are_boolean_words(words)


@pytest.mark.parametrize(
    ("labels", "cells", "codes"),
    [
        (["007", "010"], ["007", 7, 7.0, "7", 10, 1], [0, 0, 0, 0, 1, None]),
        (["no", "yes", "maybe"], [True, "TRUE", False, "true", "Yes"], [1, 1, 0, 1, 1]),
        (["false", "true", "x"], [True, False, np.True_], [1, 0, 1]),
        (["12", "7", "A3"], [12, 12.0, "12.0", "a3", 3], [0, 0, 0, 2, None]),
        (["04", "4x"], [4, "04"], [None, 0]),
        (["red", "blue"], [True, 1, "RED "], [None, None, 0]),
    ],
)
def test_values_of_a_client_meet_the_labels_they_mean(
    labels: list[str], cells: list[object], codes: list[int | None]
) -> None:
    known = codes_by_key(labels)
    assert [known.get(label_key(cell) or "") for cell in cells] == codes


@given(st.lists(st.one_of(WORDS, st.integers(), st.booleans(), st.none(), st.floats()), max_size=20), st.randoms())
def test_the_order_of_the_rows_changes_no_label(cells: list[object], random: object) -> None:
    shuffled = list(cells)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert labels_of(shuffled) == labels_of(cells)
