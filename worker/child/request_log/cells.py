"""The cells of logged requests, typed: a column of JSON values becomes one of the narrowest type that holds them all.

JSON tells numbers from text, as callers of a model do; a column of a table does not where both are in it. There all
become text, and numbers are written as the model reads them in text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

CellType = Literal["BIGINT", "DOUBLE", "BOOLEAN", "VARCHAR"]

_WHOLE, _FRACTION, _BOOLEAN, _TEXT, _LONG = 1, 2, 4, 8, 16
_MAX_DIGITS = 15
"""Longer whole numbers are kept as text: a float64 would not hold them."""


@dataclass(frozen=True)
class Input:
    """A column that models of an endpoint read.

    Attributes:
        decimal_sign: of its numbers, where they are text.
    """

    name: str
    decimal_sign: str = "."

    @property
    def pointer(self) -> str:
        """The JSON pointer to its cell: unlike a path, it takes any name, and tells capital letters from small ones."""
        return "/" + self.name.replace("~", "~0").replace("/", "~1")


def cell_types(connection: DuckDBPyConnection, source: str, n: int) -> list[CellType | None]:
    """Return the types of the columns c0 … of a table of JSON cells; None for one that has none."""
    if not n:
        return []
    kinds = ", ".join(f"bit_or({_kind(f'c{i}')})" for i in range(n))
    [found] = connection.execute(f"SELECT {kinds} FROM {source}").fetchall()
    return [_type_of(bits) for bits in found]


def typed(column: str, type: CellType | None, decimal_sign: str = ".") -> str:
    """Return the SQL expression of a column of JSON cells as one of this type."""
    if type is None:
        return "NULL::VARCHAR"
    if type != "VARCHAR":
        return f"TRY_CAST({column} AS {type})"
    if decimal_sign == ".":
        return f"{column} ->> '$'"
    is_number = f"regexp_full_match({column}::VARCHAR, '[-0-9.eE+]+')"
    number = f"replace({column}::VARCHAR, '.', '{decimal_sign}')"
    return f"CASE WHEN {is_number} THEN {number} ELSE {column} ->> '$' END"


def _kind(column: str) -> str:
    """Return the SQL expression of a cell's kind, by its first character: parsing it again would take longer."""
    text = f"({column}::VARCHAR)"
    return (
        f"CASE WHEN {text} IS NULL OR {text} = 'null' THEN NULL WHEN {text}[1] = '\"' THEN {_TEXT} "
        f"WHEN {text} IN ('true', 'false') THEN {_BOOLEAN} WHEN {text}[1] NOT BETWEEN '-' AND '9' THEN {_TEXT} "
        f"WHEN regexp_matches({text}, '[.eE]') THEN {_FRACTION} "
        f"WHEN length({text}) > {_MAX_DIGITS} THEN {_LONG} ELSE {_WHOLE} END"
    )


def _type_of(bits: int | None) -> CellType | None:
    if not bits:
        return None
    if bits == _WHOLE:
        return "BIGINT"
    if bits == _BOOLEAN:
        return "BOOLEAN"
    return "DOUBLE" if bits & ~(_WHOLE | _FRACTION) == 0 else "VARCHAR"
