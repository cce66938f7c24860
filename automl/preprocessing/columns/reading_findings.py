"""What to tell of how a column was read: cells that mean two things, units that are mixed, cells that were not read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from automl.parsing.clock import MINUTES
from automl.parsing.dates import DAY_FIRST, MONTH_FIRST, YEAR_FIRST, parse_date
from automl.parsing.numbers import parse_number
from automl.preprocessing.columns.column_stats import ColumnStats
from automl.preprocessing.columns.column_types import (
    MOSTLY_SHARE,
    are_amounts_and_limits,
    are_versions,
    collapse_as_floats,
    count_numbers,
)
from automl.preprocessing.columns.number_format import MIN_PARSE_SHARE, is_limit
from automl.preprocessing.columns.short_dates import DAYS, EITHER, ShortDates, read_short_dates
from automl.preprocessing.columns.unread_cells import UnreadCells

MIN_LABEL_SHARE = 0.5
"""Share of numbers from which labels that look like a column of numbers are told."""
MIN_LABELS, MIN_FEW_LABELS = 20, 5
"""Distinct numbers among such labels: fewer do where nearly all cells are numbers."""

_SIGN_WORDS = {".": "point", ",": "comma"}
_KINDS = {"number": "number", "date": "date", "boolean": "yes and no"}


class ReadingFinding(NamedTuple):
    """One thing to know of how a column was read."""

    severity: str
    reason: str
    detail: str
    fix: str

    @property
    def text(self) -> str:
        """Detail and fix as one sentence after the other."""
        return f"{self.detail} {self.fix}".strip()


def reading_findings(about: ColumnStats, type_: str, unread: UnreadCells | None = None) -> list[ReadingFinding]:
    """Return what to tell of a column, gravest first.

    Args:
        about: its facts.
        type_: as which it is read, one of `vocabulary.COLUMN_TYPES`.
        unread: its cells that are none such, where they were looked for.
    """
    found: list[ReadingFinding] = []
    if unread is not None and unread.n and type_ in _KINDS:
        found.append(_unread(about, type_, unread))
    if about.dtype_kind not in ("text", "number"):
        return found
    if type_ == "number":
        found += _of_number(about)
    elif type_ == "date":
        found += _of_date(about)
    elif type_ in ("category", "text", "id") and about.dtype_kind == "text":
        found += _of_labels(about)
    return sorted(found, key=lambda each: each.severity != "warning")


def _unread(about: ColumnStats, type_: str, unread: UnreadCells) -> ReadingFinding:
    kind = _KINDS[type_]
    detail = f"{unread.n:,} of {about.n_present:,} cells are no {kind}: {unread.examples}. They count as missing."
    fix = "Correct or empty them, or change the column's type."
    if type_ == "number" and all(is_limit(word, about.number_format) for word, _ in unread.words):
        fix = "These are limits: to have them used as amounts, write a number, such as the limit or half of it."
    return ReadingFinding("warning", "UNREAD_CELLS", detail, fix)


def _of_number(about: ColumnStats) -> Iterator[ReadingFinding]:
    form = about.number_format
    if not form.is_sure:
        example = about.signs.example
        other = "," if form.decimal == "." else "."
        here, there = (_plain(parse_number(example, sign, form.unit)) for sign in (form.decimal, other))
        detail = (
            f"{example!r} is read as {here} ({_SIGN_WORDS[form.decimal]} as decimal sign); with the"
            f" {_SIGN_WORDS[other]} as decimal sign it is {there}. Nothing in the table decides between them."
        )
        fix = f"If this is wrong, set the column's decimal sign to {other!r}."
        yield ReadingFinding("warning", "AMBIGUOUS_NUMBERS", detail, fix)
    if form.is_mixed:
        detail = (
            "Some cells have the point as decimal sign, others the comma; those that could be either are read with"
            f" the {_SIGN_WORDS[form.decimal]}."
        )
        yield ReadingFinding("warning", "MIXED_DECIMAL_SIGNS", detail, "Write all cells with one decimal sign.")
    if form.marks:
        named = ", ".join(mark or "no unit" for mark in sorted(form.marks, key=lambda mark: not mark))
        detail = (
            f"Its amounts are in different units: {named}. They are not converted; the unit is a feature of its own."
        )
        yield ReadingFinding("warning", "MIXED_UNITS", detail, "Better convert all to one unit.")
    if form.clock.endswith("?"):
        minutes = form.clock.startswith(MINUTES)
        here, there = ("minutes and seconds", "h:mm") if minutes else ("hours and minutes", "m:ss")
        example = next((value for value in about.values if value.count(":") == 1), about.values[0])
        detail = f"Times such as {example[:40]!r} are read as {here}."
        yield ReadingFinding("info", "AMBIGUOUS_TIMES", detail, f"If this is wrong, set the column's unit to {there}.")
    if collapse_as_floats(about.values):
        detail = "Whole numbers this long are rounded, so that different ones become the same."
        yield ReadingFinding(
            "warning", "LONG_INTEGERS", detail, "Set the column's type to category to keep them apart."
        )


def _of_date(about: ColumnStats) -> Iterator[ReadingFinding]:
    order = about.date_order
    if not order.is_sure:
        example = about.orders.example
        other = MONTH_FIRST if order.order == DAY_FIRST else DAY_FIRST
        here, there = (_day(example, each) for each in (order.order, other))
        detail = (
            f"{example!r} is read as {here} ({_words(order.order)}); with the {_words(other)} it is {there}."
            " Nothing in the table decides between them."
        )
        fix = f"If this is wrong, set the column's date order to {other}."
        yield ReadingFinding("warning", "AMBIGUOUS_DATES", detail, fix)
    short = read_short_dates([value for value, _ in about.non_missing])
    if short is not None and short.reading == EITHER and (short.name_first or order.order == YEAR_FIRST):
        here = _day(short.example, order.order)
        detail = (
            f"{short.example!r} is read as the month that begins on {here}; it can be a day of that month, without a"
            " year. Nothing in the column decides between them."
        )
        fix = "If they are days, set the column's type to category, or write the year out, as 2024-03-31."
        yield ReadingFinding("warning", "AMBIGUOUS_DATES", detail, fix)
    if order.is_mixed:
        detail = (
            "Some dates begin with the day, others with the month; those that could be either are read with the"
            f" {_words(order.order)}."
        )
        yield ReadingFinding("warning", "MIXED_DATE_ORDERS", detail, "Write all dates in one order, as 2024-03-31.")


def _of_labels(about: ColumnStats) -> Iterator[ReadingFinding]:
    values = [value for value, _ in about.non_missing]
    share = about.number_format.share
    short = read_short_dates(values)
    if collapse_as_floats(values):
        detail = "Whole numbers this long cannot be told apart as numbers: they are kept as labels."
        yield ReadingFinding("info", "LONG_INTEGERS", detail, "If they are amounts, set the column's type to number.")
    elif short is not None:
        yield _of_short_dates(short)
    elif _are_mostly_numbers(about, values):
        decimal, unit = about.number_format.decimal, about.number_format.unit
        odd = [value for value in values if np.isnan(parse_number(value, decimal, unit))]
        named = ", ".join(repr(value[:40]) for value in odd[:3])
        detail = f"{share:.0%} of the cells read as numbers, others do not: {named}. The column is used as labels."
        fix = "If it holds amounts, set its type to number: the other cells then count as missing."
        yield ReadingFinding("warning", "MOSTLY_NUMBERS", detail, fix)
    elif values and are_versions(about.name, values) and np.isfinite(parse_date(values[0])):
        detail = f"Cells such as {values[0][:40]!r} are taken for versions, not dates."
        yield ReadingFinding("info", "VERSIONS", detail, "If they are dates, set the column's type to date.")


def _are_mostly_numbers(about: ColumnStats, values: list[str]) -> bool:
    share = about.number_format.share
    if are_amounts_and_limits(about):
        return count_numbers(about, values) >= MIN_FEW_LABELS
    least = MIN_FEW_LABELS if share >= MOSTLY_SHARE else MIN_LABELS
    return MIN_LABEL_SHARE <= share < MIN_PARSE_SHARE and count_numbers(about, values) >= least


def _of_short_dates(short: ShortDates) -> ReadingFinding:
    if short.reading == DAYS:
        detail = f"Cells such as {short.example!r} are days without a year: the column is used as labels."
        return ReadingFinding("warning", "DATES_WITHOUT_YEAR", detail, "Write the year out, as 2024-03-31.")
    month = _day(short.example, YEAR_FIRST)
    detail = (
        f"{short.example!r} can be a day without a year, or the month that begins on {month}. Nothing in the column"
        " decides between them: it is used as labels."
    )
    fix = f"If they are months, set the column's type to date and its date order to {YEAR_FIRST}; else add the year."
    return ReadingFinding("warning", "DATES_WITHOUT_YEAR", detail, fix)


def _plain(number: float) -> str:
    return f"{number:.12g}"


def _day(text: str, order: str) -> str:
    seconds = parse_date(text, order)
    return str(np.datetime64(round(seconds), "s")).split("T")[0] if np.isfinite(seconds) else "no date"


def _words(order: str) -> str:
    return order.replace("_", " ")
