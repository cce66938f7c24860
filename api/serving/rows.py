"""Rows of a request that an endpoint is to predict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from api.serving.row_predictions import Columns


@dataclass(frozen=True)
class Rows:
    """Rows, by columns.

    Attributes:
        columns: the cells (n,) of each column, of those in `Serving.columns_read` at least.
        n: number of rows.
        keys: the caller's own names of the rows: one a row.
        ids: of the predictions, one a row; None: new ones.
        lacks: the places of the rows that were sent without a column; None: all have the same columns.
    """

    columns: Columns
    n: int
    keys: Sequence[str] | None = None
    ids: Sequence[str] | None = None
    lacks: Callable[[str], Sequence[int]] | None = None

    def without(self, name: str) -> Sequence[int]:
        """Return the places of the rows that were sent without a column; one that is null was sent."""
        if name not in self.columns:
            return range(self.n)
        return self.lacks(name) if self.lacks else ()
