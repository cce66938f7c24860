"""Rows of databases as JSON lines: the one format that keeps text, numbers and what is missing apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import orjson

from core.errors import FetchFailed

MAX_INT = 2**63
_BINARY = (bytes, bytearray, memoryview)


def check_columns(names: Sequence[str]) -> None:
    """Raise FetchFailed DUPLICATE_COLUMNS if two columns of a query have one name."""
    twice = sorted({name for name in names if list(names).count(name) > 1})
    if twice:
        raise FetchFailed(
            "DUPLICATE_COLUMNS",
            f"The query has more than one column {twice[0][:200]!r}.",
            "Name them apart: … AS name.",
        )


def json_lines(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    """Return the rows as lines. Raises FetchFailed BINARY_COLUMN."""
    columns = [_column(name, cells) for name, cells in zip(names, zip(*rows, strict=True), strict=True)]
    option = orjson.OPT_APPEND_NEWLINE
    return b"".join(
        orjson.dumps(dict(zip(names, cells, strict=True)), option=option, default=str)
        for cells in zip(*columns, strict=True)
    )


def _column(name: str, cells: Sequence[Any]) -> Sequence[Any]:
    kinds = set(map(type, cells))
    if kinds.intersection(_BINARY):
        raise FetchFailed(
            "BINARY_COLUMN", f"The column {name[:200]!r} holds bytes, which are no text and no number.",
            "Leave it out of the query, or cast it.",
        )  # fmt: skip
    if kinds <= _PLAIN and not (int in kinds and _has_wide(cells)) and not (float in kinds and _has_infinite(cells)):
        return cells
    return [_cell(value) for value in cells]


_PLAIN = {str, int, float, bool, type(None)}


def _has_wide(cells: Sequence[Any]) -> bool:
    return any(type(value) is int and not -MAX_INT <= value < MAX_INT for value in cells)


def _has_infinite(cells: Sequence[Any]) -> bool:
    return any(type(value) is float and math.isinf(value) for value in cells)


def _cell(value: Any) -> Any:
    """Return the value as JSON can have it: numbers digit by digit, what is nested as text."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if -MAX_INT <= value < MAX_INT else orjson.Fragment(str(value))
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f")) if value.is_finite() else _not_finite(float(value))
    if isinstance(value, float) and not math.isfinite(value):
        return _not_finite(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, dict | list | tuple):
        return orjson.dumps(value, default=str).decode()
    return value


def _not_finite(value: float) -> str | None:
    return None if math.isnan(value) else str(value)
