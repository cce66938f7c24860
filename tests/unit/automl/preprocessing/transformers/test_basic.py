"""Labels of a column, and the numbers that stand for them."""

from __future__ import annotations

import pytest

from automl.preprocessing.transformers.basic import CategoricalTransformer


@pytest.mark.parametrize(
    ("labels", "number", "meant"),
    [
        (["12", "13", "A4"], 12, "12"),
        (["12", "13", "A4"], 12.0, "12"),
        (["12.50", "3.00", "none of it"], 12.5, "12.50"),
        (["12.50", "3.00", "none of it"], 3, "3.00"),
        (["007", "0123", "x"], 7, "007"),
        (["1,000", "20", "x"], 1000, "1,000"),
        (["1e3", "20", "x"], 1000.0, "1e3"),
        (["7.1", "7.10", "7.2.1"], 7.1, "7.1"),
    ],
)
def test_a_number_meets_the_label_that_it_is(labels: list[str], number: float, meant: str) -> None:
    step = CategoricalTransformer("x", tuple(labels))
    (codes,) = step.transform([number, meant]).categorical
    assert codes.tolist() == [labels.index(meant)] * 2


def test_a_number_that_could_be_two_labels_is_neither() -> None:
    step = CategoricalTransformer("x", ("007", "0007", "x"))
    assert step.transform([7]).categorical[0].tolist() == [3]
