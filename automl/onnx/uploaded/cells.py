"""Cells of a table to the tensors of a graph.

A missing number is NaN, a missing text "". Whole numbers and truth values have nothing that stands for "missing": a row
without one is refused, rather than answered with a number that was made up.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from automl.errors import DataError
from automl.inference.input_warnings import UNREADABLE_VALUE, Flagged
from automl.onnx.uploaded.signature import TensorInput
from automl.parsing.labels import parse_boolean, strip_label
from automl.parsing.scalars import is_missing, to_label
from automl.parsing.vectorized import ColumnLike, map_unique

DTYPES: Mapping[str, npt.DTypeLike] = {
    "float": np.float32, "double": np.float64, "float16": np.float16, "int64": np.int64, "int32": np.int32,
    "bool": np.bool_, "string": np.object_,
}  # fmt: skip
_MAX_EXACT = 2.0**63


def feature_type(type_: str) -> str:
    """Return what a column of such a tensor is called."""
    return {"bool": "boolean", "string": "category"}.get(type_, "number")


def to_tensor(given: TensorInput, columns: Mapping[str, ColumnLike], n_rows: int) -> npt.NDArray[Any]:
    """Return the tensor of an input; absent columns are missing.

    Raises:
        DataError: `INPUT_NOT_USABLE`, where a cell has no value that the input can hold.
    """
    absent: ColumnLike = [None] * n_rows
    read = [_values(given.type, name, columns.get(name, absent)) for name in given.columns]
    if given.rank == 1:
        return read[0]
    return np.ascontiguousarray(np.stack(read, axis=1))


def _values(type_: str, name: str, cells: ColumnLike) -> npt.NDArray[Any]:
    if type_ == "string":
        return map_unique(cells, text_of, "", np.object_)
    if type_ in ("float", "double", "float16"):
        with np.errstate(over="ignore"):
            return np.asarray(map_unique(cells, number_of, math.nan, np.float64), dtype=DTYPES[type_])
    if type_ == "bool":
        truths = map_unique(cells, truth_of, math.nan, np.float64)
        _refuse(name, cells, np.isnan(truths), "yes or no")
        return truths.astype(np.bool_)
    wide = map_unique(cells, whole_of, None, np.object_)
    limits = np.iinfo(DTYPES[type_])
    unfit = np.array([value is None or not limits.min <= value <= limits.max for value in wide], dtype=np.bool_)
    _refuse(name, cells, unfit, "a whole number")
    return wide.astype(DTYPES[type_])


def text_of(cell: Any) -> str:
    """Return a cell as text without blanks around it, "" where missing."""
    return strip_label(to_label(cell) or "")


def number_of(cell: Any) -> float:
    """Return a number as programs write it, NaN where there is none."""
    if cell is None or (isinstance(cell, str) and "_" in cell):
        return math.nan
    try:
        value = float(cell)
    except (TypeError, ValueError, OverflowError):
        return math.nan
    return value if math.isfinite(value) else math.nan


def truth_of(cell: Any) -> float:
    """Return 1 for yes, 0 for no, NaN for anything else."""
    return parse_boolean(cell)


def whole_of(cell: Any) -> int | None:
    """Return a whole number, None where there is none."""
    if isinstance(cell, int):
        return int(cell)
    if isinstance(cell, str) and cell.strip().lstrip("+-").isdecimal() and len(cell) <= 30:
        return int(cell)
    value = number_of(cell)
    return int(value) if abs(value) < _MAX_EXACT and value.is_integer() else None


def flag_cells(
    given: TensorInput, features: Mapping[str, Mapping[str, Any]], columns: Mapping[str, ColumnLike]
) -> Iterator[Flagged]:
    """Find the cells of numbers that read as none: they count as missing."""
    if given.type not in ("float", "double", "float16"):
        return
    for name in given.columns:
        if (cells := columns.get(name)) is None:
            continue
        unread = map_unique(cells, _is_unreadable, False, np.bool_)
        if unread.any():
            yield Flagged(features[name], UNREADABLE_VALUE, np.flatnonzero(unread), _texts(cells, unread))


def _is_unreadable(cell: Any) -> bool:
    return math.isnan(number_of(cell)) and not is_missing(to_label(cell) or "")


def _texts(cells: ColumnLike, chosen: npt.NDArray[np.bool_]) -> Sequence[str]:
    return [to_label(cell) or "" for cell, is_chosen in zip(cells, chosen.tolist(), strict=True) if is_chosen]


def _refuse(name: str, cells: ColumnLike, unfit: npt.NDArray[np.bool_], wanted: str) -> None:
    if unfit.any():
        first = _texts(cells, unfit)[0][:80]
        was = f"is {first!r}" if first else "is missing"
        raise DataError(
            "INPUT_NOT_USABLE",
            f"{int(unfit.sum()):,} of {len(unfit):,} cells of {name!r} cannot be given to the model: the first {was}.",
            f"Give {wanted} in every row.",
            column=name,
        )
