"""What is told of cells that a model could not use as they stand, and the warnings that sum them up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

UNSEEN_LABEL = "UNSEEN_LABEL"
UNREADABLE_VALUE = "UNREADABLE_VALUE"
OUT_OF_RANGE = "OUT_OF_RANGE"
MISSING_VALUE = "MISSING_VALUE"
MISSING_COLUMN = "MISSING_COLUMN"
KEY_NOT_FOUND = "KEY_NOT_FOUND"
"""Of keys by which columns are looked up elsewhere: nothing is known under them."""
REASONS = (UNREADABLE_VALUE, MISSING_VALUE, OUT_OF_RANGE, UNSEEN_LABEL)
"""Of cells, in the order in which those of one column are told."""


@dataclass(frozen=True)
class InputWarning:
    """One thing that a model could not use as it stands, in one column.

    Attributes:
        column: its name.
        reason: `UNSEEN_LABEL`, `UNREADABLE_VALUE`, `OUT_OF_RANGE`, `MISSING_VALUE`, `MISSING_COLUMN` or
            `KEY_NOT_FOUND`.
        count: in how many rows.
        examples: up to five different cells, as text.
        detail: the same as a sentence.
    """

    column: str
    reason: str
    count: int
    examples: tuple[str, ...]
    detail: str

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {**asdict(self), "examples": list(self.examples)}


@dataclass(frozen=True)
class Flagged:
    """The rows (indices) of a column that share a reason, and their cells as text."""

    feature: Mapping[str, Any]
    reason: str
    rows: npt.NDArray[np.int64]
    cells: Sequence[str]
