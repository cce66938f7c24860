"""Leaks: columns that know the target, alone, in a part of their text, or two of them together."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from automl.metrics import get_metric
from automl.parsing.numbers import NAN
from automl.parsing.scalars import to_label
from automl.parsing.substrings import SUBSTRING_PATTERNS, extract_substring, trailing_number
from automl.parsing.vectorized import map_unique
from automl.preprocessing.columns.column_stats import ColumnStats
from automl.profiling.single_feature import NEAR_PERFECT_AUC, discretize, quantile_bins, single_feature_leakage

Leakage = tuple[str, str]

MIN_ROWS = 50
MAX_FORMULA_COLUMNS = 40
FORMULA_ROWS = 1_000
EXACT_R2 = 0.999999
EXACT_AUC = 0.9999
MAX_TERMS = 5_000


def detect_leakage(cells: pd.Series, about: ColumnStats, type_: str, y: npt.NDArray[Any], task: str) -> Leakage | None:
    """Return (reason, detail) if one column, or a part of its text, predicts the target nearly perfectly.

    Args:
        cells: (n,) the column, in rows drawn at random.
        about: its facts.
        type_: one of `vocabulary.COLUMN_TYPES`.
        y: (n,) the target's values or class codes.
        task: binary, multiclass or regression.
    """
    if type_ != "text":
        groups, values = discretize(cells, type_, about)
        leak = single_feature_leakage(groups, values, y, task)
        if leak:
            return leak
    if type_ in ("number", "date", "boolean") or about.dtype_kind != "text" or about.n_distinct < 20:
        return None
    return _substring_leakage(cells, y, task) or (_word_leakage(cells, y) if type_ == "text" else None)


def _substring_leakage(cells: pd.Series, y: npt.NDArray[Any], task: str) -> Leakage | None:
    for which in SUBSTRING_PATTERNS:
        found = map_unique(cells, partial(extract_substring, which=which), None, np.object_)
        codes = pd.factorize(found)[0].astype(np.int64) + 1
        if codes.max() < len(y) // 5 and single_feature_leakage(codes, None, y, task):
            return "LEAKAGE", "Part of its text predicts the target."
    groups, values = quantile_bins(map_unique(cells, trailing_number, NAN, np.float64))
    if single_feature_leakage(groups, values, y, task):
        return "LEAKAGE", "The number in its text predicts the target."
    return None


def _word_leakage(cells: pd.Series, y: npt.NDArray[Any]) -> Leakage | None:
    """Find a word that stands in nearly all texts of one class and in hardly any other."""
    if y.dtype.kind == "f" or len(y) < MIN_ROWS:
        return None
    from sklearn.feature_extraction.text import CountVectorizer

    texts = [to_label(cell) or "" for cell in cells.tolist()]
    counter = CountVectorizer(binary=True, min_df=5, max_features=MAX_TERMS, token_pattern=r"(?u)\b\w+\b")
    try:
        has = counter.fit_transform(texts)
    except ValueError:  # no word is left
        return None
    goal = np.eye(int(y.max()) + 1)[y]
    size = goal.sum(axis=0)
    inside = np.asarray(has.T @ goal)
    hits = inside / np.maximum(size, 1)
    alarms = (inside.sum(axis=1)[:, None] - inside) / np.maximum(len(y) - size, 1)
    area = np.where(size >= 5, (1 + np.abs(hits - alarms)) / 2, 0.5)
    term, code = np.unravel_index(int(area.argmax()), area.shape)
    # For two classes one word separates both; for more, one alone says little of the others.
    if area[term, code] <= NEAR_PERFECT_AUC:
        return None
    word = counter.get_feature_names_out()[term]
    return "LEAKAGE", f"The word {word[:40]!r} alone identifies a class of the target."


def detect_formula(numbers: Mapping[str, npt.NDArray[np.float64]], y: npt.NDArray[Any], task: str) -> Leakage | None:
    """Return (reason, detail) if two columns, or a weighted sum of some, make the target, and none does alone.

    Args:
        numbers: columns (n,), NaN where missing; rows drawn at random.
        y: (n,) the target.
        task: nothing is looked for in multiclass tasks.
    """
    complete = {name: values for name, values in numbers.items() if np.isfinite(values).all() and np.ptp(values) > 0}
    names = list(complete)[:MAX_FORMULA_COLUMNS]
    if len(y) < MIN_ROWS or len(names) < 2 or task == "multiclass":
        return None
    for first, second in itertools.combinations(names, 2):
        for formula, made in _combined(complete[first], complete[second]):
            if _reproduces_target(made, y, task):
                return (
                    "TARGET_FROM_COLUMNS",
                    f"The target equals {formula.format(repr(first), repr(second))}.",
                )
    return _weighted_sum({name: complete[name] for name in names}, y) if task == "regression" else None


def _combined(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> Iterator[tuple[str, npt.NDArray[np.float64]]]:
    yield "{0} + {1}", a + b
    yield "{0} - {1}", a - b
    yield "{0} * {1}", a * b
    if b.all():
        yield "{0} / {1}", a / b
    if a.all():
        yield "{1} / {0}", b / a


def _reproduces_target(made: npt.NDArray[np.float64], y: npt.NDArray[Any], task: str) -> bool:
    if task == "regression":
        return bool(np.ptp(made) > 0 and np.corrcoef(made, y)[0, 1] ** 2 > EXACT_R2)
    score = get_metric("auc").score(y, np.stack([-made, made], axis=1))
    return max(score, 1 - score) > EXACT_AUC


def _weighted_sum(columns: Mapping[str, npt.NDArray[np.float64]], y: npt.NDArray[Any]) -> Leakage | None:
    scaled = [(values - values.mean()) / values.std() for values in columns.values()]
    design = np.stack([*scaled, np.ones(len(y))], axis=1)
    learn = np.arange(len(y)) % 2 == 0
    if learn.sum() < 3 * design.shape[1]:
        return None
    weights = np.linalg.lstsq(design[learn], y[learn], rcond=None)[0]
    if not get_metric("r2").score(y[~learn], design[~learn] @ weights) > EXACT_R2:
        return None
    least = 1e-3 * np.abs(weights[:-1]).max()
    names = [name for name, weight in zip(columns, weights, strict=False) if abs(weight) > least]
    listed = ", ".join(map(repr, names[:5])) + (", …" if len(names) > 5 else "")
    return "TARGET_FROM_COLUMNS", f"The target is a weighted sum of {listed}."
