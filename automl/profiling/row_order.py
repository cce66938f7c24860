"""The order of the rows: whether the file is sorted, and what changes along it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import stats

from automl.metrics import get_metric
from automl.preprocessing.signal_tests import has_signal
from automl.profiling.single_feature import cross_fitted_means

MIN_ROWS = 50
SORTED_RHO = 0.99
DRIFT_R2 = 0.25
SAMPLE_ROWS = 10_000

Finding = tuple[str, str, str, str, str | None]


class RowOrder:
    """Looks at columns one by one and tells what they say of the place of a row in the file.

    Args:
        rows: (n,) places in the file of rows drawn at random.
    """

    def __init__(self, rows: npt.NDArray[np.intp]) -> None:
        self._places = rows.astype(np.float64)[:, None]
        self._in_time: list[str] = []
        self._drifting: list[tuple[float, str]] = []
        self._dates: list[str] = []

    def observe(
        self, name: str, type_: str, groups: npt.NDArray[np.int64], values: npt.NDArray[np.float64] | None
    ) -> None:
        """Take note of a column, given by its groups (n,) and numbers (n,) as `association.groups_of` makes them."""
        if type_ == "date":
            self._dates.append(name)
        if len(self._places) < MIN_ROWS or groups.max() == groups.min():
            return
        if type_ == "date" and values is not None:
            known = np.isfinite(values)
            rho = stats.spearmanr(values[known], self._places[known, 0]).statistic if known.sum() >= MIN_ROWS else 0.0
            if abs(rho) > SORTED_RHO:
                self._in_time.append(name)
                return
        share = get_metric("r2").score(self._places[:, 0], cross_fitted_means(groups, self._places)[:, 0])
        if share > DRIFT_R2:
            self._drifting.append((share, name))

    def findings(self, y: npt.NDArray[Any]) -> Iterator[Finding]:
        """Yield (severity, reason, detail, fix, column) of each finding; `y` (m,) is the target in the file's order."""
        steps = np.diff(y[:: max(1, len(y) // SAMPLE_ROWS)])
        if len(steps) >= 10 and ((steps >= 0).all() or (steps <= 0).all()):
            fix = "No action needed: rows are shuffled before they are split."
            yield "info", "SORTED_BY_TARGET", "The file is sorted by the target.", fix, None
            return
        drifts = has_signal(np.arange(len(y), dtype=np.float64), y)
        if drifts:
            detail = "The target drifts along the file, as it does when rows are in time order."
            fix = "If so, set the time column: the score is then measured on later rows, not on shuffled ones."
            if not self._dates:
                fix = "If so, the score on later rows may be worse: add a column that says when each row is from."
            yield "warning", "DRIFT_BY_ROW_ORDER", detail, fix, None
        for name in self._in_time:
            fix = "If predictions are made for later rows, set it as the time column."
            yield "warning" if drifts else "info", "IN_ORDER_OF_TIME", "The rows are sorted by it.", fix, name
        if self._drifting:
            named = ", ".join(f"{name!r}" for _, name in sorted(self._drifting, reverse=True)[:5])
            detail = f"The row number can be predicted from {named}: the rows are not in random order."
            time = "set the time column" if self._dates else "add a column that says when each is from"
            fix = f"If they are in time order, {time}; if they come in blocks, set a group column."
            yield "info", "FEATURES_DRIFT", detail, fix, None
