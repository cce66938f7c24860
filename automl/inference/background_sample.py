"""A sample of the training rows that a model keeps: what explanations compare with and exports are checked on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from automl.parsing.scalars import to_label
from automl.preprocessing.preprocessor import Preprocessor

ROWS = 64
MAX_CHARACTERS = 500
"""Maximum characters kept of a cell: the rest of a longer text moves its prediction little."""

BackgroundSample = Mapping[str, list[Any]]
"""Raw cells by column, each text, a number, a truth value or None: JSON as it is."""


def draw_background_sample(frame: pd.DataFrame, plan: Preprocessor, seed: int) -> BackgroundSample:
    """Draw up to `ROWS` rows at random, with the columns that the preprocessor uses.

    Args:
        frame: n training rows.
        plan: of the model.
        seed: of the draw.
    """
    # In random order: who takes only the first few of them has a sample too.
    rows = np.random.default_rng(seed).permutation(len(frame))[:ROWS]
    columns = dict.fromkeys(step.column for step in plan.transformers)
    # The first of the columns that share a name counts, as everywhere.
    first = frame.loc[:, ~frame.columns.duplicated()].iloc[rows]
    return {column: [_cell(cell) for cell in first[column].tolist()] for column in columns}


def typical_row(plan: Preprocessor) -> BackgroundSample:
    """Return a substitute for a model without a sample: one row of each column's typical value."""
    return {feature["name"]: [feature["typical"]] for feature in plan.input_schema}


def fullest_row(sample: BackgroundSample) -> dict[str, Any]:
    """Return the first of the sample's rows with the fewest missing cells: `{column: cell}`, {} without rows."""
    n_rows = min(map(len, sample.values()), default=0)
    if not n_rows:
        return {}
    best = min(range(n_rows), key=lambda row: sum(cells[row] is None for cells in sample.values()))
    return {column: cells[best] for column, cells in sample.items()}


def _cell(cell: Any) -> Any:
    plain = None if cell is pd.NA else cell.item() if isinstance(cell, np.generic) else cell
    if isinstance(plain, bool | int):
        return plain
    if isinstance(plain, float):
        return plain if np.isfinite(plain) else None
    text = to_label(plain)
    return None if text is None else text[:MAX_CHARACTERS]
