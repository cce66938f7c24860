"""Wild tables: whatever a CSV file holds becomes a plan, and every road through the plan agrees."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from automl.io.csv_reader import read_csv
from automl.preprocessing.features import Features
from automl.preprocessing.fit import fit_preprocessor
from automl.preprocessing.preprocessor import Preprocessor

_WORDS = st.sampled_from(
    ["", " ", "?", "NA", "yes", "no", "1", "0", "1,5", "$3", "12%", "5 kg", "3 h", "1:30", "<5", "5-10", "10+", "B71",
     "A/5 21171", "2024-03-31", "31.3.24", "Q1 2024", "inf", "-0.0", "1e999", "Mr. X", "a@b.c", "😀", "NaN", "\t",
     "00012"]
)  # fmt: skip
_CELL = _WORDS | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
_CELLS = st.lists(_CELL, min_size=12, max_size=60)


def agree(first: Features, second: Features) -> bool:
    return (
        np.array_equal(first.numeric, second.numeric, equal_nan=True)
        and np.array_equal(first.categorical, second.categorical)
        and all(np.array_equal(a, b) for a, b in zip(first.text, second.text, strict=True))
    )


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60)
@given(_CELLS, st.data())
def test_any_file_becomes_a_plan(cells: list[str], data: Any) -> None:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["x", "few", "row"])
    few = data.draw(st.lists(_CELL, min_size=1, max_size=4))
    writer.writerows([cell, few[i % len(few)], i * 3 % 7] for i, cell in enumerate(cells))
    frame = read_csv(io.BytesIO(out.getvalue().encode()))
    assert len(frame) == len(cells)
    y = np.array([i % 2 for i in range(len(frame))])
    plan, bulk = fit_preprocessor(frame, y, target="y")
    assert np.isfinite(bulk.numeric[~np.isnan(bulk.numeric)]).all()
    again = Preprocessor.from_json(json.loads(json.dumps(plan.to_json(), allow_nan=False)))
    columns = {name: [None if pd.isna(cell) else cell for cell in frame[name]] for name in reversed(frame.columns)}
    assert agree(again.transform(columns), bulk)
    for i in range(0, len(frame), 7):
        assert agree(
            again.transform({name: [column[i]] for name, column in columns.items()}), bulk.take(slice(i, i + 1))
        )


_OBJECT: Any = st.one_of(
    _CELL, st.none(), st.integers(), st.floats(), st.booleans(), st.dates(), st.binary(max_size=3), st.lists(st.none())
)


@settings(max_examples=60)
@given(_CELLS, st.lists(_OBJECT, min_size=1, max_size=5))
def test_cells_of_another_kind_than_in_training_are_taken(cells: list[str], later: list[Any]) -> None:
    frame = pd.DataFrame({"x": cells, "row": range(len(cells))}, dtype="str")
    plan, bulk = fit_preprocessor(frame, target="y", types={"row": "number"})
    for table in ({"x": later}, {"unheard of": later}, pd.DataFrame({"x": pd.Series(later, dtype=object)})):
        features = plan.transform(table)
        assert len(features) == len(later)
        assert features.numeric.shape[1] == bulk.numeric.shape[1]
        assert np.isfinite(features.numeric[~np.isnan(features.numeric)]).all()
        for j, labels in enumerate(features.categories):
            assert -1 <= features.categorical[:, j].min() <= features.categorical[:, j].max() <= len(labels)
