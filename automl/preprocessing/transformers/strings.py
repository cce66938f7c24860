"""Transformers of what a code, a name or an address holds besides being a label.

`B71` is deck B, cabin 71; `Davidson, Mr. Thornton` is a mister; `ann@example.org` writes from example.org.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from automl.parsing.numbers import NAN
from automl.parsing.scalars import parse_position, to_label
from automl.parsing.substrings import count_characters, count_words, extract_substring, trailing_number
from automl.parsing.vectorized import ColumnLike, map_unique
from automl.preprocessing.features import MISSING
from automl.preprocessing.transformers.basic import BaseTransformer, TransformerOutput


@dataclass(frozen=True)
class SubstringCategory(BaseTransformer):
    """A part of each cell as a category; parts not kept from training get the code len(labels)."""

    kind: ClassVar[str] = "substring"
    pattern: str = "letters"
    labels: tuple[str, ...] = ()
    _codes: dict[str, int] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._codes.update({text: code for code, text in enumerate(self.labels)})

    @property
    def categorical_names(self) -> tuple[str, ...]:
        return (f"{self.column} ({self.pattern})",)

    @property
    def categories(self) -> tuple[str, ...]:
        return self.labels

    def _code(self, cell: object) -> int:
        found = extract_substring(cell, self.pattern)
        return MISSING if found is None else self._codes.get(found, len(self.labels))

    def transform(self, cells: ColumnLike) -> TransformerOutput:
        return TransformerOutput(categorical=[map_unique(cells, self._code, MISSING, np.int32)])


@dataclass(frozen=True)
class TrailingNumber(BaseTransformer):
    """The last number in each cell."""

    kind: ClassVar[str] = "trailing_number"

    @property
    def numeric_names(self) -> tuple[str, ...]:
        return (f"{self.column} (number)",)

    def transform(self, cells: ColumnLike) -> TransformerOutput:
        return TransformerOutput(numeric=[map_unique(cells, trailing_number, NAN, np.float64)])


@dataclass(frozen=True)
class StringLength(BaseTransformer):
    """How many characters and words each cell has."""

    kind: ClassVar[str] = "string_length"

    @property
    def numeric_names(self) -> tuple[str, ...]:
        return (f"{self.column} (characters)", f"{self.column} (words)")

    def transform(self, cells: ColumnLike) -> TransformerOutput:
        return TransformerOutput(
            numeric=[map_unique(cells, count, NAN, np.float64) for count in (count_characters, count_words)]
        )


@dataclass(frozen=True)
class OrdinalRange(BaseTransformer):
    """Where labels such as `<5`, `5-10`, `10+`, or 3 among them, stand on their scale."""

    kind: ClassVar[str] = "ordinal_range"

    @property
    def numeric_names(self) -> tuple[str, ...]:
        return (f"{self.column} (order)",)

    def values(self, cells: ColumnLike) -> npt.NDArray[np.float64]:
        """Return float64 (n,), NaN where a cell is no range."""
        return map_unique(cells, parse_position, NAN, np.float64)

    def transform(self, cells: ColumnLike) -> TransformerOutput:
        return TransformerOutput(numeric=[self.values(cells)])


@dataclass(frozen=True)
class TextTransformer(BaseTransformer):
    """Kept as text, and its length in characters and words."""

    kind: ClassVar[str] = "text"

    @property
    def numeric_names(self) -> tuple[str, ...]:
        return (f"{self.column} (characters)", f"{self.column} (words)")

    @property
    def text_names(self) -> tuple[str, ...]:
        return (self.column,)

    def transform(self, cells: ColumnLike) -> TransformerOutput:
        text = map_unique(cells, _text, "", np.object_)
        characters = np.array([len(each) for each in text], dtype=np.float64)
        words = np.array([len(each.split()) for each in text], dtype=np.float64)
        return TransformerOutput(numeric=[characters, words], text=[text])


def _text(cell: object) -> str:
    return unicodedata.normalize("NFC", to_label(cell) or "")
