"""Statistical tests of whether a single column says anything about the target, beyond chance."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

SIGNAL_P_VALUE = 1e-4
"""Largest p-value at which a test counts as a signal."""


def has_signal(values: npt.NDArray[np.float64], y: npt.NDArray[np.generic]) -> bool:
    """Test whether the target differs between tenths of `values` (n,), beyond chance at p = 1e-4.

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


def categories_have_signal(labels: npt.NDArray[np.integer[Any]], y: npt.NDArray[np.generic]) -> bool:
    """Test whether the target differs between labels (n,), beyond chance at p = 1e-4; the same tests as `has_signal`.

    Labels of fewer than 5 rows are left out.
    """
    _, group, size = np.unique(labels, return_inverse=True, return_counts=True)
    known = size[group] >= 5
    y, group = y[known], np.unique(group[known], return_inverse=True)[1]
    if len(y) < 50 or group.max() == 0:
        return False
    if y.dtype.kind == "f":
        order = np.argsort(group, kind="stable")
        cuts = np.cumsum(np.bincount(group))[:-1]
        return bool(np.ptp(y) > 0 and stats.kruskal(*np.split(y[order], cuts)).pvalue < SIGNAL_P_VALUE)
    classes, codes = np.unique(y, return_inverse=True)
    shape = int(group.max()) + 1, len(classes)
    table = np.bincount(group * len(classes) + codes, minlength=shape[0] * shape[1]).reshape(shape)
    table = table[:, table.sum(axis=0) >= 20]
    table = table[table.sum(axis=1) > 0]
    return min(table.shape) > 1 and bool(stats.chi2_contingency(table).pvalue < SIGNAL_P_VALUE)
