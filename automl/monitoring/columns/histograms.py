"""The two distributions of a column, side by side, as a page draws them."""

from __future__ import annotations

from typing import Any

import numpy as np

from automl._typing import Array
from automl.monitoring.columns.column_cells import LABELS, TEXT, ColumnCells

N_BARS = 20
N_LABELS = 12
TAIL = 0.005
"""Share of either end that is drawn with the outermost bar: one far value would squeeze all others into one."""


def histogram(reference: ColumnCells, now: ColumnCells) -> dict[str, Any]:
    """Return `{edges | labels, reference, window}`, shares of the cells that have a value; dates in ISO form."""
    if reference.kind in LABELS:
        return _of_labels(reference, now)
    before, after = _numbers(reference), _numbers(now)
    both = np.concatenate([before, after])
    if not len(before):
        return {"edges": [], "reference": [], "window": []}
    low, high = np.quantile(both, (TAIL, 1 - TAIL))
    with np.errstate(over="ignore"):
        width = high - low
    if not (np.isfinite(width) and width > 1e-12 * max(abs(low), abs(high), 1e-300)):
        edges = np.array([low, high])
        shares = [[1.0] if len(part) else [0.0] for part in (before, after)]
    else:
        edges = np.linspace(low, high, N_BARS + 1)
        shares = [
            (np.histogram(np.clip(part, low, high), edges)[0] / max(len(part), 1)).tolist() for part in (before, after)
        ]
    moments = [str(np.datetime64(round(edge), "s")) for edge in edges.tolist()] if reference.kind == "date" else None
    bars: dict[str, Any] = {"edges": moments or edges.tolist(), "reference": shares[0], "window": shares[1]}
    return bars | ({"of": "characters"} if reference.kind == TEXT else {})


def label_counts(cells: ColumnCells) -> Array:
    """Count each label of the reference, and last those that it has not."""
    return np.bincount(cells.codes[cells.codes >= 0], minlength=len(cells.labels) + 1)


def _of_labels(reference: ColumnCells, now: ColumnCells) -> dict[str, Any]:
    counts = [label_counts(each) for each in (reference, now)]
    shares = [each / max(each.sum(), 1) for each in counts]
    shown = np.argsort(-(shares[0] + shares[1])[:-1], kind="stable")[:N_LABELS]
    shown = shown[(shares[0] + shares[1])[shown] > 0]
    labels = [reference.labels[i][:80] for i in shown.tolist()]
    rest = [1 - float(each[shown].sum()) - float(each[-1]) if each.any() else 0.0 for each in shares]
    bars = [each[shown].tolist() for each in shares]
    if max(rest) > 1e-9:
        labels.append("other labels")
        bars = [[*bar, max(0.0, left)] for bar, left in zip(bars, rest, strict=True)]
    if counts[1][-1]:
        labels.append("new labels")
        bars = [[*bar, float(each[-1])] for bar, each in zip(bars, shares, strict=True)]
    return {"labels": labels, "reference": bars[0], "window": bars[1]}


def _numbers(cells: ColumnCells) -> Array:
    if cells.kind == TEXT:
        return np.array([len(text) for text in cells.texts if text], dtype=np.float64)
    return cells.known
