"""Drift of the inputs: which columns of new rows are no longer what the model was trained on, and does it matter?

A column has drifted where its p, adjusted over all columns, is small AND its effect is large: by p alone nearly every
column drifts once there are rows enough, by the effect alone any does while there are few.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from automl.evaluation.calibration import wilson
from automl.evaluation.to_json import to_json
from automl.monitoring.columns.column_cells import LABELS, TEXT, ColumnCells, readers
from automl.monitoring.columns.histograms import histogram, label_counts
from automl.monitoring.columns.quality import ColumnQuality, column_quality
from automl.monitoring.columns.statistics import Comparison, adjust_p, compare_labels, compare_numbers
from automl.monitoring.columns.text_comparison import compare_texts
from automl.monitoring.settings import DriftSettings, MonitorSettings
from automl.preprocessing.preprocessor import columns_by_name
from automl.wording import plural

MAX_ROWS = 10_000
"""Rows of either side; of more a sample is compared, and said to be one."""
METHODS = {
    "number": "KS + normalised Wasserstein",
    "date": "KS + normalised Wasserstein",
    "category": "chi² + Jensen-Shannon",
    "boolean": "chi² + Jensen-Shannon",
    "text": "rank test of a classifier of words + 2 AUC - 1",
}


@dataclass(frozen=True)
class ComparedColumn:
    """One column of both sides, and what came of comparing them."""

    feature: Mapping[str, Any]
    reference: ColumnCells
    now: ColumnCells
    comparison: Comparison
    quality: ColumnQuality


@dataclass(frozen=True)
class Drift:
    """What drift has to say.

    Attributes:
        columns: `{name, importance, type, drifted, effect, threshold, method, statistic, p, p_adjusted, psi, missing,
            unseen, out_of_range?, problems, histogram}` of each column, the most important first.
        inputs: `{rows, reference_rows, sampled, share_drifted, weighted_share, weighted, drifted, outside, why}`.
        compared: the columns as they were read.
    """

    columns: list[dict[str, Any]]
    inputs: dict[str, Any]
    compared: list[ComparedColumn] = field(default_factory=list, repr=False)

    def to_json(self) -> dict[str, Any]:
        """Return `{columns, inputs}`."""
        return {"columns": self.columns, "inputs": self.inputs}


def drift(
    reference: pd.DataFrame,
    rows: pd.DataFrame,
    features: Sequence[Mapping[str, Any]],
    *,
    importance: Sequence[Mapping[str, Any]] = (),
    settings: Mapping[str, Any] | MonitorSettings | None = None,
    seed: int = 0,
    deadline: float | None = None,
) -> Drift:
    """Compare new rows with those that a model was trained on, column by column.

    Args:
        reference: (m) training rows, raw cells; `Reference.rows`.
        rows: (n) new rows, raw cells; a column that is not there counts as missing.
        features: the model's, of its summary; those that the reference has not are left out.
        importance: `{feature, importance}` of its summary; without any, all columns count alike.
        settings: of a monitor.
        seed: of samples.
        deadline: `time.monotonic()`; columns not reached by then are left out and counted.
    """
    chosen = settings if isinstance(settings, MonitorSettings) else MonitorSettings.of(settings)
    rng = np.random.default_rng(seed)
    before, after = (_sampled(frame, rng) for frame in (reference, rows))
    weights = {str(each["feature"]): max(0.0, float(each["importance"])) for each in importance}
    by_name = {str(feature["name"]): feature for feature in features}
    ordered = sorted(readers(before, features), key=lambda reader: -weights.get(reader.name, 0.0))
    old, new = columns_by_name(before), columns_by_name(after)
    compared: list[ComparedColumn] = []
    for reader in ordered:
        if deadline is not None and time.monotonic() > deadline:
            break
        was, now = reader.read(old.get(reader.name), len(before)), reader.read(new.get(reader.name), len(after))
        feature = by_name[reader.name]
        quality = column_quality(feature, was, now, chosen.quality)
        compared.append(ComparedColumn(feature, was, now, compare(was, now, seed), quality))
    columns = describe_columns(compared, weights, chosen.drift)
    inputs = {
        "rows": len(rows),
        "reference_rows": len(reference),
        "sampled": max(len(rows), len(reference)) > MAX_ROWS,
        **_shares(columns, chosen.drift),
        "outside": _outside(compared, len(after)),
    }
    if len(compared) < len(ordered):
        inputs["why"] += f" {plural(len(ordered) - len(compared), 'column')} could not be compared in time."
    return Drift(list(to_json(columns)), dict(to_json(inputs)), compared)


def compare(reference: ColumnCells, now: ColumnCells, seed: int = 0) -> Comparison:
    """Compare two samples of a column; missing cells are no part of it."""
    if reference.kind in LABELS:
        # New labels one by one: together they would be a group that the reference cannot have, however rare each is.
        new = np.array([count for _, count in now.unseen], dtype=np.int64)
        before = np.append(label_counts(reference)[:-1], np.zeros_like(new))
        return compare_labels(before, np.append(label_counts(now)[:-1], new))
    if reference.kind == TEXT:
        return compare_texts(reference.texts[~reference.missing], now.texts[~now.missing], seed)
    return compare_numbers(reference.known, now.known)


def _sampled(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    if len(frame) <= MAX_ROWS:
        return frame
    return frame.iloc[np.sort(rng.choice(len(frame), MAX_ROWS, replace=False))]


def describe_columns(
    compared: Sequence[ComparedColumn], weights: Mapping[str, float], settings: DriftSettings
) -> list[dict[str, Any]]:
    """Say of each compared column what it is, how far it is off, and whether it has drifted.

    Args:
        compared: the columns; p is adjusted over all of them.
        weights: their importance, by name.
        settings: when a column has drifted.
    """
    tested = [each for each in compared if each.comparison.p is not None]
    adjusted = adjust_p(np.array([each.comparison.p for each in tested]))
    p_of = {id(each): float(p) for each, p in zip(tested, adjusted, strict=True)}
    columns = []
    for each in compared:
        found, threshold = each.comparison, settings.effect_of(each.reference.kind)
        p = p_of.get(id(each))
        name = str(each.feature["name"])
        columns.append(
            {
                "name": name,
                "importance": weights.get(name),
                "type": each.reference.kind,
                "drifted": p is not None and p < settings.adjusted_p and (found.effect or 0.0) > threshold,
                "effect": found.effect,
                "threshold": threshold,
                "method": METHODS[each.reference.kind],
                "statistic": found.statistic,
                "p": found.p,
                "p_adjusted": p,
                "psi": found.psi,
                **each.quality.summary,
                "problems": each.quality.problems,
                "histogram": histogram(each.reference, each.now),
            }
        )
    return columns


def _shares(columns: Sequence[Mapping[str, Any]], settings: DriftSettings) -> dict[str, Any]:
    """Return how much of the inputs has drifted, by number of columns and by importance."""
    drifted = np.array([bool(column["drifted"]) for column in columns])
    weight = np.array([column["importance"] or 0.0 for column in columns])
    share = float(drifted.mean()) if len(drifted) else 0.0
    weighted = settings.weighted and bool(weight.sum() > 0)
    by_weight = float(weight[drifted].sum() / weight.sum()) if len(drifted) and weight.sum() > 0 else share
    counted = by_weight if weighted else share
    names = [repr(column["name"]) for column in columns if column["drifted"]]
    listed = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    if not names:
        why = f"None of {plural(len(columns), 'column')} has drifted."
    else:
        of_what = "of the importance of all columns" if weighted else f"of {plural(len(columns), 'column')}"
        why = f"{listed} {'has' if len(names) == 1 else 'have'} drifted: {counted:.0%} {of_what}."
    return {
        "share_drifted": share,
        "weighted_share": by_weight,
        "weighted": weighted,
        "drifted": bool(names) and counted >= settings.share,
        "why": why,
    }


def _outside(compared: Sequence[ComparedColumn], n_rows: int) -> dict[str, Any]:
    """Return the share of rows with a cell such as training did not have; dates, which always go on, do not count."""
    flags: npt.NDArray[np.bool_] = np.zeros(n_rows, dtype=np.bool_)
    inside = 1.0
    for each in compared:
        if each.reference.kind != "date":
            flags |= each.quality.outside
            inside *= 1 - each.quality.expected_outside
    share = float(flags.mean()) if n_rows else 0.0
    return {"share": share, "low": wilson(share, n_rows)[0] if n_rows else 0.0, "expected": 1 - inside}
