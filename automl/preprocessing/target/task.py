"""The task that a target poses, by its labels and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from automl.parsing.labels import ColumnLabels, merge_truth_words, read_labels
from automl.parsing.numbers import parse_number
from automl.parsing.vectorized import factorize
from automl.preprocessing.columns.column_stats import ColumnStats, compute_column_stats
from automl.preprocessing.columns.column_types import infer_type

MAX_INTEGER_CLASSES = 10
MAX_SPELLINGS = 200
"""Numbers of more distinct spellings are amounts: they need not be read as labels to tell."""
MIN_NUMBER_SHARE = 0.95
_LABEL_TYPES = ("category", "boolean", "text", "id")


def infer_task(series: pd.Series, about: ColumnStats | None = None, type_: str | None = None) -> tuple[str, str]:
    """Infer the task a target poses, and return it with the reason, in words.

    Two labels make it binary; numbers with fractions, or more than 10 distinct ones, regression; everything else
    multiclass, codes with leading zeros among it.

    Args:
        series: the target.
        about: its facts, where they are known.
        type_: the column's type, where the user insists on one.
    """
    about = about or compute_column_stats(series, str(series.name))
    type_ = type_ or about.options.type
    numbers = about.dtype_kind in ("number", "text") and about.number_format.share >= MIN_NUMBER_SHARE
    codes = numbers and type_ is None and infer_type(about) == "category" and 2 * about.n_distinct <= about.n_present
    if type_ in _LABEL_TYPES:
        numbers = False
    if numbers and not codes and about.n_distinct > MAX_SPELLINGS:
        return "regression", f"the target is numeric with {about.n_distinct} distinct values"
    if about.n_distinct > MAX_SPELLINGS and not codes:
        return "multiclass", f"the target has {about.n_distinct} distinct labels"
    labels = target_labels(*factorize(series))
    distinct = len(labels.by_key)
    if distinct == 2:
        return "binary", "the target has two distinct values"
    if numbers and not codes:
        return _task_of_numbers(about, labels, is_amount=type_ == "number")
    if codes:
        padded = all(len(value) == len(about.values[0]) for value in about.values[:MAX_SPELLINGS])
        return "multiclass", f"the target holds {distinct} distinct codes{' with leading zeros' if padded else ''}"
    if about.dtype_kind in ("boolean", "category"):
        return "multiclass", f"the target is categorical with {distinct} distinct values"
    return "multiclass", f"the target has {distinct} distinct labels"


def _task_of_numbers(about: ColumnStats, labels: ColumnLabels, *, is_amount: bool) -> tuple[str, str]:
    distinct = len(labels.by_key)
    if distinct > MAX_INTEGER_CLASSES or is_amount:
        return "regression", f"the target is numeric with {distinct} distinct values"
    decimal, unit = about.number_format.decimal, about.number_format.unit
    read = [parse_number(label.text, decimal, unit) for label in labels.by_key.values()]
    if all(value.is_integer() for value in read if value == value):
        return (
            "multiclass",
            f"the target holds only {distinct} distinct whole numbers; choose regression if they are amounts",
        )
    return "regression", "the target holds numbers with fractions"


def target_labels(codes: npt.NDArray[np.int64], uniques: Sequence[Any]) -> ColumnLabels:
    """Read the labels of a target, words that say yes and no merged.

    Args:
        codes: (n,) of its cells, -1 where missing, as `factorize` makes them.
        uniques: its distinct cells, in the order of the codes.
    """
    counts = np.bincount(codes[codes >= 0], minlength=len(uniques)).tolist()
    return merge_truth_words(read_labels(uniques, counts))
