"""Facts: what there is to know about a column before deciding what it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from automl.parsing.scalars import is_missing, to_label
from automl.parsing.vectorized import factorize, to_arrow
from automl.preprocessing.columns.column_options import NO_OPTIONS, ColumnOptions
from automl.preprocessing.columns.date_order import DateOrder, OrderCounts, count_orders, decide_date_order
from automl.preprocessing.columns.decimal_sign import DecimalSign, SignCounts, count_signs, decide_decimal_sign
from automl.preprocessing.columns.number_format import NumberFormat, infer_number_format

SAMPLE_ROWS = 20_000
FORMAT_VALUES = 1_000


@dataclass(frozen=True)
class ColumnStats:
    """Counts and sampled values of one column, and what follows from them.

    Attributes:
        name: of the column.
        dtype_kind: the kind by the dtype alone: "text" (cells to be read), "number", "boolean", "date" or "category".
        n_rows, n_missing, n_distinct: exact counts; missing cells are no distinct value.
        values: distinct non-missing values of a sample, as text, most frequent first.
        value_counts: how often each occurs in the sample (so their sum is the number of cells sampled).
        options: what the user insists on.
        decimal_sign, order: what the whole table decided; None where the column by itself does.
    """

    name: str
    dtype_kind: str
    n_rows: int
    n_missing: int
    n_distinct: int
    values: tuple[str, ...]
    value_counts: tuple[int, ...]
    options: ColumnOptions = NO_OPTIONS
    decimal_sign: DecimalSign | None = None
    order: DateOrder | None = None

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
    def _texts(self) -> tuple[list[str], list[int]]:
        """The most frequent values and their counts, without the words that stand for missing."""
        pairs = self.non_missing[:FORMAT_VALUES]
        return [value for value, _ in pairs], [count for _, count in pairs]

    @cached_property
    def signs(self) -> SignCounts:
        """How its numbers can be read."""
        return count_signs(self._texts[0]) if self.dtype_kind == "text" else SignCounts()

    @cached_property
    def orders(self) -> OrderCounts:
        """How its dates can be read."""
        return count_orders([value for value, _ in self.non_missing]) if self.dtype_kind == "text" else OrderCounts()

    @cached_property
    def number_format(self) -> NumberFormat:
        """The style in which most cells read as numbers; "." and no unit where it makes no difference."""
        if self.dtype_kind in ("number", "boolean"):
            return NumberFormat(".", "", 1.0)
        sign = self.decimal_sign or decide_decimal_sign(self.signs, self.options.decimal_sign, None, None)
        return infer_number_format(*self._texts, sign, self.options.number_unit)

    @cached_property
    def date_order(self) -> DateOrder:
        """The order of day, month and year in dates such as 3/4/2024."""
        return self.order or decide_date_order(self.orders, self.options.date_order, None, (), None)


def compute_column_stats(series: pd.Series, name: str, options: ColumnOptions = NO_OPTIONS) -> ColumnStats:
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
        options,
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
