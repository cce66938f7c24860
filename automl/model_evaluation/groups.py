"""Rows in groups, by what stands in a column: its labels, or quarters of its range with equally many rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from automl._typing import Array
from automl.parsing.dates import parse_date
from automl.parsing.labels import read_labels
from automl.parsing.numbers import parse_number
from automl.parsing.scalars import to_label
from automl.parsing.vectorized import factorize, map_unique, to_floats
from automl.preprocessing.columns.column_stats import ColumnStats
from automl.preprocessing.columns.column_types import infer_type

MAX_LABELS = 12
"""Maximum labels with a group each, the most frequent ones; the others share one."""
N_QUANTILES = 4
MAX_CHARACTERS = 60
MISSING, OTHERS = "missing", "other values"
NONE = -1
"""Code of a row that is in no group."""


class RowGroup(NamedTuple):
    """Some rows of a table: the columns by which they are grouped, what stands in them, and their places."""

    column: str
    value: str
    rows: Array


@dataclass(frozen=True)
class Grouping:
    """Groups of n rows.

    Attributes:
        columns: whose cells decide.
        names: of the k groups, each what stands in its rows.
        codes: (n,) the group of each row; below 0 in none.
    """

    columns: tuple[str, ...]
    names: tuple[str, ...]
    codes: Array

    @property
    def column(self) -> str:
        """The columns as one name."""
        return " × ".join(self.columns)

    def __iter__(self) -> Iterator[RowGroup]:
        """Yield each group."""
        order = np.argsort(self.codes, kind="stable")
        starts = np.searchsorted(self.codes[order], np.arange(len(self.names) + 1))
        for name, start, end in zip(self.names, starts, starts[1:], strict=False):
            yield RowGroup(self.column, name, order[start:end])

    def crossed(self, other: Grouping) -> Grouping:
        """Return the groups of rows that share both."""
        codes = np.where(
            (self.codes >= 0) & (other.codes >= 0), self.codes * len(other.names) + other.codes, NONE
        )  # fmt: skip
        names = tuple(f"{mine} × {its}" for mine in self.names for its in other.names)
        return Grouping((*self.columns, *other.columns), names, codes)


def group_rows(series: pd.Series, about: ColumnStats) -> Grouping | str:
    """Group rows by a column.

    Args:
        series: (n,) raw cells.
        about: the column's facts, as the whole table decides them.

    Returns:
        The groups; or why there are none, in words.
    """
    name = about.name
    kind = about.options.type or infer_type(about)
    if kind == "constant":
        return "it holds the same in every row"
    if kind == "id":
        return "it holds something else in every row"
    if kind == "text":
        return "it holds free text"
    if kind == "date":
        order = about.date_order.order
        return _by_size(name, map_unique(series, partial(parse_date, order=order), np.nan, np.float64), _day)
    if kind == "number" and len(about.non_missing) > MAX_LABELS:
        return _by_size(name, _numbers(series, about), lambda value: f"{value:.4g}")
    return _by_label(series, name)


def _by_label(series: pd.Series, name: str) -> Grouping:
    codes, uniques = factorize(series)
    counts = np.bincount(codes[codes >= 0], minlength=len(uniques))
    labels = read_labels(uniques, counts.tolist())
    ranked = sorted(labels.by_key.items(), key=lambda pair: (-pair[1].count, pair[1].text))
    place = {key: min(i, MAX_LABELS) for i, (key, _) in enumerate(ranked)}
    names = [label.text[:MAX_CHARACTERS] for _, label in ranked[:MAX_LABELS]]
    if len(ranked) > MAX_LABELS:
        names.append(OTHERS)
    missing = len(names)
    table = np.array([*(place.get(labels.key(cell) or "", missing) for cell in uniques), missing], dtype=np.int64)
    return _used(name, [*names, MISSING], table[codes])


def _by_size(name: str, values: Array, write: Any) -> Grouping:
    present = values[np.isfinite(values)]
    if not len(present):
        return _used(name, [MISSING], np.zeros(len(values), dtype=np.int64))
    edges = np.unique(np.quantile(present, np.linspace(0, 1, N_QUANTILES + 1)[1:-1], method="lower"))
    edges = edges[edges < present.max()]
    bounds = [float(present.min()), *edges.tolist(), float(present.max())]
    names = [
        f"{write(low)} to {write(high)}" if i == 0 else f"above {write(low)} to {write(high)}"
        for i, (low, high) in enumerate(pairwise(bounds))
    ]
    codes = np.where(np.isfinite(values), np.searchsorted(edges, values, side="left"), len(names))
    return _used(name, [*names, MISSING], codes)


def _numbers(series: pd.Series, about: ColumnStats) -> Array:
    values = to_floats(series)
    if values is not None:
        return values
    form = about.number_format
    return map_unique(series, partial(parse_number, decimal=form.decimal, unit=form.unit), np.nan, np.float64)


def _day(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).date().isoformat()
    except (OverflowError, ValueError, OSError):
        return to_label(seconds) or ""


def _used(name: str, names: Sequence[str], codes: Array) -> Grouping:
    """Return the groups that have rows."""
    used = np.flatnonzero(np.bincount(codes, minlength=len(names)))
    place = np.full(len(names), NONE)
    place[used] = np.arange(len(used))
    return Grouping((name,), tuple(names[i] for i in used.tolist()), place[codes])
