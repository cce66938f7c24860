"""The columns of a table, each read in the light of the others.

What a column's own cells leave open, whether 3,459 is three thousand or three and a half, or 3/4/2024 in March or in
April, is decided by the other columns, by the file's delimiter and by the order of the rows. What stays open is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pandas as pd

from automl.parsing.scalars import is_missing
from automl.parsing.vectorized import to_arrow
from automl.preprocessing.columns.column_options import NO_OPTIONS, ColumnOptions
from automl.preprocessing.columns.column_stats import FORMAT_VALUES, ColumnStats, compute_column_stats
from automl.preprocessing.columns.column_types import infer_type
from automl.preprocessing.columns.date_order import OrderCounts, count_orders, decide_date_order
from automl.preprocessing.columns.decimal_sign import (
    DecimalSign,
    SignCounts,
    count_signs,
    decide_decimal_sign,
    sign_of_delimiter,
)
from automl.preprocessing.columns.number_format import MIN_PARSE_SHARE
from automl.preprocessing.preprocessor import columns_by_name

SORTED_ROWS = 2_000
"""Rows, spread evenly over the table, that are looked at for their order."""


def compute_table_stats(
    frame: pd.DataFrame, options: Mapping[str, ColumnOptions] | None = None
) -> dict[str, ColumnStats]:
    """Return what there is to know about each column, by name.

    Args:
        frame: the table; `frame.attrs["dialect"]` is the file's, where it was one.
        options: what the user insists on, by column.
    """
    chosen = options or {}
    columns = {name: cells for name, cells in columns_by_name(frame).items() if isinstance(cells, pd.Series)}
    stats = {name: compute_column_stats(cells, name, chosen.get(name, NO_OPTIONS)) for name, cells in columns.items()}
    return _decide_orders(_decide_signs(stats, columns, frame.attrs.get("dialect", {}).get("delimiter")), columns)


def recount(stats: Mapping[str, ColumnStats], frame: pd.DataFrame) -> dict[str, ColumnStats]:
    """Return the facts of some rows of the table, which are read as all of it is."""
    found = {}
    for name, cells in columns_by_name(frame).items():
        if isinstance(cells, pd.Series):
            about, form = stats[name], stats[name].number_format
            sign = DecimalSign(form.decimal, form.is_sure, form.is_mixed)
            counted = compute_column_stats(cells, name, about.options)
            found[name] = replace(counted, decimal_sign=sign, order=about.date_order)
    return found


def _decide_signs(
    stats: dict[str, ColumnStats], columns: Mapping[str, pd.Series], delimiter: str | None
) -> dict[str, ColumnStats]:
    unread = {
        name: about for name, about in stats.items() if not about.options.decimal_sign and about.signs.is_ambiguous
    }
    if not unread:
        return stats
    known, decided = _known_signs(stats), dict(stats)
    counts = {name: _all_signs(about, columns[name]) for name, about in unread.items()}
    known |= {decide_decimal_sign(each, None, None, None).sign for each in counts.values() if not each.is_ambiguous}
    table = next(iter(known)) if len(known) == 1 else None
    hint = None if known else sign_of_delimiter(delimiter)
    for name, about in unread.items():
        sign = decide_decimal_sign(counts[name], None, table, hint)
        if len(known) > 1 and counts[name].is_ambiguous:
            sign = sign._replace(is_sure=False)  # the other columns disagree
        decided[name] = replace(about, decimal_sign=sign)
    return decided


def _all_signs(about: ColumnStats, cells: pd.Series) -> SignCounts:
    return about.signs if about.n_distinct <= len(about.values) <= FORMAT_VALUES else count_signs(_all_values(cells))


def _known_signs(stats: Mapping[str, ColumnStats]) -> set[str]:
    """Return the signs that columns of numbers have evidence for, or the user has set."""
    found: set[str] = set()
    for about in stats.values():
        if about.options.decimal_sign is not None:
            found.add(about.options.decimal_sign)
        elif (about.signs.dot or about.signs.comma) and about.number_format.share >= MIN_PARSE_SHARE:
            found.add(about.number_format.decimal)
    return found


def _decide_orders(stats: dict[str, ColumnStats], columns: Mapping[str, pd.Series]) -> dict[str, ColumnStats]:
    dates = {name: about for name, about in stats.items() if about.orders.n and infer_type(about) == "date"}
    unread = {
        name: about for name, about in dates.items() if not about.options.date_order and about.orders.is_ambiguous
    }
    if not unread:
        return stats
    counts = {name: _all_orders(about, columns[name]) for name, about in unread.items()}
    orders = {about.options.date_order or counts.get(name, about.orders).decided for name, about in dates.items()}
    known, decided, signs = orders - {None}, dict(stats), _known_signs(stats)
    table = next(iter(known)) if len(known) == 1 else None
    sign = next(iter(signs)) if len(signs) == 1 else None
    for name, about in unread.items():
        cells = columns[name].dropna()
        rows = [str(cell) for cell in cells.iloc[:: -(-len(cells) // SORTED_ROWS) or 1].tolist()]
        order = decide_date_order(counts[name], None, table, rows, sign)
        if len(known) > 1 and counts[name].is_ambiguous and not counts[name].is_dotted:
            order = order._replace(is_sure=False)
        decided[name] = replace(about, order=order)
    return decided


def _all_orders(about: ColumnStats, cells: pd.Series) -> OrderCounts:
    return about.orders if about.n_distinct <= len(about.values) else count_orders(list(_all_values(cells)))


def _all_values(cells: pd.Series) -> Iterable[str]:
    """Return the distinct cells of the whole column, as text."""
    if isinstance(cells.dtype, pd.StringDtype):
        distinct = to_arrow(cells).unique().drop_null().to_pylist()
    else:
        distinct = [str(each) for each in cells.dropna().astype(str).unique()]
    return (each for each in distinct if not is_missing(each))
