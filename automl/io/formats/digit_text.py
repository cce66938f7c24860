"""Columns of digits that the file keeps as text, such as postal codes: a CSV cannot tell them from numbers."""

from __future__ import annotations

from collections.abc import Iterable


class DigitTextColumns:
    """Find the columns in which every cell is text, and some are digits only. Names of columns are text, too."""

    def __init__(self) -> None:
        self._typed: set[int] = set()
        self._digits: set[int] = set()

    def observe(self, columns: Iterable[Iterable[object]]) -> None:
        """Look at columns of cells as the file has them, None or "" where one is empty."""
        for position, cells in enumerate(columns):
            if position not in self._typed:
                self.observe_column(position, cells)

    def observe_column(self, position: int, cells: Iterable[object]) -> None:
        """Look at cells of one column."""
        kept = [cell for cell in cells if cell is not None and cell != ""]
        if not {*map(type, kept)} <= {str}:
            self._typed.add(position)
        elif position not in self._digits and any(map(str.isdigit, kept)):  # type: ignore[arg-type]
            self._digits.add(position)

    def positions(self) -> list[int]:
        """Return the positions of the columns, from 0."""
        return sorted(self._digits - self._typed)
