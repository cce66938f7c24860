"""Rows that are held out of a training, so that a comparison has rows which no model has seen.

Which rows those are follows from what stands in them, not from their places: each training of a table that grows holds
out the same ones, so that the model before has not seen them either. What belongs together stays on one side: rows of
a group or key, copies of a row. Where models are validated by time, the newest rows are held out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from automl._typing import Array
from automl.parsing.labels import label_key
from automl.parsing.vectorized import factorize
from automl.preprocessing.columns.column_options import ColumnOptions
from automl.preprocessing.columns.table_stats import compute_table_stats
from automl.preprocessing.preprocessor import columns_by_name
from automl.preprocessing.time_order import time_order
from automl.reference.row_digests import Digests, digest_rows, hash_array

By = Literal["rows", "copies", "groups", "time"]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Holdout:
    """Which rows are held out of a training.

    Attributes:
        salt: another one holds out other rows.
        share: of the rows; less than was asked for in a large table.
        by: what decides. `rows`: what stands in a row, each of several that are alike by chance by itself; `copies`:
            rows alike in all but the target on one side; `groups`: what the columns hold; `time`: the newest.
        columns: that decide.
        target: the column to predict.
        since: rows from this time on are held out, seconds, a number or text as in the column.
        kept: labels of which no row is held out.
        rows: how many were held out; `total` of how many.
        why: in words, where none were.
    """

    salt: str
    share: float
    by: By
    columns: tuple[str, ...]
    target: str
    since: float | str | None = None
    kept: tuple[str, ...] = ()
    rows: int = 0
    total: int = 0
    why: str = ""

    def find(self, frame: pd.DataFrame, options: Mapping[str, ColumnOptions] | None = None) -> Mask | None:
        """Return which rows (n,) of a table are held out by it; None where that cannot be told of this table."""
        return self.find_planned(frame, options) if self.rows else None

    def find_planned(self, frame: pd.DataFrame, options: Mapping[str, ColumnOptions] | None = None) -> Mask | None:
        """Return which rows it would hold out, whether or not it did."""
        present = columns_of(frame)
        if any(name not in present for name in self.columns):
            return None
        if self.by == "time":
            times = times_of(frame, self.columns[0], options)
            return None if isinstance(self.since, str) != (times.dtype == object) else np.asarray(times >= self.since)
        held = _shares(self._units(frame), self.salt) < self.share
        if self.kept:
            held &= ~_has_label(frame, self.target, self.kept)
        return held

    def clusters(self, frame: pd.DataFrame, options: Mapping[str, ColumnOptions] | None = None) -> Array | None:
        """Return codes (n,) of rows that are not independent of each other; None where all are.

        Those are rows of a group, copies, and rows that follow one another in time.
        """
        if self.by == "time":
            order = np.argsort(times_of(frame, self.columns[0], options), kind="stable")
            codes = np.empty(len(order), dtype=np.int64)
            # Blocks of the cube root of the rows keep what is alike in a stretch of time together (Künsch 1989).
            codes[order] = np.arange(len(order)) // max(1, round(len(order) ** (1 / 3)))
            return codes
        return None if self.by == "rows" else np.asarray(pd.factorize(self._units(frame))[0])

    def _units(self, frame: pd.DataFrame) -> Digests:
        """Return a digest (n,) of what stands on one side."""
        if self.by != "rows":
            return digest_rows(frame, self.columns)
        content = digest_rows(frame, [*self.columns, self.target])
        # Of rows that are alike each has a number of its own: which of them has which makes no difference.
        number = pd.Series(content).groupby(content).cumcount().to_numpy().astype(np.uint64)
        return content ^ hash_array(number)

    def to_json(self) -> dict[str, Any]:
        """Return JSON values."""
        return {**asdict(self), "columns": list(self.columns), "kept": list(self.kept)}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> Holdout:
        """Return what `to_json` was made of."""
        kind = said["by"]
        if kind not in get_args(By):
            raise ValueError(f"no such way of holding rows out: {kind!r}")
        return cls(**{**said, "columns": tuple(said["columns"]), "kept": tuple(said["kept"])})


def times_of(frame: pd.DataFrame, name: str, options: Mapping[str, ColumnOptions] | None) -> Array:
    """Return sortable times (n,) of a column."""
    # All columns are looked at, as what one leaves open of its reading others decide.
    return time_order(frame[name], compute_table_stats(frame, options or {})[name])


def columns_of(frame: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the columns by their names; of several with one name the first."""
    return {name: cells for name, cells in columns_by_name(frame).items() if isinstance(cells, pd.Series)}


def _shares(units: Digests, salt: str) -> npt.NDArray[np.float64]:
    """Return a number (n,) in [0, 1) for each unit, evenly spread."""
    salted = hash_array(units ^ hash_array(np.array([salt], dtype=object))[0])
    return salted.astype(np.float64) / 2.0**64


def label_codes(frame: pd.DataFrame, target: str) -> tuple[npt.NDArray[np.int64], list[str]]:
    """Return codes (n,) of what the target holds, and what each is, "" for nothing."""
    codes, uniques = factorize(columns_of(frame)[target])
    keys = [label_key(each) or "" for each in uniques]
    names = list(dict.fromkeys([*keys, ""]))
    place = {name: i for i, name in enumerate(names)}
    table = np.array([*(place[key] for key in keys), place[""]], dtype=np.int64)
    return table[codes], names


def _has_label(frame: pd.DataFrame, target: str, labels: Collection[str]) -> Mask:
    codes, names = label_codes(frame, target)
    return np.isin(codes, [i for i, name in enumerate(names) if name in set(labels)])
