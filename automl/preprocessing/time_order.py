"""The order in time of a table's rows, by the column that says when each was."""

from __future__ import annotations

import numpy as np
import pandas as pd

from automl._typing import Array
from automl.parsing.scalars import to_label
from automl.parsing.vectorized import map_unique, to_floats
from automl.preprocessing.columns.column_stats import ColumnStats
from automl.preprocessing.transformers.basic import DatetimeTransformer, NumericTransformer


def time_order(series: pd.Series, about: ColumnStats) -> Array:
    """Return sortable values (n,) of a time column: dates, else numbers, else the alphabet; missing ones first."""
    for values in (
        to_floats(series),
        DatetimeTransformer(about.name, about.date_order.order).seconds(series),
        NumericTransformer(about.name, about.number_format.decimal, about.number_format.unit).values(series),
    ):
        if values is not None and np.isfinite(values).mean() > 0.9:
            return np.where(np.isfinite(values), values, -np.inf)
    return map_unique(series, lambda cell: to_label(cell) or "", "", object)
