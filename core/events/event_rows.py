"""Rows of data in an event: which columns and cells they may have."""

from __future__ import annotations

import math
from typing import Any

import orjson

from core.domain.events import Cell, Document
from core.errors import Invalid, TooLarge

MAX_ROWS = 10_000
"""Rows of one event; more belong into several, or into a file that a source fetches."""
MAX_COLUMN_LENGTH = 300
MAX_CELL_LENGTH = 100_000
MAX_LISTED = 20
MISSING = (None, "")


def rows_of(document: Document, max_columns: int) -> tuple[dict[str, Cell], ...] | None:
    """Return the rows of a document: `{"rows": [...]}`, or a list of rows; None if it has none.

    Raises Invalid, TooLarge: none of them is kept then.
    """
    if isinstance(document, dict):
        if "rows" not in document:
            return None
        rows, where = document["rows"], "rows"
    elif isinstance(document, list):
        rows, where = document, "rows"
    else:
        return None
    if not isinstance(rows, list):
        raise _invalid(where, "Must be a list of {column: value} objects.")
    if len(rows) > MAX_ROWS:
        detail = f"The event has {len(rows):,} rows, more than {MAX_ROWS:,}: send several, or have a source fetch them."
        raise TooLarge("TOO_MANY_ROWS", detail)
    columns: set[str] = set()
    for i, row in enumerate(rows):
        _check_row(f"{where}.{i}", row)
        columns |= row.keys()
        if len(columns) > max_columns:
            raise TooLarge("TOO_MANY_COLUMNS", f"The rows have more than {max_columns:,} columns.")
    return tuple(rows)


def is_lacking(row: dict[str, Cell], target: str) -> bool:
    """Return whether a row has no value of the target."""
    return bool(target) and row.get(target) in MISSING


def unknown_columns(rows: tuple[dict[str, Cell], ...], known: frozenset[str] | None) -> tuple[str, ...]:
    """Return the first columns of rows that are not known, by name."""
    if known is None:
        return ()
    found = {name for row in rows for name in row if name not in known}
    return tuple(sorted(found)[:MAX_LISTED])


def lines_of(rows: tuple[dict[str, Cell], ...]) -> list[str]:
    """Return the rows as lines of JSON."""
    return [orjson.dumps(row).decode() for row in rows]


def _check_row(where: str, row: Any) -> None:
    if type(row) is not dict or not row:
        raise _invalid(where, "Must be a {column: value} object with at least one column.")
    for name, value in row.items():
        if not name.strip() or len(name) > MAX_COLUMN_LENGTH or "\0" in name:
            raise _invalid(where, f"{name[:60]!r} is no name of a column: it has 1 to {MAX_COLUMN_LENGTH} characters.")
        field = f"{where}.{name[:200]}"
        if type(value) is dict or type(value) is list:
            raise _invalid(field, "Must be a string, a number, true, false or null.")
        if type(value) is str and len(value) > MAX_CELL_LENGTH:
            raise _invalid(field, f"Must be text of at most {MAX_CELL_LENGTH:,} characters.")
        if type(value) is float and not math.isfinite(value):
            raise _invalid(field, "Must be a finite number.")
        if type(value) is int and not -(2**63) <= value < 2**63:
            raise _invalid(field, "Must be an integer of at most 64 bits, or text.")


def _invalid(field: str, detail: str) -> Invalid:
    return Invalid("BAD_ROWS", f"{field}: {detail}", [{"field": field, "detail": detail}])
