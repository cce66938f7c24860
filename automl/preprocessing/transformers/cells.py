"""Transformers of what a cell of a column of numbers holds besides the number: its unit, or a word in its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import pandas as pd

from automl.parsing.numbers import mark_of_number, parse_number
from automl.parsing.scalars import is_missing, to_label
from automl.parsing.vectorized import ColumnLike, map_unique
from automl.preprocessing.features import MISSING
from automl.preprocessing.transformers.basic import BaseTransformer, NumericTransformer, TransformerOutput


@dataclass(frozen=True)
class _CellCategory(BaseTransformer):
    """A category that is read out of a cell; labels not kept from training get the code len(labels)."""

    decimal: str = "."
    unit: str = ""
    labels: tuple[str, ...] = ()
    _codes: dict[str, int] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._codes.update({text: code for code, text in enumerate(self.labels)})

    @property
    def categories(self) -> tuple[str, ...]:
        return self.labels

    def label(self, cell: object) -> str:
        """Return the category of a cell, "" where it has none."""
        raise NotImplementedError

    def _code(self, cell: object) -> int:
        label = self.label(cell)
        return self._codes.get(label, len(self.labels)) if label else MISSING

    def transform(self, cells: ColumnLike) -> TransformerOutput:
        return TransformerOutput(categorical=[map_unique(cells, self._code, MISSING, np.int32)])


@dataclass(frozen=True)
class UnitCategory(_CellCategory):
    """The currency or unit of each amount, in a column that mixes them."""

    kind: ClassVar[str] = "unit"

    @property
    def categorical_names(self) -> tuple[str, ...]:
        return (f"{self.column} (unit)",)

    def label(self, cell: object) -> str:
        return mark_of_number(cell, self.unit) if isinstance(cell, str) else ""


@dataclass(frozen=True)
class WordCategory(_CellCategory):
    """What the cells say that are no numbers, in a column of numbers."""

    kind: ClassVar[str] = "word"

    @property
    def categorical_names(self) -> tuple[str, ...]:
        return (f"{self.column} (word)",)

    def label(self, cell: object) -> str:
        text = to_label(cell)
        if text is None or is_missing(text):
            return ""
        number = parse_number(text, self.decimal, self.unit)
        return text.strip() if number != number else ""

    def transform(self, cells: ColumnLike) -> TransformerOutput:
        if not isinstance(cells, pd.Series):
            return super().transform(cells)
        # Most cells are numbers, which are read in bulk.
        gone = np.isnan(NumericTransformer(self.column, self.decimal, self.unit).values(cells))
        codes = np.full(len(cells), MISSING, dtype=np.int32)
        if gone.any():
            codes[gone] = map_unique(cells[gone], self._code, MISSING, np.int32)
        return TransformerOutput(categorical=[codes])
