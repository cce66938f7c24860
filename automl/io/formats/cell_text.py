"""Cells of a workbook's column as the text that is read back as the same values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from itertools import compress
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from automl.io.formats.csv_lines import TEXT

# Outside of these PyArrow writes numbers with a fraction in another way than Python.
_LEAST, _MOST = 1e-4, 1e10
# From here on Python writes whole numbers with an exponent.
_INTEGER_LIMIT = 1e16


def column_text(cells: Sequence[object]) -> pa.Array | Sequence[str | None]:
    """Return the cells as text; those that are "" are empty.

    Columns of one type, as nearly all are, are written by PyArrow: cell by cell takes several times as long.
    """
    kinds = {*map(type, cells)}
    if kinds == {str}:
        return cells
    if str in kinds:
        cells = [None if cell == "" else cell for cell in cells]
        kinds = {*map(type, cells)} - {type(None)}
    if write := next((write for those, write in _COLUMNS if kinds <= those), None):
        return write(cells)
    return [None if cell is None else _CELLS.get(type(cell), str)(cell) for cell in cells]


def _number(cell: float) -> str:
    """Return a number as it is read back; one without a fraction as a whole one, as sheets show it."""
    text = repr(cell)
    return text[:-2] if text[-2:] == ".0" else text


def _numbers(cells: Sequence[object]) -> pa.Array:
    numbers = pa.array(cells, pa.float64())
    known = numbers.drop_null().to_numpy()
    is_whole = (known == np.floor(known)) & (np.abs(known) < _INTEGER_LIMIT) & ((known != 0) | ~np.signbit(known))
    if is_whole.all():
        return numbers.cast(pa.int64()).cast(TEXT)
    size = pc.abs(numbers)
    is_odd = pc.or_(pc.greater_equal(size, _MOST), pc.and_(pc.less(size, _LEAST), pc.greater(size, 0.0)))
    odd = pa.array(map(_number, numbers.filter(is_odd).to_pylist()), TEXT)
    return pc.replace_with_mask(numbers.cast(TEXT), pc.fill_null(is_odd, False), odd)


def _moments(cells: Sequence[object]) -> pa.Array:
    """Return moments as ISO has them; the reader of workbooks makes dates of midnights, and they stay so."""
    is_day = [type(cell) is date for cell in cells]
    moments = pa.array(cells, pa.timestamp("us"), mask=np.array(is_day))
    try:
        text = moments.cast(pa.timestamp("s")).cast(pa.string())  # It raises where fractions would be lost.
    except pa.ArrowInvalid:
        text = pc.replace_substring_regex(moments.cast(pa.string()), r"\.0+$", "")
    text = pc.binary_replace_slice(text.cast(pa.large_binary()), 10, 11, b"T").cast(TEXT)
    days = pa.array(compress(cells, is_day), pa.date32())
    return pc.replace_with_mask(text, pa.array(is_day), days.cast(TEXT))


_COLUMNS: list[tuple[set[type], Callable[[Sequence[object]], pa.Array]]] = [
    ({float}, _numbers),
    ({bool}, lambda cells: pa.array(cells, pa.bool_()).cast(TEXT)),
    ({date, datetime}, _moments),
]
_CELLS: dict[type, Callable[[Any], str]] = {
    float: _number,
    bool: lambda cell: "true" if cell else "false",
    date: date.isoformat,
    datetime: datetime.isoformat,
    time: time.isoformat,
    timedelta: lambda cell: _number(cell.total_seconds()),
}
