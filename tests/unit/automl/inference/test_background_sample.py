from __future__ import annotations

import json

import numpy as np
import pandas as pd

from automl.inference.background_sample import MAX_CHARACTERS, ROWS, draw_background_sample, typical_row
from automl.preprocessing.fit import fit_preprocessor

FRAME = pd.DataFrame(
    {
        "n": [*range(199), None],
        "k": ["a", "b"] * 100,
        "t": pd.date_range("2024-01-01", periods=200),
        "long": [f"{i} words " * 200 for i in range(200)],
        "unused": [1] * 200,
    }
)
PLAN = fit_preprocessor(FRAME, target="y")[0]


def test_it_is_a_few_rows_of_the_columns_in_use_as_json() -> None:
    sample = draw_background_sample(FRAME, PLAN, seed=0)
    assert "unused" not in sample
    assert {len(cells) for cells in sample.values()} == {ROWS}
    assert json.loads(json.dumps(sample, allow_nan=False)) == sample
    assert max(len(cell) for cell in sample["long"]) == MAX_CHARACTERS


def test_its_cells_mean_what_they_meant() -> None:
    small = FRAME.drop(columns="long").tail(30)
    plan = fit_preprocessor(small, target="y")[0]
    drawn, expected = (plan.transform(rows).numeric for rows in (draw_background_sample(small, plan, seed=0), small))
    np.testing.assert_allclose(drawn[drawn[:, 0].argsort()], expected[expected[:, 0].argsort()])


def test_without_one_there_is_the_typical_row() -> None:
    row = typical_row(PLAN)
    assert {len(cells) for cells in row.values()} == {1}
    assert set(row) == {feature["name"] for feature in PLAN.input_schema}
