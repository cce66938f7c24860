"""The target: which task it poses, and its values as the models take them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from automl.errors import DataError, SpecError
from automl.parsing.scalars import canonical_label, is_missing, parse_number, to_label
from automl.parsing.vectorized import factorize, map_unique, to_floats
from automl.preprocessing.column_stats import ColumnStats, compute_column_stats
from vocabulary import TASKS

MAX_INTEGER_CLASSES = 10
MIN_ROWS = 10
# Beyond these the squares of differences leave float64, and scaled values leave float32.
MAX_ABS_VALUE = 1e100
MIN_SPREAD = 1e-100


@dataclass(frozen=True)
class Target:
    """A target ready for models, without the rows where it is missing.

    Attributes:
        task: binary, multiclass or regression.
        y: float64 (m,) for regression, else int64 class codes (m,); in binary tasks 1 is the positive class.
        mask: bool (n,) over the rows of the table; m are True, the others have no target.
        classes: the labels as text exactly as in the file, in the order of their codes; () for regression.
        labels: the same labels as the objects they were in the data frame.
    """

    task: str
    y: npt.NDArray[np.float64] | npt.NDArray[np.int64]
    mask: npt.NDArray[np.bool_]
    classes: tuple[str, ...] = ()
    labels: tuple[Any, ...] = ()


def infer_task(series: pd.Series) -> tuple[str, str]:
    """Infer the task a target poses, and return it with the reason, in words.

    Two distinct values make it binary; numbers with fractions, or more than 10 distinct ones, regression;
    everything else multiclass.
    """
    about = compute_column_stats(series, str(series.name))
    distinct = about.n_distinct
    if distinct == 2:
        return "binary", "the target has two distinct values"
    if about.dtype_kind in ("boolean", "category"):
        return "multiclass", f"the target is categorical with {distinct} distinct values"
    if about.dtype_kind == "date" or about.number_format.share < 0.95:
        return "multiclass", f"the target has {distinct} distinct labels"
    if distinct > MAX_INTEGER_CLASSES:
        return "regression", f"the target is numeric with {distinct} distinct values"
    decimal, unit, _ = about.number_format
    read = [parse_number(value, decimal, unit) for value in about.values]
    if all(value.is_integer() for value in read if value == value):
        return (
            "multiclass",
            f"the target holds only {distinct} distinct whole numbers; choose regression if they are amounts",
        )
    return "regression", "the target holds numbers with fractions"


def encode_target(series: pd.Series, task: str = "auto", positive_class: object = None) -> Target:
    """Encode the target column as values for models.

    Args:
        series: (n,) the target as it stands in the table.
        task: binary, multiclass, regression, or auto.
        positive_class: for binary tasks, the label that becomes code 1; by default the last in
            order (`yes`, `true`, 1 …).

    Raises:
        DataError: TARGET_ALL_MISSING, TARGET_CONSTANT, TARGET_NOT_NUMERIC, TARGET_OUT_OF_RANGE, TARGET_NOT_BINARY,
            TARGET_ALL_DIFFERENT or CLASSES_TOO_RARE.
        SpecError: UNKNOWN_TASK, UNKNOWN_POSITIVE_CLASS.
    """
    name = str(series.name)
    if task == "auto":
        task = infer_task(series)[0]
    if task not in TASKS:
        raise SpecError("UNKNOWN_TASK", f"There is no task {task!r}.", f"Choose one of {', '.join(TASKS)}.")
    about = compute_column_stats(series, name)
    if about.n_present == 0:
        raise DataError(
            "TARGET_ALL_MISSING",
            f"The target {name!r} has no value in any row.",
            "Choose another target.",
            column=name,
        )
    if about.n_distinct == 1:
        raise DataError(
            "TARGET_CONSTANT",
            f"The target {name!r} is {about.values[0]!r} in every row: there is nothing to predict.",
            "Choose another target, or add rows with other values.",
            column=name,
        )
    return _encode_numbers(series, about) if task == "regression" else _encode_classes(series, task, positive_class)


def _encode_numbers(series: pd.Series, about: ColumnStats) -> Target:
    decimal, unit, _ = about.number_format
    read = partial(parse_number, decimal=decimal, unit=unit)
    values = to_floats(series)
    if values is None:
        values = map_unique(series, read, np.nan, np.float64)
        strange = [text for text in about.values if not is_missing(text) and read(text) != read(text)]
        if strange:
            raise DataError(
                "TARGET_NOT_NUMERIC",
                f"The target {about.name!r} holds {strange[0][:80]!r}, which is not a number.",
                "Fix or clear these cells, or choose a classification task.",
                column=about.name,
            )
    mask = np.isfinite(values)
    if not mask.any() or np.ptp(values[mask]) == 0:
        raise DataError(
            "TARGET_CONSTANT",
            f"The target {about.name!r} has fewer than two different numbers: there is nothing to predict.",
            "Choose another target, or add rows with other values.",
            column=about.name,
        )
    half_span = float(np.ptp(values[mask] / 2))
    if not MIN_SPREAD < half_span < MAX_ABS_VALUE:
        raise DataError(
            "TARGET_OUT_OF_RANGE",
            f"The values of the target {about.name!r} lie about {half_span:.0e} apart: no score can be computed.",
            "Convert it to another unit, or take its logarithm.",
            column=about.name,
        )
    return Target("regression", values[mask], mask)


def _encode_classes(series: pd.Series, task: str, positive_class: object) -> Target:
    codes, uniques = factorize(series)
    by_label: dict[str, Any] = {}
    for each in uniques:
        text = to_label(each)
        if text is not None:
            by_label.setdefault(text, each)
    classes = sorted(by_label, key=_class_sort_key)
    if task == "binary":
        if len(classes) != 2:
            raise DataError(
                "TARGET_NOT_BINARY",
                f"The target {series.name!r} has {len(classes)} distinct values; a binary task needs two.",
                "Choose multiclass or regression, or choose another target.",
                column=str(series.name),
            )
        classes = _positive_last(classes, positive_class)
    elif positive_class is not None:
        raise SpecError("POSITIVE_CLASS_NOT_BINARY", f"A {task} task has no positive class.", "Leave it out.")
    position: dict[str | None, int] = {text: code for code, text in enumerate(classes)}
    table = np.array([position.get(to_label(each), -1) for each in uniques] + [-1], dtype=np.int64)
    y = table[codes]
    mask = y >= 0
    _reject_singleton_classes(str(series.name), classes, np.bincount(y[mask], minlength=len(classes)))
    return Target(task, y[mask], mask, tuple(classes), tuple(by_label[text] for text in classes))


def _reject_singleton_classes(name: str, classes: list[str], counts: npt.NDArray[np.int64]) -> None:
    """Refuse a target of which all but one class have a single row: none is left to validate a model on."""
    if np.sort(counts)[-2:][0] > 1 or counts.sum() < MIN_ROWS:
        return
    if counts.max() == 1:
        detail = f"The target {name!r} has a different label in each of its {len(classes):,} rows."
        fix = "Choose another target, or convert it to labels that repeat or to numbers (dates to days)."
        raise DataError("TARGET_ALL_DIFFERENT", detail, fix, column=name)
    common, alone = classes[int(counts.argmax())][:80], classes[int(counts.argmin())][:80]
    detail = f"Every label of the target {name!r} but {common!r} has only one row, such as {alone!r}."
    raise DataError("CLASSES_TOO_RARE", detail, "Add rows of the rare labels.", column=name)


def _class_sort_key(text: str) -> tuple[int, float, str, str]:
    """Return a key that sorts numbers by size, then words; this puts yes after no, true after false, 1 after 0."""
    number = parse_number(text)
    return (1, 0.0, text.lower(), text) if number != number else (0, number, "", text)


def _positive_last(classes: list[str], positive_class: object) -> list[str]:
    if positive_class is None:
        return classes
    matching = [text for text in classes if text == to_label(positive_class)] or [
        text for text in classes if canonical_label(text) == canonical_label(positive_class)
    ]
    if not matching:
        raise SpecError(
            "UNKNOWN_POSITIVE_CLASS",
            f"The target has no class {positive_class!r}.",
            f"Choose {classes[0]!r} or {classes[1]!r}.",
        )
    return [text for text in classes if text != matching[0]] + matching[:1]
