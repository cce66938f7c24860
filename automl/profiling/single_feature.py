"""Association: how much one column by itself says about the target."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from automl.metrics import get_metric
from automl.parsing.vectorized import factorize
from automl.preprocessing.columns.column_stats import ColumnStats
from automl.preprocessing.transformers.basic import DatetimeTransformer, NumericTransformer

MIN_ROWS = 20
NEAR_PERFECT_AUC = 0.995
NEAR_PERFECT_R2 = 0.99


def discretize(
    cells: pd.Series, type_: str, about: ColumnStats
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64] | None]:
    """Return (group of each row, its number if the column is one or a date); numbers form up to 200 equal groups.

    Where the column is empty is a group of its own.
    """
    if type_ == "date":
        return quantile_bins(DatetimeTransformer("", about.date_order.order).seconds(cells))
    if type_ in ("number", "id"):
        values = NumericTransformer("", about.number_format.decimal, about.number_format.unit).values(cells)
        if np.isfinite(values).mean() > 0.05:
            return quantile_bins(values)
    return factorize(cells)[0] + 1, None


def quantile_bins(values: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64] | None]:
    """Return (bin of each number (n,), the numbers); None for the numbers where there are none."""
    if not np.isfinite(values).any():
        return np.zeros(len(values), dtype=np.int64), None
    n_bins = int(np.clip(len(values) // 10, 2, 200))
    edges = np.unique(np.nanquantile(values, np.linspace(0, 1, n_bins + 1)[1:-1]))
    return np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values, side="right")), values


def cross_fitted_means(groups: npt.NDArray[np.int64], goal: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return each row's (n, k) goal as its group's mean in the other half, drawn a little to the mean of all."""
    prediction = np.empty_like(goal, dtype=np.float64)
    n_groups = int(groups.max()) + 1
    half = np.arange(len(goal)) % 2 == 0
    for part in (half, ~half):
        prior = goal[part].mean(axis=0)
        size = np.bincount(groups[part], minlength=n_groups)[:, None]
        total = np.stack([np.bincount(groups[part], column, n_groups) for column in goal[part].T], axis=1)
        prediction[~part] = ((total + 0.1 * prior) / (size + 0.1))[groups[~part]]
    return prediction


def single_feature_leakage(
    groups: npt.NDArray[np.int64], values: npt.NDArray[np.float64] | None, y: npt.NDArray[Any], task: str
) -> tuple[str, str] | None:
    """Return (reason, detail) where this column alone predicts the target nearly perfectly.

    Each half of the rows is predicted by the means of the groups in the other half.
    """
    if len(y) < MIN_ROWS or groups.max() == groups.min():
        return None
    if task == "regression" and values is not None and np.isfinite(values).mean() > 0.95:
        known = np.isfinite(values)
        if np.ptp(values[known]) > 0 and abs(stats.spearmanr(values[known], y[known]).statistic) > 0.9999:
            return "TARGET_IN_ANOTHER_FORM", "It is a monotonic function of the target."
    goal = y[:, None] if task == "regression" else np.eye(int(y.max()) + 1)[y]
    prediction = cross_fitted_means(groups, goal)
    if task == "regression":
        score = max(get_metric("r2").score(y, prediction[:, 0]), _linear_r2(values, y))
        return ("LEAKAGE", f"On its own it explains {score:.1%} of the variance.") if score > NEAR_PERFECT_R2 else None
    score = get_metric("auc").score(y, prediction)
    if not score > NEAR_PERFECT_AUC:
        return None
    if float((prediction.argmax(axis=1) == y).mean()) == 1.0 and len(np.unique(groups)) == len(np.unique(y)):
        return "TARGET_IN_ANOTHER_FORM", "It is the target with other labels."
    return "LEAKAGE", f"On its own it predicts the target with an AUC of {score:.3f}."


def _linear_r2(values: npt.NDArray[np.float64] | None, y: npt.NDArray[Any]) -> float:
    """Return the share of the target that a straight line explains; 0 where numbers are missing."""
    if values is None or not np.isfinite(values).all() or np.ptp(values) == 0:
        return 0.0
    return float(np.corrcoef(values, y)[0, 1] ** 2)
