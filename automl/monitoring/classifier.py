"""Can a small model tell new rows from training rows? One number for drift in all columns together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from automl.evaluation.bootstrap import bootstrap_standard_error
from automl.metrics import METRICS
from automl.monitoring.columns.column_cells import ColumnReader
from automl.monitoring.columns.feature_matrix import FeatureMatrix, boost, feature_matrix
from automl.monitoring.performance.uncertainty import Interval

MAX_ROWS = 5_000
"""Rows of a side."""
MIN_ROWS = 50
N_FOLDS = 3
N_TREES = 40


def domain_classifier(
    readers: Sequence[ColumnReader], reference: pd.DataFrame, rows: pd.DataFrame, seed: int = 0
) -> dict[str, Any] | None:
    """Return `{auc, low, high, rows, without}` of LightGBM on rows it has not seen; None where there are too few.

    Args:
        readers: of the columns. Dates go on by themselves and would tell any two windows apart; they are left out, and
            named in `without`.
        reference: training rows, raw cells.
        rows: new rows, raw cells.
        seed: of samples and folds.
    """
    if min(len(reference), len(rows)) < MIN_ROWS or not any(reader.kind != "date" for reader in readers):
        return None
    rng = np.random.default_rng(seed)
    sides = [frame.iloc[rng.permutation(len(frame))[:MAX_ROWS]] for frame in (reference, rows)]
    tables = [feature_matrix(readers, side, dates=False) for side in sides]
    table = FeatureMatrix(np.vstack([each.values for each in tables]), tables[0].categorical)
    y = np.repeat([0, 1], [len(side) for side in sides])
    fold, score = rng.permutation(len(y)) % N_FOLDS, np.empty(len(y))
    objective = {"objective": "binary", "is_unbalance": True}
    areas = []
    for index in range(N_FOLDS):
        outside = np.flatnonzero(fold == index)
        model = boost(table, y, np.flatnonzero(fold != index), objective, N_TREES, seed)
        score[outside] = model.predict(table.values[outside])
        areas.append(METRICS["auc"].score(y[outside], score[outside]))
    # Fold by fold: the folds' models differ in level.
    area = float(np.mean(areas))
    error = bootstrap_standard_error(METRICS["auc"], y, score, n_resamples=50, seed=seed)
    found = Interval.around(area, error, "auc")
    return {
        "auc": found.value,
        "low": found.low,
        "high": found.high,
        "rows": len(sides[1]),
        "without": [reader.name for reader in readers if reader.kind == "date"],
    }
