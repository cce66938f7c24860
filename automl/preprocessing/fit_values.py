"""Fitting of columns that are read as values: numbers, dates, truth values, and ids that may be numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from automl.parsing.dates import calendar_parts
from automl.parsing.units import CLOCK_STYLES
from automl.preprocessing.columns.column_stats import ColumnStats
from automl.preprocessing.columns.column_types import names_rows
from automl.preprocessing.columns.reading_findings import ReadingFinding, reading_findings
from automl.preprocessing.columns.unread_cells import UnreadCells, find_unread
from automl.preprocessing.fitted_column import FittedColumn
from automl.preprocessing.signal_tests import has_signal
from automl.preprocessing.transformers.basic import (
    BooleanTransformer,
    DatetimeTransformer,
    NumericTransformer,
    Transformer,
    TransformerOutput,
)
from automl.preprocessing.transformers.cells import UnitCategory, WordCategory
from automl.wording import plural

MIN_WORD_SHARE = 0.01
MIN_WORD_ROWS = 3
MAX_WORDS = 50


def fit_number(cells: pd.Series, about: ColumnStats) -> FittedColumn:
    """Keep a column of numbers, with the units that it mixes and the words that stand among them."""
    form = about.number_format
    values = NumericTransformer(about.name, form.decimal, form.unit).values(cells)
    known = values[~np.isnan(values)]
    if not len(known):
        return FittedColumn("dropped", "no cell is a number", [])
    step = NumericTransformer(about.name, form.decimal, form.unit, _offset(known))
    made: list[tuple[Transformer, TransformerOutput]] = [(step, step.transform_values(values))]
    units = tuple(mark for mark in form.marks if mark)
    if units:
        unit = UnitCategory(about.name, form.decimal, form.unit, units)
        made.append((unit, unit.transform(cells)))
    unread = find_unread(cells, values)
    words = _frequent_words(unread, len(cells))
    if words:
        word = WordCategory(about.name, form.decimal, form.unit, words)
        made.append((word, word.transform(cells)))
    broken = about.n_present - len(known)
    why = "numeric" if not broken else f"numeric; {plural(broken, 'cell')} not numeric, treated as missing"
    why += "; the words among them are a category" if words else ""
    action = "kept as number" + (f" of {_unit_words(form.unit)}" if form.unit.isprintable() and form.unit else "")
    return FittedColumn(action + (" and unit" if units else ""), why, made, reading_findings(about, "number", unread))


def _unit_words(unit: str) -> str:
    return {"*": "several units"}.get(unit, "seconds" if unit in CLOCK_STYLES else unit)


def _frequent_words(unread: UnreadCells, n_rows: int) -> tuple[str, ...]:
    """Return the words that stand in enough cells to be learned from."""
    if unread.n < MIN_WORD_SHARE * n_rows:
        return ()
    return tuple(sorted(word for word, count in unread.words[:MAX_WORDS] if count >= MIN_WORD_ROWS))


def _offset(known: npt.NDArray[np.float64]) -> float:
    """Return the number to subtract lest float32 round different numbers to the same; mostly 0."""
    with np.errstate(over="ignore"):
        short = known.astype(np.float32)
    if np.array_equal(short, known) or len(np.unique(short)) >= 0.99 * len(np.unique(known)):
        return 0.0
    return float(np.median(known))


def fit_date(cells: pd.Series, about: ColumnStats) -> FittedColumn:
    """Split a column of dates into its parts."""
    order = about.date_order.order
    seconds = DatetimeTransformer(about.name, order).seconds(cells)
    known = seconds[~np.isnan(seconds)]
    if not len(known):
        return FittedColumn("dropped", "no cell is a date", [])
    varying = [part for part, values in calendar_parts(known).items() if np.ptp(values) > 0]
    parts = ("days", *varying)
    step = DatetimeTransformer(about.name, order, float(known.max()), parts)
    findings = reading_findings(about, "date", find_unread(cells, seconds))
    return FittedColumn(f"split into {', '.join(parts)}", "dates", [(step, step.transform_values(seconds))], findings)


def fit_boolean(cells: pd.Series, about: ColumnStats) -> FittedColumn:
    """Keep a column of truth values."""
    step = BooleanTransformer(about.name)
    block = step.transform(cells)
    findings = reading_findings(about, "boolean", find_unread(cells, block.numeric[0]))
    return FittedColumn("kept as boolean", "two values that mean yes and no", [(step, block)], findings)


def fit_id(cells: pd.Series, about: ColumnStats, y: npt.NDArray[np.generic] | None) -> FittedColumn:
    """Leave an id out, unless it is a number that is not named as an id and the target changes along it."""
    dropped = FittedColumn("dropped", "an ID: unique in every row", [])
    if y is None or about.options.type == "id" or about.number_format.share < 1:
        return dropped
    values = NumericTransformer(about.name).values(cells)
    if np.isnan(values).any() or not has_signal(values, y):
        return dropped
    if names_rows(about.name):
        detail = "It numbers the rows, and the target changes along it, as where a file is sorted. It is not used."
        fix = "If new rows get such numbers too, set its type to number."
        return FittedColumn(
            "dropped",
            "an ID or row number, though the target changes along it; set its type to number to use it",
            [],
            [ReadingFinding("warning", "ROW_NUMBER", detail, fix)],
        )
    step = NumericTransformer(about.name, offset=_offset(values))
    detail = "Each row has a whole number of its own, along which the target changes. It is used."
    fix = "If it only numbers the rows, exclude it."
    return FittedColumn(
        "kept as number",
        "one number per row, and the target changes along it",
        [(step, step.transform_values(values))],
        [ReadingFinding("warning", "ROW_NUMBER", detail, fix)],
    )
