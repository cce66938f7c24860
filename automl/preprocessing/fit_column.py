"""Fate: what becomes of one column, once its type is known."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from automl.parsing.labels import read_labels, strip_label
from automl.parsing.scalars import parse_range
from automl.parsing.vectorized import factorize
from automl.preprocessing.columns.column_stats import ColumnStats
from automl.preprocessing.columns.column_types import is_version_name
from automl.preprocessing.columns.number_format import MIN_PARSE_SHARE
from automl.preprocessing.columns.reading_findings import reading_findings
from automl.preprocessing.fit_values import fit_boolean, fit_date, fit_id, fit_number
from automl.preprocessing.fitted_column import FittedColumn
from automl.preprocessing.string_features import select_string_features
from automl.preprocessing.transformers.basic import (
    CategoricalTransformer,
    Transformer,
    TransformerOutput,
)
from automl.preprocessing.transformers.strings import OrdinalRange, TextTransformer

MAX_LABELS = 10_000
MAX_SPELLINGS = 1_000
HIGH_LABELS = 30


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
        return fit_number(cells, about)
    if type_ == "date":
        return fit_date(cells, about)
    if type_ == "boolean":
        return fit_boolean(cells, about)
    if type_ == "id":
        fitted = fit_id(cells, about, y)
    elif type_ == "text":
        text = TextTransformer(about.name)
        fitted = FittedColumn(
            "kept as text", f"free text, {about.n_distinct} distinct", [(text, text.transform(cells))]
        )
    else:
        fitted = _category(cells, about)
    fitted.findings += reading_findings(about, type_)
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
    made = fitted.transformers + [(step, block) for step, block, _ in parts]
    return FittedColumn(action, why, made, fitted.findings)


def _category(cells: pd.Series, about: ColumnStats) -> FittedColumn:
    codes, uniques = factorize(cells)
    counted = np.bincount(codes[codes >= 0], minlength=len(uniques)).tolist()
    found = read_labels(uniques, counted, numbers=not is_version_name(about.name))
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
