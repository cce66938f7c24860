"""Steps: what a plan does to one column, as frozen dataclasses of names and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from automl.columns import Cells, map_cells, numbers, plain_numbers
from automl.features import MISSING
from automl.values import label, numeric_label, parse_boolean, parse_date, parse_number


@dataclass
class Block:
    """What one step makes of one column of n cells: arrays (n,) by kind."""

    numeric: Sequence[npt.NDArray[Any]] = ()
    categorical: Sequence[npt.NDArray[Any]] = ()
    text: Sequence[npt.NDArray[np.object_]] = ()


class Step(Protocol):
    """The fate of one column. Implementations are frozen dataclasses of JSON values."""

    kind: ClassVar[str]

    @property
    def column(self) -> str: ...
    @property
    def numeric_names(self) -> tuple[str, ...]: ...
    @property
    def categorical_names(self) -> tuple[str, ...]: ...
    @property
    def text_names(self) -> tuple[str, ...]: ...
    @property
    def categories(self) -> tuple[str, ...]:
        """Labels of its categorical column, in the order of their codes."""
        ...

    def apply(self, cells: Cells) -> Block: ...


@dataclass(frozen=True)
class _Named:
    """The defaults of a step: it makes nothing."""

    column: str

    @property
    def numeric_names(self) -> tuple[str, ...]:
        return ()

    @property
    def categorical_names(self) -> tuple[str, ...]:
        return ()

    @property
    def text_names(self) -> tuple[str, ...]:
        return ()

    @property
    def categories(self) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True)
class Number(_Named):
    """Kept as a number.

    `offset` is taken away before rounding to float32, for numbers (timestamps, keys) that lie too close for
    it.
    """

    kind: ClassVar[str] = "number"
    decimal: str = "."
    unit: str = ""
    offset: float = 0.0

    @property
    def numeric_names(self) -> tuple[str, ...]:
        return (self.column,)

    def values(self, cells: Cells) -> npt.NDArray[np.float64]:
        """float64 (n,) as read, before the offset."""
        parse = partial(parse_number, decimal=self.decimal, unit=self.unit)
        if not isinstance(cells, pd.Series):
            return map_cells(cells, parse, np.nan, np.float64)
        ready = numbers(cells)
        if ready is not None:
            return ready
        plain = plain_numbers(cells) if self.decimal == "." else None
        if plain is None:
            return map_cells(cells, parse, np.nan, np.float64)
        values, done = plain
        if not done.all():
            values[~done] = map_cells(cells[~done], parse, np.nan, np.float64)
        return values

    def apply(self, cells: Cells) -> Block:
        read = self.values(cells)
        return Block(numeric=[read - self.offset if self.offset else read])


@dataclass(frozen=True)
class Boolean(_Named):
    """1 for yes, 0 for no."""

    kind: ClassVar[str] = "boolean"

    @property
    def numeric_names(self) -> tuple[str, ...]:
        return (self.column,)

    def apply(self, cells: Cells) -> Block:
        return Block(numeric=[map_cells(cells, parse_boolean, np.nan, np.float64)])


@dataclass(frozen=True)
class Category(_Named):
    """Codes of the labels kept from training; every other label gets the code len(labels).

    `numeric` makes 3, "3" and "3.0" one label. With `counts`, a second column says how often the label
    occurred in training (once, for labels not kept).
    """

    kind: ClassVar[str] = "category"
    labels: tuple[str, ...] = ()
    numeric: bool = False
    counts: tuple[int, ...] = ()
    _codes: dict[str, int] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._codes.update({self.key(text) or text: code for code, text in enumerate(self.labels)})

    @property
    def numeric_names(self) -> tuple[str, ...]:
        return (f"{self.column} (frequency)",) if self.counts else ()

    @property
    def categorical_names(self) -> tuple[str, ...]:
        return (self.column,)

    @property
    def categories(self) -> tuple[str, ...]:
        return self.labels

    def key(self, cell: object) -> str | None:
        """What labels are compared by; None where missing."""
        return numeric_label(cell) if self.numeric else label(cell)

    def _code(self, cell: object) -> int:
        key = self.key(cell)
        return MISSING if key is None else self._codes.get(key, len(self.labels))

    def apply(self, cells: Cells) -> Block:
        codes = map_cells(cells, self._code, MISSING, np.int32)
        if not self.counts:
            return Block(categorical=[codes])
        # Index -1, missing, reads the last entry.
        return Block(numeric=[np.array([*self.counts, 1, np.nan])[codes]], categorical=[codes])


@dataclass(frozen=True)
class Date(_Named):
    """Days since `reference_s` and the calendar's parts, the cyclic ones also as sine and cosine."""

    kind: ClassVar[str] = "date"
    day_first: bool = False
    reference_s: float = 0.0
    parts: tuple[str, ...] = ("days", "year", "month", "day", "weekday", "hour")

    @property
    def numeric_names(self) -> tuple[str, ...]:
        names: list[str] = []
        for part in self.parts:
            names.append(f"{self.column} ({part})")
            if part in _PERIODS:
                names += [f"{self.column} ({part} sin)", f"{self.column} ({part} cos)"]
        return tuple(names)

    def seconds(self, cells: Cells) -> npt.NDArray[np.float64]:
        """float64 (n,) seconds since 1970 in UTC, NaN where missing."""
        if isinstance(cells, pd.Series) and cells.dtype.kind == "M":
            moments = cells.dt.tz_convert("UTC").dt.tz_localize(None) if cells.dt.tz is not None else cells
            return _to_seconds(moments.to_numpy())
        return map_cells(cells, partial(parse_date, day_first=self.day_first), np.nan, np.float64)

    def apply(self, cells: Cells) -> Block:
        seconds = self.seconds(cells)
        made: list[npt.NDArray[Any]] = []
        calendar = calendar_parts(seconds)
        for part in self.parts:
            values = (seconds - self.reference_s) / 86_400 if part == "days" else calendar[part]
            made.append(values)
            if part in _PERIODS:
                angle = values * (2 * np.pi / _PERIODS[part])
                made += [np.sin(angle), np.cos(angle)]
        return Block(numeric=made)


_PERIODS = {"month": 12, "weekday": 7, "hour": 24}


def _to_seconds(moments: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    micro = moments.astype("datetime64[us]")
    return np.where(np.isnat(micro), np.nan, micro.astype(np.int64) / 1e6)


def calendar_parts(seconds: npt.NDArray[np.float64]) -> dict[str, npt.NDArray[np.float64]]:
    """year, month (1-12), day (1-31), weekday (0 is Monday) and hour of moments, NaN where missing."""
    gone = np.isnan(seconds)
    day_number = np.floor(np.where(gone, 0, seconds) / 86_400)
    days = day_number.astype(np.int64).astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    years = days.astype("datetime64[Y]")
    parts = {
        "year": years.astype(np.int64) + 1970.0,
        "month": (months - years).astype(np.int64) + 1.0,
        "day": (days - months).astype(np.int64) + 1.0,
        "weekday": (day_number + 3) % 7,  # 1970-01-01 was a Thursday
        "hour": np.floor((np.where(gone, 0, seconds) - day_number * 86_400) / 3_600),
    }
    for values in parts.values():
        values[gone] = np.nan
    return parts


@dataclass(frozen=True)
class Text(_Named):
    """Kept as text, and its length in characters and words."""

    kind: ClassVar[str] = "text"

    @property
    def numeric_names(self) -> tuple[str, ...]:
        return (f"{self.column} (characters)", f"{self.column} (words)")

    @property
    def text_names(self) -> tuple[str, ...]:
        return (self.column,)

    def apply(self, cells: Cells) -> Block:
        text = map_cells(cells, _text, "", np.object_)
        characters = np.array([len(each) for each in text], dtype=np.float64)
        words = np.array([len(each.split()) for each in text], dtype=np.float64)
        return Block(numeric=[characters, words], text=[text])


def _text(cell: object) -> str:
    return label(cell) or ""


STEPS: dict[str, type[Any]] = {step.kind: step for step in (Number, Boolean, Category, Date, Text)}
"""By the name under which a plan records them."""
