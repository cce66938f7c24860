"""Columns: raw cells in bulk, where a function of a cell costs no more than a column's distinct values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from automl.parsing.scalars import to_label

ColumnLike = Sequence[Any] | pd.Series
TableLike = pd.DataFrame | Mapping[str, Sequence[Any]]

TEXT = pd.StringDtype("pyarrow", na_value=np.nan)
"""Of a column of raw text, NaN where missing."""


def map_unique(
    cells: ColumnLike, function: Callable[[Any], Any], missing: Any, dtype: npt.DTypeLike
) -> npt.NDArray[Any]:
    """Apply `function` to every cell, `missing` where a Series holds none: an array (n,) of `dtype`."""
    if not isinstance(cells, pd.Series):
        return np.array([function(cell) for cell in cells], dtype=dtype)
    codes, uniques = factorize(cells)
    table = np.empty(len(uniques) + 1, dtype=dtype)
    table[:-1] = [function(each) for each in uniques]
    table[-1] = missing
    return table[codes]


def factorize(series: pd.Series) -> tuple[npt.NDArray[np.int64], list[Any]]:
    """Return codes (n,), -1 where missing, and the distinct values as Python objects in order of appearance."""
    if series.dtype == object:
        return _factorize_objects(series)
    if isinstance(series.dtype, pd.StringDtype):
        encoded = to_arrow(series).dictionary_encode()
        return encoded.indices.fill_null(-1).to_numpy().astype(np.int64), encoded.dictionary.to_pylist()
    if isinstance(series.dtype, np.dtype) and series.dtype.kind in "biuf":
        codes, distinct = pd.factorize(series.to_numpy())
        return codes.astype(np.int64), list(distinct.tolist())
    codes, uniques = pd.factorize(series.array)
    return codes.astype(np.int64), [_plain_cell(each) for each in uniques.tolist()]


# What `float` reads and PyArrow's cast reads to the very same float64 (the tests compare them).
_PLAIN_NUMBER = r"^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?$"
# The commonest of what `scalars.parse_number` reads besides, with its decimal sign "." or ",".
_WRITTEN_NUMBER = {
    ".": r"^-?[$€£]?([0-9]{1,20}|[0-9]{1,3}(,[0-9]{3}){1,6})([.][0-9]{1,20})?%?$",
    ",": r"^-?[$€£]?([0-9]{1,20}|[0-9]{1,3}([.][0-9]{3}){1,6})(,[0-9]{1,20})?%?$",
}
_ISO_MOMENT = (
    r"^(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?)?$"
)


def parse_plain_numbers(
    series: pd.Series, decimal: str = ".", unit: str = ""
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]] | None:
    """Return (float64 (n,), whether each cell is settled) of a text column, reading plain numbers only.

    The fast road for what `scalars.parse_number` would do cell by cell; None where the cells are no text.
    """
    if not isinstance(series.dtype, pd.StringDtype):
        return None
    cells = to_arrow(series)
    read, done = _cast_numbers(cells) if decimal == "." else (pa.nulls(len(cells), pa.float64()), cells.is_null())
    if not pc.all(done).as_py():
        rest = pc.if_else(done, None, cells)
        if unit:
            rest = pc.utf8_rtrim_whitespace(pc.utf8_lower(rest))
            rest = pc.if_else(pc.ends_with(rest, unit), pc.replace_substring_regex(rest, _ending(unit), ""), rest)
        rest = pc.if_else(pc.match_substring_regex(rest, _WRITTEN_NUMBER[decimal]), rest, None)
        rest = pc.replace_substring_regex(rest, r"[$€£%,]" if decimal == "." else r"[$€£%.]", "")
        rest = pc.cast(pc.replace_substring(rest, ",", "."), pa.float64())
        read, done = pc.coalesce(read, rest), pc.or_(done, rest.is_valid())
    values = read.fill_null(np.nan).to_numpy(zero_copy_only=False)
    return np.where(np.isfinite(values), values, np.nan), done.to_numpy(zero_copy_only=False)


def _cast_numbers(cells: pa.Array) -> tuple[pa.Array, pa.Array]:
    try:
        read = pc.cast(cells, pa.float64())
    except pa.ArrowInvalid:
        plain = pc.match_substring_regex(cells, _PLAIN_NUMBER)
        read = pc.cast(pc.if_else(plain, cells, None), pa.float64())
    return read, pc.or_(read.is_valid(), cells.is_null())


def _ending(unit: str) -> str:
    return r"\s*" + re.escape(unit) + "$"


def parse_iso_datetimes(series: pd.Series) -> npt.NDArray[np.float64] | None:
    """Return float64 (n,) seconds since 1970 if all cells of a text column are empty or ISO moments; else None.

    The fast road for `dates.parse_date`.
    """
    if not isinstance(series.dtype, pd.StringDtype):
        return None
    cells = to_arrow(series)
    if not pc.all(pc.match_substring_regex(cells, _ISO_MOMENT)).as_py():
        return None
    try:
        moments = pc.cast(cells, pa.timestamp("s"))
    except pa.ArrowInvalid:  # the 30th of February
        return None
    return np.asarray(pc.cast(moments, pa.int64()).fill_null(0).to_numpy(), dtype=np.float64) + np.where(
        cells.is_null().to_numpy(zero_copy_only=False), np.nan, 0.0
    )


def to_arrow(series: pd.Series) -> pa.Array:
    """Return a text column as one PyArrow array of strings, null where missing."""
    cells = pa.array(series, type=pa.large_string(), from_pandas=True)
    return cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells


def _plain_cell(cell: Any) -> Any:
    """Return the cell as a Python object where `scalars` has a reading for its kind, else its label."""
    cell = cell.item() if isinstance(cell, np.generic) else cell
    return cell if isinstance(cell, str | int | float | date | timedelta) else to_label(cell)


def _factorize_objects(series: pd.Series) -> tuple[npt.NDArray[np.int64], list[Any]]:
    """Factorize by label: pandas' own hashing would take 1 and True, or an unhashable list, for trouble."""
    known: dict[str, int] = {}
    firsts: list[Any] = []
    codes = np.empty(len(series), dtype=np.int64)
    for row, cell in enumerate(series.tolist()):
        text = None if isinstance(cell, float) and cell != cell else to_label(cell)
        if text is None:
            codes[row] = -1
            continue
        code = known.setdefault(text, len(firsts))
        if code == len(firsts):
            firsts.append(_plain_cell(cell))
        codes[row] = code
    return codes, firsts


def to_floats(series: pd.Series) -> npt.NDArray[np.float64] | None:
    """Return float64 (n,), NaN where missing or infinite, of a column whose dtype is numeric; None for others."""
    kind = series.dtype.kind
    if kind == "m":
        values = pd.to_timedelta(series).dt.total_seconds().to_numpy(dtype=np.float64)
    elif kind in "iuf" and not isinstance(series.dtype, pd.CategoricalDtype):
        values = series.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        return None
    return np.where(np.isfinite(values), values, np.nan)
