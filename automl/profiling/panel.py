"""Panel data: rows of the same things at several times, such as countries by year."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from automl.parsing.vectorized import factorize
from automl.preprocessing.columns.column_stats import ColumnStats
from automl.preprocessing.columns.column_types import are_codes, names_groups
from automl.preprocessing.transformers.basic import NumericTransformer

MIN_ROWS = 30
MIN_FILLED = 0.3
"""Share of all pairs of thing and time that have a row: chance alone leaves few pairs without a second one."""
MAX_TIMES, MAX_ENTITIES = 5, 20
MAX_PERIODS = 500
_YEARS = (1800, 2200)


class PanelCheck:
    """Looks at columns one by one for a pair of thing and time that names each row once."""

    def __init__(self) -> None:
        self._times: dict[str, npt.NDArray[np.int64]] = {}
        self._entities: dict[str, npt.NDArray[np.int64]] = {}

    def observe(self, cells: pd.Series, about: ColumnStats, type_: str) -> None:
        """Take note of a column (n,)."""
        if about.n_rows < MIN_ROWS or about.n_missing:
            return
        if len(self._times) < MAX_TIMES and _may_be_period(about, type_):
            self._times[about.name] = factorize(cells)[0]
        elif len(self._entities) < MAX_ENTITIES and _may_be_entity(about, type_):
            self._entities[about.name] = factorize(cells)[0]

    def finding(self) -> tuple[str, str, str, str, str] | None:
        """Return (severity, reason, detail, fix, column) of the first such pair."""
        for when, periods in self._times.items():
            for thing, entities in self._entities.items():
                n_periods, n_entities = int(periods.max()) + 1, int(entities.max()) + 1
                pairs = np.unique(entities * n_periods + periods)
                if len(pairs) < 0.99 * len(periods) or len(periods) < MIN_FILLED * n_periods * n_entities:
                    continue
                detail = (
                    f"Panel data: each {thing!r} has one row for each {when!r}. Rows of the same {thing!r} are alike,"
                    " and a random split has them in training and in validation."
                )
                fix = f"Set {thing!r} as the group column to score on unseen ones, or {when!r} as the time column."
                return "warning", "PANEL_DATA", detail, fix, thing
        return None


def _may_be_period(about: ColumnStats, type_: str) -> bool:
    if not 2 <= about.n_distinct <= min(MAX_PERIODS, about.n_present / 2):
        return False
    if type_ == "date":
        return True
    values: Any = NumericTransformer("").values(list(about.values)) if type_ == "number" else np.array([np.nan])
    return bool(np.all((values >= _YEARS[0]) & (values <= _YEARS[1]) & (values % 1 == 0)))


def _may_be_entity(about: ColumnStats, type_: str) -> bool:
    if not 2 <= about.n_distinct <= about.n_present / 2:
        return False
    if type_ in ("category", "text"):
        return True
    return type_ == "number" and names_groups(about) and are_codes(about)
