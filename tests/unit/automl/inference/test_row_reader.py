"""Rows read cell by cell have the features and the warnings of rows read column by column."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from automl.inference.input_check import flag_inputs, row_messages
from automl.inference.row_reader import MAX_KNOWN, RowReader
from automl.preprocessing.fit import fit_preprocessor
from automl.preprocessing.preprocessor import Preprocessor, concatenate_features
from automl.preprocessing.transformers.strings import StringLength, SubstringCategory, TrailingNumber
from tests.unit.automl.inference.wild_tables import every_kind_of_column, told, wild_rows

FRAME = every_kind_of_column()


def every_transformer() -> Preprocessor:
    """A preprocessor of the table, with transformers of `seat` that random labels would not have it choose."""
    fitted, _ = fit_preprocessor(FRAME, np.arange(len(FRAME)) % 2, target="y")
    parts = (SubstringCategory("seat", "letters", ("a", "b")), TrailingNumber("seat"), StringLength("seat"))
    [*_, last] = (place for place, step in enumerate(fitted.transformers) if step.column == "seat")
    steps = (*fitted.transformers[: last + 1], *parts, *fitted.transformers[last + 1 :])
    return replace(fitted, transformers=steps)


PREPROCESSOR = every_transformer()


def check(reader: RowReader, preprocessor: Preprocessor, rows: dict[str, list[Any]]) -> None:
    columns, n_rows = preprocessor.columns_of(rows)
    outputs = preprocessor.outputs(columns, n_rows)
    features = concatenate_features(preprocessor.transformers, outputs, n_rows)
    read = reader.read(columns, n_rows)
    np.testing.assert_array_equal(read.numeric, features.numeric)
    np.testing.assert_array_equal(read.codes, features.categorical)
    assert read.numeric.dtype == read.codes.dtype == np.float32
    expected = list(flag_inputs(preprocessor, columns, outputs, n_rows))
    assert told(read.flagged) == told(expected)
    assert row_messages(read.flagged, n_rows) == row_messages(expected, n_rows)


def test_the_table_has_every_kind_of_transformer() -> None:
    kinds = {step.kind for step in PREPROCESSOR.transformers}
    assert kinds >= {
        "number", "boolean", "category", "date", "substring", "trailing_number", "ordinal_range", "unit", "word",
    }  # fmt: skip
    assert any(getattr(step, "offset", 0.0) for step in PREPROCESSOR.transformers)
    assert any(getattr(step, "counts", ()) for step in PREPROCESSOR.transformers)


@settings(max_examples=60, deadline=None)
@given(wild_rows(FRAME))
def test_wild_rows_are_read_alike_when_new_and_when_known(rows: dict[str, list[Any]]) -> None:
    reader = RowReader(PREPROCESSOR)
    check(reader, PREPROCESSOR, rows)
    check(reader, PREPROCESSOR, rows)


_LONG_KNOWN = RowReader(PREPROCESSOR)


@settings(max_examples=40, deadline=None)
@given(wild_rows(FRAME))
def test_what_is_remembered_of_one_request_does_not_change_another(rows: dict[str, list[Any]]) -> None:
    check(_LONG_KNOWN, PREPROCESSOR, rows)


def test_the_rows_of_the_table_are_read_alike() -> None:
    rows = {name: FRAME[name].astype(object).where(FRAME[name].notna(), None).tolist() for name in FRAME}
    check(RowReader(PREPROCESSOR), PREPROCESSOR, rows)


@pytest.mark.parametrize("cells", [[1, True, 1.0, "1"], [0.0, -0.0, False, "-0.0"], [float("nan"), None, "nan"]])
def test_cells_that_python_takes_for_equal_are_not_mixed_up(cells: list[Any]) -> None:
    reader = RowReader(PREPROCESSOR)
    for order in (cells, cells[::-1]):
        check(reader, PREPROCESSOR, {name: order for name in FRAME})


def test_cells_that_are_lists_are_read_alike() -> None:
    check(RowReader(PREPROCESSOR), PREPROCESSOR, {name: [[1], {"a": 1}] for name in FRAME})


def test_no_rows_have_the_same_columns() -> None:
    check(RowReader(PREPROCESSOR), PREPROCESSOR, {"plain": []})


def test_it_forgets_rather_than_grow() -> None:
    reader = RowReader(PREPROCESSOR)
    n_rows = MAX_KNOWN + 10
    check(reader, PREPROCESSOR, {"colour": [f"new {i}" for i in range(n_rows)]})
    assert all(len(column._known) <= MAX_KNOWN for column in reader._columns)
