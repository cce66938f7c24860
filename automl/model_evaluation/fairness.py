"""Fairness: how often groups of rows are answered with the positive class, and how often rightly.

The selection rate is the share that the model calls positive, TPR and FPR are that share among those that are positive
and among those that are not (Hardt et al. 2016). The ratio of the least rate to the greatest is 1 where all fare alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from automl._typing import Array
from automl.evaluation.calibration import wilson
from automl.model_evaluation.groups import Grouping

MIN_ROWS = 10
"""Minimum rows that a rate is a share of, before it counts for the ratio."""
RATES = ("selection_rate", "tpr", "fpr")


def fairness(y: Array, chosen: Array, groupings: Sequence[Grouping]) -> dict[str, Any]:
    """Compare the groups of each column.

    Args:
        y: (m,) codes of two classes, 1 the positive one.
        chosen: (m,) codes that the model answers.
        groupings: of these rows, by one column each.

    Returns:
        `{column: {selection_rate, tpr, fpr}}`, each `{groups: {value: {value, low, high, rows}}, least, greatest,
        ratio}`: the groups with the least and the greatest rate, and the ratio of the two, None with fewer than two
        groups of `MIN_ROWS` rows.
    """
    of_rate = {"selection_rate": np.ones(len(y), dtype=bool), "tpr": y == 1, "fpr": y == 0}
    return {
        grouping.column: {name: _rate(chosen == 1, among, grouping) for name, among in of_rate.items()}
        for grouping in groupings
    }


def _rate(selected: Array, among: Array, grouping: Grouping) -> dict[str, Any]:
    groups: dict[str, dict[str, Any]] = {}
    for code, name in enumerate(grouping.names):
        rows = among & (grouping.codes == code)
        n = int(rows.sum())
        if n:
            share = float(selected[rows].mean())
            low, high = wilson(share, n)
            groups[name] = {"value": share, "low": low, "high": high, "rows": n}
    counted = {name: each["value"] for name, each in groups.items() if each["rows"] >= MIN_ROWS}
    found: dict[str, Any] = {"groups": groups, "least": None, "greatest": None, "ratio": None}
    if len(counted) > 1:
        least, greatest = min(counted, key=lambda name: counted[name]), max(counted, key=lambda name: counted[name])
        ratio = counted[least] / counted[greatest] if counted[greatest] else 1.0
        found |= {"least": least, "greatest": greatest, "ratio": ratio}
    return found
