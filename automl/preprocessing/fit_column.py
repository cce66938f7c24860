"""Fate: what becomes of one column, once its type is known."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from automl.parsing.dates import calendar_parts
from automl.parsing.scalars import numeric_label, parse_number, parse_range
from automl.parsing.vectorized import encode
from automl.preprocessing.column_stats import MOSTLY, Facts
from automl.preprocessing.string_features import derive_parts
from automl.preprocessing.string_transformers import Order
from automl.preprocessing.transformers import Block, Boolean, Category, Date, Number, Step, Text
from automl.profiling.single_feature import has_signal

MAX_LABELS = 10_000
MANY_LABELS = 30


@dataclass
class Fate:
    """What is done with a column and why, in words; `pairs` are its steps and what they make of it."""

    action: str
    why: str
    pairs: list[tuple[Step, Block]]


def decide(cells: pd.Series, about: Facts, type_: str, y: npt.NDArray[np.generic] | None) -> Fate:
    """The fate of one column.

    Args:
        cells: (n,) the column.
        about: its facts.
        type_: one of `column_types.TYPES`.
        y: (n,) the encoded target, which decides whether an id and the parts of labels are kept.
    """
    if type_ == "constant":
        return Fate("dropped", "empty in every row" if about.n_distinct == 0 else "the same value in every row", [])
    if type_ == "number":
        return _number(cells, about)
    if type_ == "date":
        return _date(cells, about)
    if type_ == "boolean":
        step = Boolean(about.name)
        return Fate("kept as yes or no", "two values that say yes and no", [(step, step.apply(cells))])
    if type_ == "id":
        fate = _id(cells, about, y)
    elif type_ == "text":
        text = Text(about.name)
        fate = Fate("kept as text", f"free text, {about.n_distinct} distinct", [(text, text.apply(cells))])
    else:
        fate = _category(cells, about)
    return _with_parts(fate, cells, about, type_, y)


def _with_parts(fate: Fate, cells: pd.Series, about: Facts, type_: str, y: npt.NDArray[np.generic] | None) -> Fate:
    parts = [] if y is None or about.n_distinct <= MANY_LABELS else derive_parts(cells, about, type_, y)
    if not parts:
        return fate
    named = ", ".join(what for _, _, what in parts)
    action = fate.action if fate.pairs else "kept in part"
    why = f"{fate.why}; the target changes with its {named}"
    return Fate(action, why, fate.pairs + [(step, block) for step, block, _ in parts])


def _number(cells: pd.Series, about: Facts) -> Fate:
    decimal, unit, _ = about.number_style
    values = Number(about.name, decimal, unit).values(cells)
    known = values[~np.isnan(values)]
    if not len(known):
        return Fate("dropped", "no cell reads as a number", [])
    step = Number(about.name, decimal, unit, _offset(known))
    broken = about.n_present - len(known)
    why = "numeric" if not broken else f"numeric; {broken} cells that are no number count as missing"
    action = "kept as number" if not unit else f"read as number of {unit}"
    return Fate(action, why, [(step, step.block(values))])


def _offset(known: npt.NDArray[np.float64]) -> float:
    """What to take away before float32 rounds different numbers to the same; mostly 0."""
    with np.errstate(over="ignore"):
        short = known.astype(np.float32)
    if np.array_equal(short, known) or len(np.unique(short)) >= 0.99 * len(np.unique(known)):
        return 0.0
    return float(np.median(known))


def _date(cells: pd.Series, about: Facts) -> Fate:
    first = about.day_first
    seconds = Date(about.name, first).seconds(cells)
    known = seconds[~np.isnan(seconds)]
    if not len(known):
        return Fate("dropped", "no cell reads as a date", [])
    varying = [part for part, values in calendar_parts(known).items() if np.ptp(values) > 0]
    parts = ("days", *varying)
    step = Date(about.name, first, float(known.max()), parts)
    return Fate(f"split into {', '.join(parts)}", "dates", [(step, step.block(seconds))])


def _category(cells: pd.Series, about: Facts) -> Fate:
    codes, uniques = encode(cells)
    counted = np.bincount(codes[codes >= 0], minlength=len(uniques)).tolist()
    plain = Category(about.name)
    count_of: dict[str, int] = {}
    for each, count in zip(uniques, counted, strict=True):
        text = plain.key(each)
        if text is not None and count:
            count_of[text] = count_of.get(text, 0) + count
    numeric = _is_numeric_code(count_of)
    if numeric:
        merged: dict[str, int] = {}
        for text, count in count_of.items():
            key = numeric_label(text) or text
            merged[key] = merged.get(key, 0) + count
        count_of = merged
    # Few labels: keep each. Many: a label met once teaches nothing that its being rare does not.
    many = len(count_of) > MANY_LABELS
    kept = [text for text, count in count_of.items() if count > 1] if many else list(count_of)
    kept = sorted(sorted(kept, key=lambda text: (-count_of[text], text))[:MAX_LABELS])
    if not kept:
        return Fate("dropped", "every label occurs only once", [])
    counts = tuple(count_of[text] for text in kept) if many else ()
    left = len(count_of) - len(kept)
    why = f"{len(count_of)} labels" + (f"; {left} rare ones count as one" if left else "")
    step = Category(about.name, tuple(kept), numeric, counts)
    pairs: list[tuple[Step, Block]] = [(step, step.apply(cells))]
    if any(parse_range(text) == parse_range(text) for text in kept[:MANY_LABELS]):
        order = Order(about.name)
        block = order.apply(cells)
        known = block.numeric[0][~np.isnan(block.numeric[0])]
        if len(known) >= MOSTLY * about.n_present and len(np.unique(known)) > 2:
            return Fate("kept as category with its order", why, [*pairs, (order, block)])
    return Fate("kept as category", why, pairs)


def _is_numeric_code(labels: Collection[str]) -> bool:
    """Whether labels such as 3 may also come as 3.0: all are numbers, none is written with leading zeros."""
    return all(
        parse_number(text) == parse_number(text) and not (len(text) > 1 and text[0] == "0" and text[1] != ".")
        for text in labels
    )


def _id(cells: pd.Series, about: Facts, y: npt.NDArray[np.generic] | None) -> Fate:
    if y is not None and about.number_style.share == 1:
        values = Number(about.name).values(cells)
        if not np.isnan(values).any() and has_signal(values, y):
            step = Number(about.name, offset=_offset(values))
            return Fate("kept as number", "an id, but the target changes along it", [(step, step.block(values))])
    return Fate("dropped", "an id: one value a row", [])
