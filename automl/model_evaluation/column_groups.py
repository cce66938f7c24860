"""Rows in groups by a column: by its labels, or by quarters of its numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from automl.parsing.labels import read_labels
from automl.parsing.numbers import parse_number
from automl.parsing.vectorized import factorize, map_unique, to_floats
from automl.preprocessing.columns.column_stats import ColumnStats
from automl.preprocessing.columns.column_types import infer_type

N_QUANTILES = 4
MAX_LABELS = 20
MISSING = "missing"


@dataclass(frozen=True)
class ColumnGroup:
    """Some rows of a table.

    Attributes:
        column: by which they are grouped.
        value: what they have in common, in words.
        rows: int64, their places.
    """

    column: str
    value: str
    rows: npt.NDArray[np.int64]


def column_groups(cells: pd.Series, about: ColumnStats) -> Iterator[ColumnGroup]:
    """Yield the groups of a column's rows; none of columns whose cells do not repeat, such as texts.

    Args:
        cells: (n,) of the column.
        about: its facts, as the whole table decides them.
    """
    type_ = about.options.type or infer_type(about)
    if type_ == "number":
        yield from _quantiles(cells, about)
    elif type_ in ("category", "boolean"):
        yield from _labels(cells, about.name)


def _quantiles(cells: pd.Series, about: ColumnStats) -> Iterator[ColumnGroup]:
    values = to_floats(cells)
    if values is None:
        form = about.number_format
        read = partial(parse_number, decimal=form.decimal, unit=form.unit)
        values = map_unique(cells, read, np.nan, np.float64)
    present = np.isfinite(values)
    if present.any():
        edges = np.unique(np.quantile(values[present], np.linspace(0, 1, N_QUANTILES + 1)))
        place = np.clip(np.searchsorted(edges, values, side="right"), 1, max(len(edges) - 1, 1))
        for number in np.unique(place[present]).tolist():
            low, high = edges[number - 1], edges[min(number, len(edges) - 1)]
            words = f"{low:.6g} to {high:.6g}" if high > low else f"{low:.6g}"
            yield ColumnGroup(about.name, words, np.flatnonzero(present & (place == number)))
    if not present.all():
        yield ColumnGroup(about.name, MISSING, np.flatnonzero(~present))


def _labels(cells: pd.Series, column: str) -> Iterator[ColumnGroup]:
    codes, uniques = factorize(cells)
    found = read_labels(uniques, np.bincount(codes[codes >= 0], minlength=len(uniques)).tolist())
    common = sorted(found.by_key.items(), key=lambda pair: -pair[1].count)[:MAX_LABELS]
    place = {key: i for i, (key, _) in enumerate(common)}
    table = np.array([*(place.get(found.key(each) or "", -1) for each in uniques), -2])
    group = table[codes]
    for i, (_, label) in enumerate(common):
        yield ColumnGroup(column, label.text, np.flatnonzero(group == i))
    if (missing := np.flatnonzero(group == -2)).size:
        yield ColumnGroup(column, MISSING, missing)
