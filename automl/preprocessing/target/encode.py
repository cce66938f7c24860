"""The target: its values as the models take them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from automl.errors import DataError, SpecError
from automl.parsing.labels import Label, strip_label
from automl.parsing.numbers import parse_number
from automl.parsing.scalars import is_missing, to_label
from automl.parsing.vectorized import factorize, map_unique, to_floats
from automl.preprocessing.columns.column_stats import ColumnStats, compute_column_stats
from automl.preprocessing.target.positive_class import choose_positive_class
from automl.preprocessing.target.task import infer_task, target_labels
from vocabulary import TASKS

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
        classes: the labels as text, each as it is written most often in the table, in the order of their codes; () for
            regression.
        labels: the same labels as the objects they were in the data frame.
        spellings: of each class, how it is written and how often.
        missing: what stands in the cells without a target and how often, "" for empty ones.
        positive_rule: in binary tasks, why class 1 is the positive one.
    """

    task: str
    y: npt.NDArray[np.float64] | npt.NDArray[np.int64]
    mask: npt.NDArray[np.bool_]
    classes: tuple[str, ...] = ()
    labels: tuple[Any, ...] = ()
    spellings: tuple[tuple[tuple[str, int], ...], ...] = ()
    missing: tuple[tuple[str, int], ...] = ()
    positive_rule: str = ""

    @property
    def class_counts(self) -> npt.NDArray[np.int64]:
        """Rows of each class (k,)."""
        return np.bincount(self.y.astype(np.int64), minlength=len(self.classes))

    @property
    def positive_class(self) -> str | None:
        """The label that binary metrics count; None in other tasks."""
        return self.classes[1] if self.task == "binary" else None


def encode_target(
    series: pd.Series, task: str = "auto", positive_class: object = None, about: ColumnStats | None = None
) -> Target:
    """Encode the target column as values for models.

    Args:
        series: (n,) the target as it stands in the table.
        task: binary, multiclass, regression, or auto.
        positive_class: for binary tasks, the label that becomes code 1; None for the one that the rule of
            `positive_class` chooses.
        about: the target's facts as the whole table decides them, with the type that the user insists on.

    Raises:
        DataError: TARGET_ALL_MISSING, TARGET_CONSTANT, TARGET_NOT_NUMERIC, TARGET_OUT_OF_RANGE, TARGET_NOT_BINARY,
            TARGET_ALL_DIFFERENT or CLASSES_TOO_RARE.
        SpecError: UNKNOWN_TASK, UNKNOWN_POSITIVE_CLASS, POSITIVE_CLASS_NOT_BINARY.
    """
    about = about or compute_column_stats(series, str(series.name))
    if task == "auto":
        task = infer_task(series, about)[0]
    if task not in TASKS:
        raise SpecError("UNKNOWN_TASK", f"There is no task {task!r}.", f"Choose one of {', '.join(TASKS)}.")
    if positive_class is not None and task != "binary":
        raise SpecError("POSITIVE_CLASS_NOT_BINARY", f"A {task} task has no positive class.", "Leave it out.")
    if about.n_present == 0:
        raise all_missing(about.name)
    target = _encode_numbers(series, about) if task == "regression" else _encode_classes(series, task, positive_class)
    return target if target.mask.all() else replace(target, missing=_count_cells(series[~target.mask]))


def all_missing(name: str) -> DataError:
    """Make the error for a target without any value."""
    detail = f"The target {name!r} has no value in any row."
    return DataError("TARGET_ALL_MISSING", detail, "Choose another target.", column=name)


def _count_cells(cells: pd.Series) -> tuple[tuple[str, int], ...]:
    """Count what stands in cells, most frequent first; "" for those that are empty."""
    codes, uniques = factorize(cells)
    counts = np.bincount(codes + 1, minlength=len(uniques) + 1).tolist()
    found = {"": counts[0]}
    for each, count in zip(uniques, counts[1:], strict=True):
        text = strip_label(to_label(each) or "")
        found[text] = found.get(text, 0) + count
    return tuple(
        sorted(((text, count) for text, count in found.items() if count), key=lambda pair: (-pair[1], pair[0]))
    )


def _encode_numbers(series: pd.Series, about: ColumnStats) -> Target:
    decimal, unit = about.number_format.decimal, about.number_format.unit
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
    name = str(series.name)
    codes, uniques = factorize(series)
    found = sorted(target_labels(codes, uniques).by_key.values(), key=lambda label: _class_sort_key(label.text))
    _reject_too_few(name, found)
    rule = ""
    if task == "binary":
        if len(found) != 2:
            raise DataError(
                "TARGET_NOT_BINARY",
                f"The target {name!r} has {len(found)} distinct values; a binary task needs two.",
                "Choose multiclass or regression, or choose another target.",
                column=name,
            )
        chosen = choose_positive_class([each.text for each in found], [each.count for each in found], positive_class)
        found, rule = ([found[1 - chosen.code], found[chosen.code]], chosen.rule)
    code_of = {spelling: code for code, label in enumerate(found) for spelling, _ in label.spellings}
    table = np.array([code_of.get(to_label(each) or "", -1) for each in uniques] + [-1], dtype=np.int64)
    y = table[codes]
    mask = y >= 0
    _reject_singleton_classes(name, found)
    return Target(
        task,
        y[mask],
        mask,
        tuple(label.text for label in found),
        tuple(label.value for label in found),
        tuple(label.spellings for label in found),
        positive_rule=rule,
    )


def _reject_too_few(name: str, labels: Sequence[Label]) -> None:
    if not labels:
        raise all_missing(name)
    if len(labels) == 1:
        raise DataError(
            "TARGET_CONSTANT",
            f"The target {name!r} is {labels[0].text[:80]!r} in every row that has one: there is nothing to predict.",
            "Choose another target, or add rows with other values.",
            column=name,
        )


def _reject_singleton_classes(name: str, labels: Sequence[Label]) -> None:
    """Refuse a target of which all but one class have a single row: none is left to validate a model on."""
    ranked = sorted(labels, key=lambda label: -label.count)
    if ranked[1].count > 1 or sum(label.count for label in labels) < MIN_ROWS:
        return
    if ranked[0].count == 1:
        detail = f"The target {name!r} has a different label in each of its {len(labels):,} rows."
        fix = "Choose another target, or convert it to labels that repeat or to numbers (dates to days)."
        raise DataError("TARGET_ALL_DIFFERENT", detail, fix, column=name)
    common, alone = ranked[0].text[:80], ranked[1].text[:80]
    detail = f"Every label of the target {name!r} but {common!r} has only one row, such as {alone!r}."
    raise DataError("CLASSES_TOO_RARE", detail, "Add rows of the rare labels.", column=name)


def _class_sort_key(text: str) -> tuple[int, float, str, str]:
    """Return a key that sorts numbers by size, then words; this puts yes after no, true after false, 1 after 0."""
    number = parse_number(text)
    return (1, 0.0, text.lower(), text) if number != number else (0, number, "", text)
