"""Columns as one matrix of numbers, for the small models of a monitor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from automl._typing import Array
from automl.monitoring.columns.column_cells import LABELS, TEXT, VALUES, ColumnReader
from automl.preprocessing.preprocessor import columns_by_name

_BOOSTING = {
    "num_leaves": 15, "min_data_in_leaf": 20, "learning_rate": 0.1, "verbosity": -1, "deterministic": True,
    "force_row_wise": True, "max_bin": 63, "cat_smooth": 20,
}  # fmt: skip


@dataclass(frozen=True)
class FeatureMatrix:
    """n rows of numbers.

    Attributes:
        values: float64 (n, p), NaN where missing.
        categorical: which of the p are codes of labels.
    """

    values: npt.NDArray[np.float64]
    categorical: tuple[int, ...]

    def with_column(self, values: Array) -> FeatureMatrix:
        """Return the matrix with a column of numbers more."""
        return FeatureMatrix(np.column_stack([self.values, values]), self.categorical)


def feature_matrix(readers: Sequence[ColumnReader], frame: pd.DataFrame, *, dates: bool = True) -> FeatureMatrix:
    """Read the columns into a matrix; of text the numbers of characters and of words.

    Args:
        readers: of the columns.
        frame: n rows, raw cells.
        dates: whether columns of dates are among them.
    """
    columns, made, categorical = columns_by_name(frame), [np.empty((len(frame), 0))], []
    for reader in readers:
        if reader.kind == "date" and not dates:
            continue
        cells = reader.read(columns.get(reader.name), len(frame))
        if cells.kind in VALUES:
            made.append(cells.values[:, None])
        elif cells.kind in LABELS:
            categorical.append(sum(part.shape[1] for part in made))
            made.append(np.where(cells.codes < 0, np.nan, cells.codes.astype(np.float64))[:, None])
        elif cells.kind == TEXT:
            made.append(np.array([[len(text), len(text.split())] for text in cells.texts], dtype=np.float64))
    return FeatureMatrix(np.hstack(made), tuple(categorical))


def boost(table: FeatureMatrix, y: Array, rows: Array, objective: dict[str, Any], n_trees: int, seed: int) -> Any:
    """Fit LightGBM on some of the rows; return its booster."""
    import lightgbm

    data = lightgbm.Dataset(table.values[rows], label=y[rows], categorical_feature=list(table.categorical))
    params = {**_BOOSTING, **objective, "seed": seed, "num_threads": 1}
    return lightgbm.train(params, data, num_boost_round=n_trees)
