"""The order of day and month in a column: what its cells say, and what the table says where they are silent.

`3/4/2024` is in March or in April. A cell with a number beyond twelve decides for its column and, where no column
contradicts, for those that have no such cell.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from automl.parsing.dates import DAY_FIRST, MONTH_FIRST, YEAR_FIRST, parse_date
from automl.preprocessing.columns.short_dates import YEARS, read_short_dates

MIN_SORTED = 10
"""Distinct dates that must lie in order before the order of the rows says how they are written."""
MIN_CONSTANT = 3
"""Values of one part while the other never changes, before that other is taken for the first of the month."""

PROBED = 200
"""Cells that must hold a date before all of a column's are looked at."""

_THREE = re.compile(r"\s*(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?!\d)", re.ASCII)


class OrderCounts(NamedTuple):
    """Counts of a column's distinct cells by the orders in which they are dates.

    `month`, `day` and `year` count the cells that are possible in that order; `n` those of three numbers.
    """

    n: int = 0
    month: int = 0
    day: int = 0
    year: int = 0
    ambiguous: int = 0
    constant: str | None = None
    few_years: str | None = None
    is_dotted: bool = False
    example: str = ""

    @property
    def decided(self) -> str | None:
        """The order that the cells by themselves decide."""
        if not self.n:
            return None
        best = max(self.month, self.day, self.year)
        named = ((MONTH_FIRST, self.month), (DAY_FIRST, self.day), (YEAR_FIRST, self.year))
        possible = [order for order, count in named if count == best]
        if YEAR_FIRST in possible and len(possible) > 1:
            if self.few_years == YEAR_FIRST:
                return YEAR_FIRST
            possible.remove(YEAR_FIRST)
        return possible[0] if len(possible) == 1 else self.constant

    @property
    def is_mixed(self) -> bool:
        """Whether some cells are possible only in another order than most are."""
        return self.n > 0 and max(self.month, self.day, self.year) < self.n

    @property
    def is_ambiguous(self) -> bool:
        return self.ambiguous > 0 and self.decided is None


class DateOrder(NamedTuple):
    """A decision: the order, whether evidence made it, and whether the column's own cells disagree."""

    order: str = MONTH_FIRST
    is_sure: bool = True
    is_mixed: bool = False


def count_orders(values: Sequence[str]) -> OrderCounts:
    """Count in which orders the cells are dates; those that are not three short numbers are not counted."""
    if not any(_THREE.match(value) for value in values[:PROBED]):
        return _count_short_years(values)
    found = [match for value in values if (match := _THREE.match(value))]
    first, then, last = (np.array([int(match[part]) for match in found]) for part in (1, 3, 4))
    short = np.array([len(match[4]) == 2 for match in found])
    may_month = (first >= 1) & (first <= 12) & (then >= 1) & (then <= 31)
    may_day = (then >= 1) & (then <= 12) & (first >= 1) & (first <= 31)
    may_year = short & (then >= 1) & (then <= 12) & (last >= 1) & (last <= 31)
    known = may_month | may_day | may_year
    either = may_month & may_day & (first != then)
    return OrderCounts(
        n=int(known.sum()),
        month=int(may_month.sum()),
        day=int(may_day.sum()),
        year=int(may_year.sum()),
        ambiguous=int(either.sum()),
        constant=_constant_part(first[known], then[known]),
        few_years=YEAR_FIRST if 2 * len(np.unique(first)) < len(np.unique(last)) else None,
        is_dotted=sum(match[2] == "." for match in found) > len(found) / 2,
        example=found[int(either.argmax())][0].strip() if either.any() else "",
    )


def _count_short_years(values: Sequence[str]) -> OrderCounts:
    """Count cells such as 99-Jan, which are possible with the year first only."""
    short = read_short_dates(values)
    is_year_first = short is not None and short.reading == YEARS and not short.name_first
    return OrderCounts(n=len(values), year=len(values)) if is_year_first else OrderCounts()


def _constant_part(first: npt.NDArray[np.int64], then: npt.NDArray[np.int64]) -> str | None:
    """Return the order in which all dates are the same day of many months, rather than many days of one month."""
    n_first, n_then = len(np.unique(first)), len(np.unique(then))
    if n_first == 1 and n_then >= MIN_CONSTANT:
        return DAY_FIRST
    return MONTH_FIRST if n_then == 1 and n_first >= MIN_CONSTANT else None


def decide_date_order(
    counts: OrderCounts, requested: str | None, table: str | None, rows: Sequence[str], decimal_sign: str | None
) -> DateOrder:
    """Decide the order of a column.

    Args:
        counts: of its cells.
        requested: by the user.
        table: what all other columns with evidence use; None where there is none, or they disagree.
        rows: cells in the order of the rows.
        decimal_sign: that the table is known to use: with decimal commas nobody writes the month first.
    """
    if requested is not None:
        return DateOrder(requested)
    if counts.decided is not None:
        return DateOrder(counts.decided, True, counts.is_mixed)
    fallback = DAY_FIRST if counts.is_dotted else MONTH_FIRST
    if not counts.ambiguous:
        return DateOrder(fallback, True, counts.is_mixed)
    if counts.is_dotted:
        return DateOrder(DAY_FIRST)
    order = table or _sorted_order(rows) or (DAY_FIRST if decimal_sign == "," else None)
    return DateOrder(order or fallback, order is not None)


def _sorted_order(rows: Sequence[str]) -> str | None:
    """Return the only order in which the rows are sorted by date; None for both or neither."""
    found = []
    for order in (MONTH_FIRST, DAY_FIRST):
        moments = np.array([parse_date(value, order) for value in rows])
        steps = np.diff(moments[np.isfinite(moments)])
        moved = (steps != 0).sum()
        if moved >= MIN_SORTED and ((steps >= 0).all() or (steps <= 0).all()):
            found.append(order)
    return found[0] if len(found) == 1 else None
