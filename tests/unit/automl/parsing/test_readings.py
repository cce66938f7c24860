"""Cells read by what JSON says of them, as by the transformers that were fitted."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from automl.onnx.graph_builder import Graph
from automl.onnx.preprocessing import PreprocessingGraph
from automl.parsing.readings import cell_reader
from automl.preprocessing.preprocessor import Preprocessor
from automl.preprocessing.transformers.basic import DatetimeTransformer, NumericTransformer, Transformer
from automl.preprocessing.transformers.strings import OrdinalRange, StringLength, TrailingNumber

CELLS = st.one_of(
    st.none(), st.text(max_size=12), st.floats(), st.integers(-(10**20), 10**20), st.booleans(), st.dates(),
    st.datetimes(), st.sampled_from(["1.234,5", "12 kg", "5-10", "<5", "31/3/2024", "A/5 21171", "NA", pd.NA, pd.NaT]),
)  # fmt: skip
STEPS: list[Transformer] = [
    NumericTransformer("c"), NumericTransformer("c", decimal=",", unit="kg"), NumericTransformer("c", offset=5.0),
    DatetimeTransformer("c", order="day_first", parts=("days",)), TrailingNumber("c"), StringLength("c"),
    OrdinalRange("c"),
]  # fmt: skip


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.kind)
@given(cells=st.lists(CELLS, min_size=1, max_size=4))
def test_each_transformer_reads_as_its_input_says(step: Transformer, cells: list[Any]) -> None:
    inputs = PreprocessingGraph(Graph(), Preprocessor("y", (step,), ()), ()).inputs
    expected = step.transform(cells).numeric
    for given_input, values in zip(inputs, expected, strict=True):
        reading = json.loads(json.dumps(given_input.reading))
        found = np.array([cell_reader(reading)(cell) for cell in cells], dtype=np.float64)
        if isinstance(step, NumericTransformer):
            found = found - step.offset
        if isinstance(step, DatetimeTransformer):
            found = (found - step.reference_s) / 86_400
        np.testing.assert_array_equal(found, values)


@pytest.mark.parametrize(
    ("reading", "cell", "expected"),
    [
        ({"as": "number", "decimal": ",", "unit": ""}, "1.234,5", 1234.5),
        ({"as": "label"}, " red ", "red"),
        ({"as": "label"}, 12.0, "12.0"),
        ({"as": "label"}, None, ""),
        ({"as": "date", "order": "day_first"}, "3/4/1970", 92 * 86_400.0),
        ({"as": "date", "order": "day_first"}, datetime(1970, 1, 2), 86_400.0),
        ({"as": "date", "order": "day_first"}, date(1970, 1, 2), 86_400.0),
        ({"as": "substring", "pattern": "title"}, "Davidson, Mr. Thornton", "mr"),
        ({"as": "substring", "pattern": "title"}, "Cher", ""),
    ],
)
def test_a_cell_is_read(reading: dict[str, str], cell: object, expected: object) -> None:
    assert cell_reader(reading)(cell) == expected


def test_an_unknown_reading_is_no_guess() -> None:
    with pytest.raises(KeyError):
        cell_reader({"as": "tea leaves"})
