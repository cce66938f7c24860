"""The positive class of two: one rule, whatever the language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl.errors import SpecError
from automl.preprocessing.target.positive_class import AFFIRMATIVE_PAIRS, choose_positive_class


@pytest.mark.parametrize(
    ("classes", "counts", "positive", "rule"),
    [
        (("active", "inactive"), (10, 90), "active", "affirmative word"),
        (("active", "inactive"), (90, 10), "active", "affirmative word"),
        (("ja", "nein"), (90, 10), "ja", "affirmative word"),
        (("да", "нет"), (10, 90), "да", "affirmative word"),
        (("是", "否"), (90, 10), "是", "affirmative word"),
        (("No", "YES "), (90, 10), "YES ", "affirmative word"),
        (("0", "1"), (10, 90), "1", "affirmative word"),
        (("-1", "1"), (10, 90), "1", "affirmative word"),
        (("0.0", "1.0"), (10, 90), "1.0", "affirmative word"),
        (("+", "-"), (90, 10), "+", "affirmative word"),
        (("Negative", "Positive"), (10, 90), "Positive", "affirmative word"),
        (("closed", "active"), (10, 90), "active", "affirmative word"),
        (("churn", "no churn"), (90, 10), "churn", "the other label denies it"),
        (("survived", "not survived"), (90, 10), "survived", "the other label denies it"),
        (("Smoker", "non-smoker"), (90, 10), "Smoker", "the other label denies it"),
        (("fraud", "legit"), (10, 90), "fraud", "the rarer class"),
        (("1", "2"), (90, 10), "2", "the rarer class"),
        (("<=50K", ">50K"), (90, 10), ">50K", "the rarer class"),
        (("a", "b"), (5, 5), "b", "both are as frequent: the last in order"),
    ],
)
def test_one_rule(classes: tuple[str, str], counts: tuple[int, int], positive: str, rule: str) -> None:
    chosen = choose_positive_class(classes, counts)
    assert (classes[chosen.code], chosen.rule) == (positive, rule)


@given(st.sampled_from(AFFIRMATIVE_PAIRS), st.booleans(), st.tuples(st.integers(1, 99), st.integers(1, 99)))
def test_every_affirmative_word_is_positive_beside_its_denial(
    pair: tuple[str, str], swapped: bool, counts: tuple[int, int]
) -> None:
    classes = pair[::-1] if swapped else pair
    assert classes[choose_positive_class(classes, counts).code] == pair[0]


def test_another_can_be_asked_for_in_any_spelling() -> None:
    assert choose_positive_class(("yes", "no"), (1, 1), " NO ") == (1, "as requested")
    assert choose_positive_class(("1.0", "2.0"), (1, 1), 1) == (0, "as requested")
    assert choose_positive_class(("no", "yes"), (1, 1), True) == (1, "as requested")
    with pytest.raises(SpecError, match="perhaps"):
        choose_positive_class(("yes", "no"), (1, 1), "perhaps")
