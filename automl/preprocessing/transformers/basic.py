"""Transformers of a single column, as frozen dataclasses of names and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from automl.parsing.dates import MONTH_FIRST, calendar_parts, parse_date, to_seconds
from automl.parsing.labels import canonical_label, codes_by_key, counts_as_missing, label_key, parse_boolean
from automl.parsing.numbers import parse_number
from automl.parsing.vectorized import ColumnLike, map_unique, parse_iso_datetimes, parse_plain_numbers, to_floats
from automl.preprocessing.features import MISSING


@dataclass
class TransformerOutput:
    """What one step makes of one column of n cells: arrays (n,) by kind."""

    numeric: Sequence[npt.NDArray[Any]] = ()
    categorical: Sequence[npt.NDArray[Any]] = ()
    text: Sequence[npt.NDArray[np.object_]] = ()


class Transformer(Protocol):
    """One fitted transformation of a column. Implementations are frozen dataclasses of JSON values."""

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

    def transform(self, cells: ColumnLike) -> TransformerOutput: ...


@dataclass(frozen=True)
class BaseTransformer:
    """The defaults of a transformer: it makes nothing."""

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
class NumericTransformer(BaseTransformer):
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

    def values(self, cells: ColumnLike) -> npt.NDArray[np.float64]:
        """Return float64 (n,) as read, before the offset."""
        parse = partial(parse_number, decimal=self.decimal, unit=self.unit)
        if not isinstance(cells, pd.Series):
            return map_unique(cells, parse, np.nan, np.float64)
        ready = to_floats(cells)
        if ready is not None:
            return ready
        plain = parse_plain_numbers(cells, self.decimal, self.unit)
        if plain is None:
            return map_unique(cells, parse, np.nan, np.float64)
        values, done = plain
        if not done.all():
            values[~done] = map_unique(cells[~done], parse, np.nan, np.float64)
        return values

    def transform_values(self, values: npt.NDArray[np.float64]) -> TransformerOutput:
        """Transform values read before."""
        return TransformerOutput(numeric=[values - self.offset if self.offset else values])

    def transform(self, cells: ColumnLike) -> TransformerOutput:
        return self.transform_values(self.values(cells))


@dataclass(frozen=True)
class BooleanTransformer(BaseTransformer):
    """1 for yes, 0 for no."""

    kind: ClassVar[str] = "boolean"

    @property
    def numeric_names(self) -> tuple[str, ...]:
        return (self.column,)

    def values(self, cells: ColumnLike) -> npt.NDArray[np.float64]:
        return map_unique(cells, parse_boolean, np.nan, np.float64)

    def transform(self, cells: ColumnLike) -> TransformerOutput:
        return TransformerOutput(numeric=[self.values(cells)])


@dataclass(frozen=True)
class CategoricalTransformer(BaseTransformer):
    """Codes of the labels kept from training; every other label gets the code len(labels).

    `numeric` makes 3.5 and "3.50" one label, too. With `counts`, a second column says how often the label occurred in
    training (once, for labels not kept). `spellings` are further ways in which the training table writes labels.
    """

    kind: ClassVar[str] = "category"
    labels: tuple[str, ...] = ()
    numeric: bool = False
    counts: tuple[int, ...] = ()
    spellings: tuple[str, ...] = ()
    _codes: dict[str, int] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._codes.update(codes_by_key(self.labels, numeric=self.numeric))

    @cached_property
    def _codes_by_number(self) -> dict[str, int]:
        """Codes of the labels that are numbers, by their value, where it is that of one label only."""
        codes: dict[str, set[int]] = {}
        for code, text in enumerate(self.labels):
            if parse_number(text) == parse_number(text):
                codes.setdefault(canonical_label(text) or "", set()).add(code)
        return {number: code for number, (code, *others) in codes.items() if not others}

    @cached_property
    def _frequency(self) -> npt.NDArray[np.float64]:
        """By code; index -1, missing, reads the last entry."""
        return np.array([*self.counts, 1, np.nan])

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
        """Return the key that labels are compared by; None where missing."""
        return canonical_label(cell) if self.numeric else label_key(cell)

    def _code(self, cell: object) -> int:
        key = self.key(cell)
        if key is None or (key not in self._codes and counts_as_missing(key, numeric=self.numeric)):
            return MISSING
        code = self._codes.get(key)
        if code is None and type(cell) in _NUMBERS:  # As JSON has it, of a label written 12.50, 1,000 or 007.
            code = self._codes_by_number.get(canonical_label(cell) or "")
        return len(self.labels) if code is None else code

    def transform(self, cells: ColumnLike) -> TransformerOutput:
        codes = map_unique(cells, self._code, MISSING, np.int32)
        if not self.counts:
            return TransformerOutput(categorical=[codes])
        return TransformerOutput(numeric=[self._frequency[codes]], categorical=[codes])


@dataclass(frozen=True)
class DatetimeTransformer(BaseTransformer):
    """Days since `reference_s` and the calendar's parts, the cyclic ones also as sine and cosine."""

    kind: ClassVar[str] = "date"
    order: str = MONTH_FIRST
    reference_s: float = 0.0
    parts: tuple[str, ...] = ("days", "year", "month", "day", "weekday", "hour")

    @property
    def numeric_names(self) -> tuple[str, ...]:
        names: list[str] = []
        for part in self.parts:
            names.append(f"{self.column} ({part})")
            if part in PERIODS:
                names += [f"{self.column} ({part} sin)", f"{self.column} ({part} cos)"]
        return tuple(names)

    def seconds(self, cells: ColumnLike) -> npt.NDArray[np.float64]:
        """Return float64 (n,) seconds since 1970 in UTC, NaN where missing."""
        if isinstance(cells, pd.Series) and cells.dtype.kind == "M":
            moments = cells.dt.tz_convert("UTC").dt.tz_localize(None) if cells.dt.tz is not None else cells
            return to_seconds(moments.to_numpy())
        ready = parse_iso_datetimes(cells) if isinstance(cells, pd.Series) else None
        if ready is not None:
            return ready
        return map_unique(cells, partial(parse_date, order=self.order), np.nan, np.float64)

    def transform(self, cells: ColumnLike) -> TransformerOutput:
        return self.transform_values(self.seconds(cells))

    def transform_values(self, seconds: npt.NDArray[np.float64]) -> TransformerOutput:
        """Transform moments read before."""
        made: list[npt.NDArray[Any]] = []
        calendar = calendar_parts(seconds)
        for part in self.parts:
            values = (seconds - self.reference_s) / 86_400 if part == "days" else calendar[part]
            made.append(values)
            if part in PERIODS:
                angle = values * (2 * np.pi / PERIODS[part])
                made += [np.sin(angle), np.cos(angle)]
        return TransformerOutput(numeric=made)


_NUMBERS = frozenset({int, float})
PERIODS = {"month": 12, "weekday": 7, "hour": 24}
