"""Messages of the task that writes features by key, both ways."""

from __future__ import annotations

from dataclasses import dataclass

from csvfile.dialect import Dialect


@dataclass(frozen=True)
class FeaturesRequest:
    """A request to write the rows of `data.csv`, the last one of each key.

    Attributes:
        key: columns that are the key.
        numbers: decimal sign by column, of those whose cells are numbers.
        max_keys: that there may be; max_row_bytes: of one of them, max_bytes: of all.
    """

    dialect: Dialect
    key: list[str]
    numbers: dict[str, str]
    max_keys: int
    max_row_bytes: int
    max_bytes: int


@dataclass(frozen=True)
class FeaturesResult:
    """What was written.

    Attributes:
        file: in the folder: a line a key, its digest, a tab, and the JSON of its cells by column.
        rows: how many there are.
        numeric: for each column of the key whether it holds numbers.
        columns: all others.
    """

    file: str
    rows: int
    numeric: list[bool]
    columns: list[str]
