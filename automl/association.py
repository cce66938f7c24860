"""Association: how much one column by itself says about the target."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from automl.columns import encode
from automl.facts import NumberStyle
from automl.metrics import metric
from automl.steps import Number

SIGNAL_P_VALUE = 1e-4
MIN_ROWS = 20
NEARLY_AUC = 0.995
NEARLY_R2 = 0.99


def has_signal(values: npt.NDArray[np.float64], y: npt.NDArray[np.generic]) -> bool:
    """Whether the target differs between tenths of `values` (n,), beyond chance at p = 1e-4.

    Kruskal-Wallis on the target's ranks for regression, chi-squared on the classes otherwise.
    """
    if len(values) < 50:
        return False
    tenth = np.argsort(np.argsort(values, kind="stable"), kind="stable") * 10 // len(values)
    if np.asarray(y).dtype.kind == "f":
        if np.ptp(y) == 0:
            return False
        return bool(stats.kruskal(*(y[tenth == part] for part in range(10))).pvalue < SIGNAL_P_VALUE)
    classes, codes = np.unique(y, return_inverse=True)
    table = np.bincount(tenth * len(classes) + codes, minlength=10 * len(classes)).reshape(10, -1)
    # Cells expected to hold few rows break the test's approximation.
    table = table[:, table.sum(axis=0) >= 50]
    if table.shape[1] < 2 or (table.sum(axis=1) == 0).any():
        return False
    return bool(stats.chi2_contingency(table).pvalue < SIGNAL_P_VALUE)


def groups_of(
    cells: pd.Series, type_: str, style: NumberStyle
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64] | None]:
    """(group of each row, its number where the column is one); numbers form up to 200 groups of equal size."""
    if type_ in ("number", "id"):
        values = Number("", style.decimal, style.unit).values(cells)
        if np.isfinite(values).mean() > 0.05:
            n_bins = int(np.clip(len(values) // 10, 2, 200))
            edges = np.unique(np.nanquantile(values, np.linspace(0, 1, n_bins + 1)[1:-1]))
            return np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values, side="right")), values
    return encode(cells)[0] + 1, None


def predicts_alone(
    groups: npt.NDArray[np.int64], values: npt.NDArray[np.float64] | None, y: npt.NDArray[Any], task: str
) -> tuple[str, str] | None:
    """(reason, detail) where this column alone predicts the target nearly perfectly.

    Each half of the rows is predicted by the means of the groups in the other half.
    """
    if len(y) < MIN_ROWS or groups.max() == groups.min():
        return None
    if task == "regression" and values is not None and np.isfinite(values).mean() > 0.95:
        known = np.isfinite(values)
        if np.ptp(values[known]) > 0 and abs(stats.spearmanr(values[known], y[known]).statistic) > 0.9999:
            return "TARGET_IN_ANOTHER_FORM", "It rises and falls with the target in every row."
    goal = y[:, None] if task == "regression" else np.eye(int(y.max()) + 1)[y]
    prediction = np.empty_like(goal, dtype=np.float64)
    half = np.arange(len(y)) % 2 == 0
    for part in (half, ~half):
        prior = goal[part].mean(axis=0)
        size = np.bincount(groups[part], minlength=groups.max() + 1)[:, None]
        total = np.stack([np.bincount(groups[part], column, groups.max() + 1) for column in goal[part].T], axis=1)
        prediction[~part] = ((total + 0.1 * prior) / (size + 0.1))[groups[~part]]
    if task == "regression":
        score = metric("r2").score(y, prediction[:, 0])
        return ("LEAKAGE", f"Alone it explains {score:.1%} of the target.") if score > NEARLY_R2 else None
    score = metric("auc").score(y, prediction)
    if not score > NEARLY_AUC:
        return None
    if float((prediction.argmax(axis=1) == y).mean()) == 1.0 and len(np.unique(groups)) == len(np.unique(y)):
        return "TARGET_IN_ANOTHER_FORM", "It is the target by other names."
    return "LEAKAGE", f"Alone it predicts the target with an AUC of {score:.3f}."
