"""The cells of a column of numbers or dates that are neither, nor empty, nor a word for missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from automl.parsing.scalars import is_missing, to_label
from automl.parsing.vectorized import factorize
from automl.preprocessing.columns.column_stats import ColumnStats
from automl.preprocessing.transformers.basic import BooleanTransformer, DatetimeTransformer, NumericTransformer

N_EXAMPLES = 3


@dataclass(frozen=True)
class UnreadCells:
    """What could not be read.

    Attributes:
        n: how many cells.
        words: what they say and how often, most frequent first.
    """

    n: int = 0
    words: tuple[tuple[str, int], ...] = ()

    @property
    def examples(self) -> str:
        """A few of them, quoted."""
        named = ", ".join(repr(word[:40]) for word, _ in self.words[:N_EXAMPLES])
        return named + (", …" if len(self.words) > N_EXAMPLES else "")


def read_values(cells: pd.Series, about: ColumnStats, type_: str) -> npt.NDArray[np.float64] | None:
    """Return the numbers, seconds or truth values (n,) of a column, NaN where it has none; None for other types."""
    if type_ == "number":
        return NumericTransformer(about.name, about.number_format.decimal, about.number_format.unit).values(cells)
    if type_ == "date":
        return DatetimeTransformer(about.name, about.date_order.order).seconds(cells)
    return BooleanTransformer(about.name).values(cells) if type_ == "boolean" else None


def find_unread(cells: pd.Series, values: npt.NDArray[np.float64]) -> UnreadCells:
    """Count the cells (n,) that have no value (n,) though they say something."""
    gone = np.isnan(values)
    if not gone.any() or cells.dtype.kind in "iufmMb":
        return UnreadCells()
    codes, uniques = factorize(cells[gone])
    counts = np.bincount(codes[codes >= 0], minlength=len(uniques)).tolist()
    words: dict[str, int] = {}
    for each, count in zip(uniques, counts, strict=True):
        text = to_label(each)
        if text is not None and count and not is_missing(text):
            words[text.strip()] = words.get(text.strip(), 0) + count
    ranked = sorted(words.items(), key=lambda pair: (-pair[1], pair[0]))
    return UnreadCells(sum(words.values()), tuple(ranked))
