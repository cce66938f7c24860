"""Facts: what there is to know about a column before deciding what it is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from automl.parsing.scalars import is_missing, parse_number, to_label
from automl.parsing.units import UNITS_BY_DIMENSION
from automl.parsing.vectorized import factorize, to_arrow

SAMPLE_ROWS = 20_000
FORMAT_VALUES = 1_000
# A few broken cells do not make a column of numbers or dates something else: they become missing.
MIN_PARSE_SHARE = 0.95

_UNIT = re.compile(r"\s*[-+]?[0-9][0-9.,]*\s*([^\W\d_°µ²³/]{1,10}[²³]?|[°µ][^\W\d]{0,3}|['\"])\.?\s*")
_AMBIGUOUS_DATE = re.compile(r"\s*(\d{1,2})([-/.])(\d{1,2})\2\d")


class NumberFormat(NamedTuple):
    """How a column writes numbers: decimal sign, unit, and the share of its cells that read as numbers so."""

    decimal: str
    unit: str
    share: float


@dataclass(frozen=True)
class ColumnStats:
    """Counts and sampled values of one column, and what follows from them.

    Attributes:
        name: of the column.
        dtype_kind: the kind by the dtype alone: "text" (cells to be read), "number", "boolean", "date" or "category".
        n_rows, n_missing, n_distinct: exact counts; missing cells are no distinct value.
        values: distinct non-missing values of a sample, as text, most frequent first.
        value_counts: how often each occurs in the sample (so their sum is the number of cells sampled).
    """

    name: str
    dtype_kind: str
    n_rows: int
    n_missing: int
    n_distinct: int
    values: tuple[str, ...]
    value_counts: tuple[int, ...]

    @property
    def n_present(self) -> int:
        return self.n_rows - self.n_missing

    @cached_property
    def non_missing(self) -> tuple[tuple[str, int], ...]:
        """(value, count) of the sample without the words that stand for missing."""
        pairs = zip(self.values, self.value_counts, strict=True)
        if self.dtype_kind == "number":
            return tuple(pairs)
        return tuple(pair for pair in pairs if not is_missing(pair[0]))

    @cached_property
    def number_format(self) -> NumberFormat:
        """The style in which most cells read as numbers; "." and no unit where it makes no difference."""
        if self.dtype_kind in ("number", "boolean"):
            return NumberFormat(".", "", 1.0)
        pairs = self.non_missing[:FORMAT_VALUES]
        values, counts = [value for value, _ in pairs], [count for _, count in pairs]

        def share(decimal: str, unit: str) -> float:
            return fraction((_parses(value, decimal, unit) for value in values), counts)

        plain = share(".", "")
        # "1,234" in every cell means thousands; a single 0,5 or 1,25 would not have read.
        if plain == 1 or not any(value[0] in "0123456789+-.,$€£(P" for value in values[:200]):
            return NumberFormat(".", "", plain)
        units = {""} | _likely_units(values, counts)
        best = max(
            (share(decimal, unit), decimal == ".", not unit, decimal, unit) for decimal in ".," for unit in units
        )
        if best[0] < MIN_PARSE_SHARE:
            for unit in UNITS_BY_DIMENSION:
                reads = fraction((_parses(value, ".", unit) for value in values[:50]), counts[:50])
                if reads > 0.5 and share(".", unit) >= MIN_PARSE_SHARE:
                    return NumberFormat(".", unit, share(".", unit))
        return NumberFormat(best[3], best[4], best[0])

    @cached_property
    def day_first(self) -> bool:
        """Whether dates such as 3/4/2024 start with the day.

        A cell that is possible only one way decides; where none is, dotted dates start with the day and
        slashed ones with the month.
        """
        day = month = dotted = 0
        for value, count in self.non_missing:
            found = _AMBIGUOUS_DATE.match(value)
            if found:
                day += count * (int(found[1]) > 12)
                month += count * (int(found[3]) > 12)
                dotted += count * (found[2] == ".")
        return day > month if day != month else dotted > 0


def fraction(flags: Iterable[bool], counts: Iterable[int]) -> float:
    """Return the share of cells whose value is flagged; 0 where there are none."""
    hits = total = 0
    for flag, count in zip(flags, counts, strict=True):
        hits += count * flag
        total += count
    return hits / total if total else 0.0


def _parses(value: str, decimal: str, unit: str) -> bool:
    number = parse_number(value, decimal, unit)
    return number == number


def _likely_units(values: list[str], counts: list[int]) -> set[str]:
    """Return the ending that at least half of the cells carry, if any."""
    endings: dict[str, int] = {}
    for value, count in zip(values, counts, strict=True):
        found = _UNIT.fullmatch(value) if len(value) <= 40 else None
        if found:
            endings[found[1].lower()] = endings.get(found[1].lower(), 0) + count
    return {ending for ending, count in endings.items() if count >= 0.5 * sum(counts)}


def compute_column_stats(series: pd.Series, name: str) -> ColumnStats:
    """Count a column; its values come from a sample of 20,000 rows spread evenly over the table."""
    n = len(series)
    step = -(-n // SAMPLE_ROWS) if n else 1
    codes, uniques = factorize(series if step == 1 else series.iloc[::step])
    kind = _kind(series)
    texts = [repr(each) if type(each) is float else to_label(each) for each in uniques]
    sampled = np.bincount(codes[codes >= 0], minlength=len(uniques))
    order = np.argsort(-sampled, kind="stable")
    kept = order[[texts[position] is not None for position in order.tolist()]] if len(order) else order
    counts = sampled[kept]
    n_missing, n_distinct = (n - int(counts.sum()), len(kept)) if step == 1 else _count(series)
    return ColumnStats(
        name,
        kind,
        n,
        n_missing,
        n_distinct,
        tuple(texts[position] or "" for position in kept.tolist()),
        tuple(counts.tolist()),
    )


def _count(series: pd.Series) -> tuple[int, int]:
    """Return missing cells and distinct values of a long column, blanks counted as missing."""
    if isinstance(series.dtype, pd.StringDtype):
        cells = to_arrow(series)
        blank = pc.utf8_is_space(cells)
        blanks = pc.sum(pc.or_(blank, pc.equal(cells, ""))).as_py() or 0
        distinct = pc.count_distinct(cells, mode="only_valid").as_py()
        if blanks:
            distinct -= pc.count_distinct(cells.filter(pc.or_(blank, pc.equal(cells, "")))).as_py()
        return cells.null_count + blanks, distinct
    codes, uniques = factorize(series)
    return int((codes < 0).sum()), len(uniques)


def _kind(series: pd.Series) -> str:
    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return "category"
    if dtype.kind == "b":
        return "boolean"
    if dtype.kind == "M":
        return "date"
    return "number" if dtype.kind in "iufm" else "text"
