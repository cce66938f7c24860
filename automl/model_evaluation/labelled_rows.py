"""The labelled rows of a table, as a model that exists already counts its classes and measures its numbers.

A label is read by the rules of training: blanks, case and Unicode form make no difference, and words for yes and no
meet the classes that they mean. What no class of the model is, and what is no number, is left out, counted and told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from automl._typing import Array
from automl.errors import DataError
from automl.parsing.clock import HOURS, MINUTES
from automl.parsing.labels import (
    are_boolean_words,
    canonical_label,
    codes_by_key,
    counts_as_missing,
    label_key,
    parse_boolean,
    read_labels,
    strip_label,
)
from automl.parsing.numbers import parse_number
from automl.parsing.scalars import is_missing, to_label
from automl.parsing.vectorized import factorize, to_floats
from automl.preprocessing.columns.column_options import NO_OPTIONS, ColumnOptions
from automl.preprocessing.columns.column_stats import ColumnStats
from automl.preprocessing.columns.number_format import unit_of_values
from automl.preprocessing.columns.table_stats import compute_table_stats
from automl.wording import plural

MIN_ROWS = 10
"""Labelled rows from which a score says anything."""
MAX_LISTED = 20

_MISSING, _UNKNOWN = -1, -2


@dataclass(frozen=True)
class LabelledRows:
    """The rows of a table that have a target which the model knows.

    Attributes:
        frame: these rows (m,) with the columns of the table.
        y: int64 class codes (m,) in the order of `classes`, or float64 values (m,).
        positions: int64 (m,), where they stand in the table.
        classes: labels as the model writes them; () for regression.
        n_unlabelled: rows of the table without a target.
        unknown: what stands in rows whose target is no class of the model, or no number, and how often; most first.
    """

    frame: pd.DataFrame
    y: Array
    positions: npt.NDArray[np.int64]
    classes: tuple[str, ...]
    n_unlabelled: int
    unknown: tuple[tuple[str, int], ...] = ()

    def __len__(self) -> int:
        return len(self.y)

    @property
    def left_out(self) -> dict[str, Any]:
        """Return `{unlabelled, unknown: [{label, rows}…], unknown_rows}`: what is not among these rows."""
        return {
            "unlabelled": self.n_unlabelled,
            "unknown": [{"label": label, "rows": count} for label, count in self.unknown[:MAX_LISTED]],
            "unknown_rows": sum(count for _, count in self.unknown),
        }


def read_labelled_rows(
    frame: pd.DataFrame,
    summary: Mapping[str, Any],
    *,
    classes: Sequence[str] | None = None,
    options: Mapping[str, ColumnOptions] | None = None,
) -> LabelledRows:
    """Read the target of a table for a model.

    Args:
        frame: (n,) raw rows, the target's column among them.
        summary: of the model: its target, task, classes, target_unit and target_format.
        classes: labels in the order of their codes, where these are not the summary's.
        options: what the user insists on, by column of the table.

    Raises:
        DataError: TARGET_NOT_FOUND, COLUMN_NAMED_TWICE, TARGET_ALL_MISSING, TARGET_NOT_NUMERIC, TARGET_UNIT_DIFFERS,
            LABELS_UNKNOWN or TOO_FEW_ROWS.
    """
    target, task = str(summary["target"]), summary["task"]
    cells = _column(frame, target)
    unknown: Counter[str] = Counter()
    known: tuple[str, ...] = ()
    y: Array
    if task == "regression":
        y, missing = _read_numbers(cells, _stats(frame, target, summary, options or {}), summary, unknown)
    else:
        known = tuple(map(str, summary["classes"] if classes is None else classes))
        y, missing = _read_classes(cells, known, unknown)
    kept = np.isfinite(y) if task == "regression" else y >= 0
    positions = np.flatnonzero(kept)
    if len(positions) < MIN_ROWS:
        raise _too_few(target, len(positions), known, unknown)
    return LabelledRows(
        frame.iloc[positions].reset_index(drop=True), y[kept], positions, known, missing, tuple(unknown.most_common())
    )


def _column(frame: pd.DataFrame, target: str) -> pd.Series:
    if target not in frame.columns:
        raise DataError(
            "TARGET_NOT_FOUND",
            f"The table has no column {target!r}, which the model predicts.",
            "Choose a table with labels, or rename its column.",
            column=target,
        )
    cells = frame[target]
    if isinstance(cells, pd.DataFrame):
        raise DataError(
            "COLUMN_NAMED_TWICE", f"Several columns are named {target!r}.", "Rename all but one.", column=target
        )
    return cells


def codes_of(cells: Sequence[Any], classes: Sequence[str]) -> list[int]:
    """Return the code of each cell among the labels of a model, below 0 where it is none of them."""
    read = _label_reader(classes)
    return [read(cell) for cell in cells]


def _read_classes(cells: pd.Series, classes: Sequence[str], unknown: Counter[str]) -> tuple[npt.NDArray[np.int64], int]:
    """Return the codes (n,) of the cells, below 0 where there is none, and how many are missing."""
    codes, uniques = factorize(cells)
    table = np.array([*map(_label_reader(classes), uniques), _MISSING], dtype=np.int64)
    counts = np.bincount(codes[codes >= 0], minlength=len(uniques))
    for each, code, count in zip(uniques, table[:-1].tolist(), counts.tolist(), strict=True):
        if code == _UNKNOWN and count:
            unknown[strip_label(to_label(each) or "")] += count
    y = table[codes]
    return y, int((y == _MISSING).sum())


def _label_reader(classes: Sequence[str]) -> Callable[[Any], int]:
    numeric = read_labels(classes, [1] * len(classes)).numeric
    known, truth = codes_by_key(classes, numeric=numeric), _truth_codes(classes)

    def read(cell: Any) -> int:
        key = canonical_label(cell) if numeric else label_key(cell)
        if key is None:
            return _MISSING
        if key in known:
            return known[key]
        word = label_key(cell) or ""
        if counts_as_missing(word, numeric=numeric or bool(truth)):
            return _MISSING
        says = parse_boolean(word)
        return truth.get(says, _UNKNOWN)

    return read


def _truth_codes(classes: Sequence[str]) -> dict[float, int]:
    """Return the code of what says yes (1.0) and of what says no (0.0), where the classes are answers; else {}."""
    keys = [label_key(each) or each for each in classes]
    # Beside a foreign pair of answers they are still nothing but answers: `on` and `off` would not be.
    if len(keys) != 2 or not are_boolean_words({*keys, "true", "false"}):
        return {}
    return {parse_boolean(key): code for code, key in enumerate(keys)}


def _stats(
    frame: pd.DataFrame, target: str, summary: Mapping[str, Any], options: Mapping[str, ColumnOptions]
) -> ColumnStats:
    """Return the facts of the target: what its cells leave open is decided by the other columns, as in training."""
    chosen = dict(options)
    own = chosen.get(target, NO_OPTIONS)
    written = summary.get("target_format")
    if written and own.unit is None:  # Clocks with one colon are what they were in training.
        chosen[target] = replace(own, unit=MINUTES if written == MINUTES else HOURS)
    return compute_table_stats(frame, chosen)[target]


def _read_numbers(
    cells: pd.Series, about: ColumnStats, summary: Mapping[str, Any], unknown: Counter[str]
) -> tuple[npt.NDArray[np.float64], int]:
    """Return the values (n,), NaN where there is none, and how many cells are missing."""
    values = to_floats(cells)
    if values is not None:
        return values, int(np.isnan(values).sum())
    form = about.number_format
    trained, found = summary.get("target_unit"), unit_of_values(form)
    if trained and found and trained != found:
        raise DataError(
            "TARGET_UNIT_DIFFERS",
            f"The target {about.name!r} is in {found} here; the model predicts it in {trained}.",
            f"Convert the column to {trained}, or correct its unit.",
            column=about.name,
        )
    codes, uniques = factorize(cells)
    table = np.array([*(parse_number(each, form.decimal, form.unit) for each in uniques), np.nan], dtype=np.float64)
    counts = np.bincount(codes[codes >= 0], minlength=len(uniques))
    missing = int((codes < 0).sum())
    for each, value, count in zip(uniques, table[:-1].tolist(), counts.tolist(), strict=True):
        if not np.isfinite(value):
            if is_missing(text := to_label(each) or ""):
                missing += count
            else:
                unknown[strip_label(text)] += count
    return np.where(np.isfinite(table), table, np.nan)[codes], missing


def _too_few(target: str, n: int, classes: Sequence[str], unknown: Counter[str]) -> DataError:
    listed = ", ".join(repr(label[:40]) for label, _ in unknown.most_common(5))
    if n == 0 and not unknown:
        return DataError(
            "TARGET_ALL_MISSING", f"The target {target!r} has no value in any row.",
            "Choose a table with labels.", column=target,
        )  # fmt: skip
    if n == 0 and classes:
        return DataError(
            "LABELS_UNKNOWN",
            f"The target {target!r} holds {listed}; the model knows {', '.join(map(repr, classes[:5]))}.",
            "Write the labels as in the training table.",
            column=target,
        )
    if n == 0:
        return DataError(
            "TARGET_NOT_NUMERIC",
            f"The target {target!r} holds {listed}, which is not a number.",
            "Fix or clear these cells.",
            column=target,
        )
    return DataError(
        "TOO_FEW_ROWS",
        f"Only {plural(n, 'row')} have a target that the model knows; at least {MIN_ROWS} are needed.",
        "Add labelled rows.",
        column=target,
    )
