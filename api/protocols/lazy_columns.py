"""Columns of rows, each made when it is read: a request may name more columns than a table of them has room for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any


class LazyColumns(Mapping[str, list[Any]]):
    """Columns by name.

    Args:
        names: of the columns.
        read: makes the cells (n,) of a column.
        lacks: returns the places of the rows that do not have a column; None: all rows have the same columns.
    """

    def __init__(
        self, names: Collection[str], read: Callable[[str], list[Any]], lacks: Callable[[str], list[int]] | None = None
    ) -> None:
        self._names = names
        self._read = read
        self.lacks = lacks

    def __getitem__(self, name: str) -> list[Any]:
        if name not in self._names:
            raise KeyError(name)
        return self._read(name)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
