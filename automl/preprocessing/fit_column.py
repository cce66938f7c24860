"""Fate: what becomes of one column, once its type is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from automl.parsing.dates import calendar_parts
from automl.parsing.labels import read_labels, strip_label
from automl.parsing.scalars import parse_range
from automl.parsing.vectorized import factorize
from automl.preprocessing.column_stats import MIN_PARSE_SHARE, ColumnStats
from automl.preprocessing.signal_tests import has_signal
from automl.preprocessing.string_features import select_string_features
from automl.preprocessing.string_transformers import OrdinalRange
from automl.preprocessing.transformers import (
    BooleanTransformer,
    CategoricalTransformer,
    DatetimeTransformer,
    NumericTransformer,
    TextTransformer,
    Transformer,
    TransformerOutput,
)
from automl.wording import plural

MAX_LABELS = 10_000
MAX_SPELLINGS = 1_000
HIGH_LABELS = 30


@dataclass
class FittedColumn:
    """What is done with a column and why, in words; `pairs` are its steps and what they make of it."""

    action: str
    why: str
    transformers: list[tuple[Transformer, TransformerOutput]]


def fit_column(cells: pd.Series, about: ColumnStats, type_: str, y: npt.NDArray[np.generic] | None) -> FittedColumn:
    """Decide how one column is transformed.

    Args:
        cells: (n,) the column.
        about: its statistics.
        type_: one of `vocabulary.COLUMN_TYPES`.
        y: (n,) the encoded target, which decides whether an id and the parts of labels are kept.
    """
    if type_ == "constant":
        return FittedColumn(
            "dropped", "empty in every row" if about.n_distinct == 0 else "the same value in every row", []
        )
    if type_ == "number":
        return _number(cells, about)
    if type_ == "date":
        return _date(cells, about)
    if type_ == "boolean":
        step = BooleanTransformer(about.name)
        return FittedColumn("kept as boolean", "two values that mean yes and no", [(step, step.transform(cells))])
    if type_ == "id":
        fitted = _id(cells, about, y)
    elif type_ == "text":
        text = TextTransformer(about.name)
        fitted = FittedColumn(
            "kept as text", f"free text, {about.n_distinct} distinct", [(text, text.transform(cells))]
        )
    else:
        fitted = _category(cells, about)
    return _add_string_features(fitted, cells, about, type_, y)


def _add_string_features(
    fitted: FittedColumn, cells: pd.Series, about: ColumnStats, type_: str, y: npt.NDArray[np.generic] | None
) -> FittedColumn:
    parts = [] if y is None or about.n_distinct <= HIGH_LABELS else select_string_features(cells, about, type_, y)
    if not parts:
        return fitted
    named = ", ".join(what for _, _, what in parts)
    action = fitted.action if fitted.transformers else "kept in part"
    why = f"{fitted.why}; the target changes with its {named}"
    return FittedColumn(action, why, fitted.transformers + [(step, block) for step, block, _ in parts])


def _number(cells: pd.Series, about: ColumnStats) -> FittedColumn:
    decimal, unit, _ = about.number_format
    values = NumericTransformer(about.name, decimal, unit).values(cells)
    known = values[~np.isnan(values)]
    if not len(known):
        return FittedColumn("dropped", "no cell is a number", [])
    step = NumericTransformer(about.name, decimal, unit, _offset(known))
    broken = about.n_present - len(known)
    why = "numeric" if not broken else f"numeric; {plural(broken, 'cell')} not numeric, treated as missing"
    action = "kept as number" if not unit else f"read as number of {unit}"
    return FittedColumn(action, why, [(step, step.transform_values(values))])


def _offset(known: npt.NDArray[np.float64]) -> float:
    """Return the number to subtract lest float32 round different numbers to the same; mostly 0."""
    with np.errstate(over="ignore"):
        short = known.astype(np.float32)
    if np.array_equal(short, known) or len(np.unique(short)) >= 0.99 * len(np.unique(known)):
        return 0.0
    return float(np.median(known))


def _date(cells: pd.Series, about: ColumnStats) -> FittedColumn:
    first = about.day_first
    seconds = DatetimeTransformer(about.name, first).seconds(cells)
    known = seconds[~np.isnan(seconds)]
    if not len(known):
        return FittedColumn("dropped", "no cell is a date", [])
    varying = [part for part, values in calendar_parts(known).items() if np.ptp(values) > 0]
    parts = ("days", *varying)
    step = DatetimeTransformer(about.name, first, float(known.max()), parts)
    return FittedColumn(f"split into {', '.join(parts)}", "dates", [(step, step.transform_values(seconds))])


def _category(cells: pd.Series, about: ColumnStats) -> FittedColumn:
    codes, uniques = factorize(cells)
    found = read_labels(uniques, np.bincount(codes[codes >= 0], minlength=len(uniques)).tolist())
    label_of = {label.text: label for label in found.by_key.values()}
    count_of = {text: label.count for text, label in label_of.items()}
    # Few labels: keep each. Many: a label met once teaches nothing that its being rare does not.
    many = len(count_of) > HIGH_LABELS
    kept = [text for text, count in count_of.items() if count > 1] if many else list(count_of)
    kept = sorted(sorted(kept, key=lambda text: (-count_of[text], text))[:MAX_LABELS])
    if not kept:
        why = "every label occurs only once" if count_of else "no cell has a value"
        return FittedColumn("dropped", why, [])
    counts = tuple(count_of[text] for text in kept) if many else ()
    left = len(count_of) - len(kept)
    why = f"{len(count_of)} labels" + (f"; {left} rare ones merged" if left else "")
    forms = [strip_label(form) for text in kept for form, _ in label_of[text].spellings]
    others = tuple(dict.fromkeys(form for form in forms if form not in label_of))[:MAX_SPELLINGS]
    if others:
        why += f"; spellings such as {others[0][:40]!r} merged"
    step = CategoricalTransformer(about.name, tuple(kept), found.numeric, counts, others)
    pairs: list[tuple[Transformer, TransformerOutput]] = [(step, step.transform(cells))]
    if any(parse_range(text) == parse_range(text) for text in kept[:HIGH_LABELS]):
        order = OrdinalRange(about.name)
        block = order.transform(cells)
        known = block.numeric[0][~np.isnan(block.numeric[0])]
        if len(known) >= MIN_PARSE_SHARE * about.n_present and len(np.unique(known)) > 2:
            return FittedColumn("kept as category with its order", why, [*pairs, (order, block)])
    return FittedColumn("kept as category", why, pairs)


def _id(cells: pd.Series, about: ColumnStats, y: npt.NDArray[np.generic] | None) -> FittedColumn:
    if y is not None and about.number_format.share == 1:
        values = NumericTransformer(about.name).values(cells)
        if not np.isnan(values).any() and has_signal(values, y):
            step = NumericTransformer(about.name, offset=_offset(values))
            return FittedColumn(
                "kept as number", "an ID, but the target changes along it", [(step, step.transform_values(values))]
            )
    return FittedColumn("dropped", "an ID: unique in every row", [])
