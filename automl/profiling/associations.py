"""Pairs: which columns of a table say much the same, whatever their types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from automl.parsing.vectorized import factorize
from automl.preprocessing.columns.column_stats import ColumnStats
from automl.preprocessing.columns.table_stats import compute_table_stats
from automl.preprocessing.columns.unread_cells import read_values
from automl.preprocessing.preprocessor import columns_by_name

MAX_ROWS = 5_000
MAX_COLUMNS = 60
MAX_GROUPS = 10
MAX_PAIRS = 20
MIN_STRENGTH = 0.2
SKIPPED = ("constant", "id", "text")


def associations(
    frame: pd.DataFrame, types: Mapping[str, str], seed: int = 0, stats: Mapping[str, ColumnStats] | None = None
) -> list[dict[str, Any]]:
    """Return `{a, b, strength}` of the 20 strongest pairs, strongest first.

    Strength is Cramér's V, corrected for bias (Bergsma 2013), over labels or tenths; missing cells are a group of their
    own. Of at most 5,000 rows and the first 60 columns that are neither constant, ids nor free text.

    Args:
        frame: the table.
        types: of its columns.
        seed: of the sample of rows.
        stats: of its columns, where they are known.
    """
    rows = frame
    if len(frame) > MAX_ROWS:
        rows = frame.iloc[np.sort(np.random.default_rng(seed).choice(len(frame), MAX_ROWS, replace=False))]
    chosen = [name for name, type_ in types.items() if type_ not in SKIPPED][:MAX_COLUMNS]
    columns = columns_by_name(rows)
    known = stats or compute_table_stats(frame)
    groups = {name: _groups(pd.Series(columns[name]), known[name], types[name]) for name in chosen}
    found: list[dict[str, Any]] = []
    for i, a in enumerate(chosen):
        for b in chosen[i + 1 :]:
            strength = cramers_v(groups[a], groups[b])
            if strength >= MIN_STRENGTH:
                found.append({"a": a, "b": b, "strength": round(strength, 3)})
    return sorted(found, key=lambda pair: -float(pair["strength"]))[:MAX_PAIRS]


def cramers_v(a: npt.NDArray[np.int64], b: npt.NDArray[np.int64]) -> float:
    """Compute the association of two groupings (n,) of codes from 0: 0 none, 1 each determines the other."""
    n, r, k = len(a), int(a.max(initial=0)) + 1, int(b.max(initial=0)) + 1
    table = np.bincount(a * k + b, minlength=r * k).reshape(r, k).astype(np.float64)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    if n < 2 or min(table.shape) < 2:
        return 0.0
    r, k = table.shape
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    phi = max(0.0, float(((table - expected) ** 2 / expected).sum()) / n - (r - 1) * (k - 1) / (n - 1))
    width = min(r - (r - 1) ** 2 / (n - 1), k - (k - 1) ** 2 / (n - 1)) - 1
    return float(min(1.0, np.sqrt(phi / width))) if width > 0 else 0.0


def _groups(cells: pd.Series, about: ColumnStats, type_: str) -> npt.NDArray[np.int64]:
    """Return codes (n,) of at most ten groups and the missing cells: tenths of numbers, most frequent labels."""
    if type_ in ("number", "date"):
        return _deciles(np.asarray(read_values(cells, about, type_)))
    codes = factorize(cells)[0]
    sizes = np.bincount(codes[codes >= 0], minlength=1)
    # The last place, which code -1 reads, is for missing cells; the one before for the rarer labels.
    place = np.append(np.full(len(sizes), MAX_GROUPS), MAX_GROUPS + 1)
    place[np.argsort(-sizes, kind="stable")[:MAX_GROUPS]] = np.arange(min(MAX_GROUPS, len(sizes)))
    return place[codes]


def _deciles(values: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    known = np.isfinite(values)
    if not known.any():
        return np.zeros(len(values), dtype=np.int64)
    edges = np.unique(np.quantile(values[known], np.linspace(0, 1, MAX_GROUPS + 1)[1:-1]))
    return np.where(known, np.searchsorted(edges, values, side="right") + 1, 0)
