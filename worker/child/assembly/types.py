"""What columns hold in each part of a table: where one has numbers and another has words, the column is of labels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from automl.parsing.dates import parse_date
from automl.parsing.vectorized import TEXT
from automl.preprocessing.columns.column_stats import compute_column_stats
from automl.preprocessing.columns.column_types import infer_type

LOOKED_AT = 10_000
"""Rows at the beginning of a part that are looked at."""
MOSTLY = 0.9
"""Share of the cells of a column of numbers that are some."""


@dataclass
class PartTypes:
    """What the columns of one part hold, in words; without those that are empty."""

    kinds: dict[str, str] = field(default_factory=dict)

    def observe(self, names: Sequence[str], columns: Sequence[Sequence[str]], before: int) -> None:
        """Look at a batch of rows, of which there were `before` earlier ones."""
        if before >= LOOKED_AT:
            return
        for name, cells in zip(names, columns, strict=True):
            column = pd.Series([cell if cell != "" else None for cell in cells], dtype=TEXT, name=name)
            if name not in self.kinds and column.notna().any():
                self.kinds[name] = _kind(column, name)


def mixed_columns(parts: Sequence[tuple[str, PartTypes]]) -> tuple[list[str], list[str]]:
    """Return the columns that hold one thing here and another there, and the warnings that say so."""
    mixed, warnings = [], []
    for name in dict.fromkeys(name for _, types in parts for name in types.kinds):
        held: dict[str, str] = {}
        for part, types in parts:
            if name in types.kinds:
                held.setdefault(types.kinds[name], part)
        if len(held) > 1:
            mixed.append(name)
            words = " and ".join(f"{what} in {part}" for what, part in held.items())
            warnings.append(f"The column {name[:60]!r} holds {words}: it is read as text. Set its type if it is wrong.")
    return mixed, warnings


def _kind(column: pd.Series, name: str) -> str:
    about = compute_column_stats(column, name)
    if about.number_format.share >= MOSTLY:  # Also of numbers that are ids or codes.
        return "numbers"
    type = infer_type(about)
    is_one_time = type == "constant" and all(math.isfinite(parse_date(value)) for value in about.values)
    return "times" if type == "date" or is_one_time else "words"
