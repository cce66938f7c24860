"""Data quality of one column: cells that are missing, labels that are new, values out of the training range.

A rate counts as risen where the lower end of Wilson's interval is above what it was by more than the threshold: on few
rows a rate says little.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from automl.evaluation.calibration import wilson
from automl.monitoring.columns.column_cells import LABELS, VALUES, ColumnCells
from automl.monitoring.settings import QualitySettings

MAX_UNSEEN = 10


@dataclass(frozen=True)
class ColumnQuality:
    """What is to be said of the cells of a window.

    Attributes:
        summary: `{missing: {rate, was}, unseen: [{label, rows}…], unseen_rate?, out_of_range?, unreadable?}`.
        problems: `{kind, rate, was, detail}` of each rate that has risen.
        outside: bool (n,), whether each row's cell is new to the model: an unseen label, or out of range.
        expected_outside: share of rows of which the same would be by chance.
    """

    summary: dict[str, Any]
    problems: list[dict[str, Any]]
    outside: npt.NDArray[np.bool_]
    expected_outside: float = 0.0


@dataclass(frozen=True)
class _Rate:
    kind: str
    rate: float
    was: float
    words: str
    examples: tuple[str, ...] = field(default=())


def column_quality(
    feature: Mapping[str, Any], reference: ColumnCells, now: ColumnCells, settings: QualitySettings
) -> ColumnQuality:
    """Compare the cells of a window with those of the reference.

    Args:
        feature: the column in the model's `features`: the range is that of all training rows.
        reference: its cells in the reference.
        now: its cells in the window.
        settings: by how much rates may rise.
    """
    n, outside, expected = len(now), np.zeros(len(now), dtype=np.bool_), 0.0
    missing = _Rate("missing", _mean(now.missing), _mean(reference.missing), "missing")
    rates = [missing]
    summary: dict[str, Any] = {"missing": {"rate": missing.rate, "was": missing.was}, "unseen": []}
    if now.kind in LABELS:
        outside = now.codes == len(now.labels)
        expected = chance_of_new_label(reference.codes)
        words = tuple(label for label, _ in now.unseen[:MAX_UNSEEN])
        rates.append(_Rate("unseen", _mean(outside), expected, "labels that training did not have", words))
        summary["unseen"] = [{"label": label, "rows": rows} for label, rows in now.unseen[:MAX_UNSEEN]]
        summary["unseen_rate"] = {"rate": rates[-1].rate, "was": expected}
    elif now.kind in VALUES and len(reference.known):
        low, high = range_of(feature, reference)
        outside = (now.values < low) | (now.values > high)
        # One more row of the same kind is the least or the greatest of all with this chance.
        expected = min(1.0, 2 / (len(reference.known) + 1))
        rates.append(_Rate("out_of_range", _mean(outside), expected, "values out of the training range"))
        summary["out_of_range"] = rates[-1].rate
    if now.unread.n:
        summary["unreadable"] = {"rows": now.unread.n, "examples": [word[:40] for word, _ in now.unread.words[:5]]}
    limits = {"missing": settings.missing, "unseen": settings.unseen, "out_of_range": settings.out_of_range}
    problems = [
        {"kind": each.kind, "rate": each.rate, "was": each.was, "detail": _sentence(feature["name"], each)}
        for each in rates
        if n and wilson(each.rate, n)[0] > each.was + limits[each.kind]
    ]
    return ColumnQuality(summary, problems, np.asarray(outside, dtype=np.bool_), expected)


def range_of(feature: Mapping[str, Any], reference: ColumnCells) -> tuple[float, float]:
    """Return the least and the greatest value of training, as far as the model knows it, else of the reference."""
    low, high = float(reference.known.min()), float(reference.known.max())
    edges = feature.get("range")
    if not edges:
        return low, high
    if reference.kind == "date":
        edges = [float(np.datetime64(edge, "s").astype(np.int64)) for edge in edges]
    return min(low, float(edges[0])), max(high, float(edges[1]))


def chance_of_new_label(codes: npt.NDArray[np.int64]) -> float:
    """Return the chance that one more cell has a label not met so far (Good 1953): the share of those met once."""
    known = codes[codes >= 0]
    return float((np.bincount(known) == 1).sum() / len(known)) if len(known) else 0.0


def _mean(flags: npt.NDArray[np.bool_]) -> float:
    return float(flags.mean()) if len(flags) else 0.0


def _sentence(name: str, rate: _Rate) -> str:
    examples = f", such as {', '.join(map(repr, rate.examples[:3]))}" if rate.examples else ""
    verb = "are" if rate.kind == "missing" else "have"
    return f"{rate.rate:.1%} of the cells of {name!r} {verb} {rate.words}{examples}; {rate.was:.1%} were expected."
