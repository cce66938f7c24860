"""The rows of a prediction as JSON has them, turned into columns."""

from __future__ import annotations

from typing import Any

from core.domain.endpoints import MAX_KEY_LENGTH
from core.errors import Invalid

MAX_INSTANCES = 10_000
MAX_LISTED = 20

Cell = str | int | float | bool | None


def columns_of(instances: Any, used: list[str]) -> tuple[dict[str, list[Cell]], set[str]]:
    """Return the used columns that any row has, with null for rows that lack them, and the names of all others.

    Raises Invalid for what is no list of 1 to 10,000 objects of plain values.
    """
    if not isinstance(instances, list) or not instances:
        raise _invalid("instances", "Must be a list of at least one {column: value} object.")
    if len(instances) > MAX_INSTANCES:
        raise _invalid("instances", f"At most {MAX_INSTANCES:,} at once: send more as text/csv.")
    names: set[str] = set()
    for i, instance in enumerate(instances):
        if type(instance) is not dict:
            raise _invalid(f"instances.{i}", "Must be a {column: value} object.")
        for name, value in instance.items():
            if type(value) is dict or type(value) is list:
                raise _invalid(f"instances.{i}.{name[:200]}", "Must be a string, a number, true, false or null.")
        names |= instance.keys()
    columns = {name: [instance.get(name) for instance in instances] for name in used if name in names}
    return columns, names.difference(used)


def rows_without(instances: list[dict[str, Cell]], name: str) -> list[int]:
    """Return the places of the rows that do not have a column; one that is null they have."""
    return [i for i, instance in enumerate(instances) if name not in instance]


def row_keys(key: Any, keys: Any, n_rows: int) -> list[str] | None:
    """Return the caller's own name of each row: `key` for all, or `keys` one by one; None where there are none.

    Raises Invalid for what is no text of 1 to 200 characters, and for another number of keys than of rows.
    """
    if key is not None and keys is not None:
        raise _invalid("keys", "Send key, for all rows, or keys, one a row: not both.")
    if keys is None:
        if key is None:
            return None
        _check_key("key", key)
        return [key] * n_rows
    if not isinstance(keys, list) or len(keys) != n_rows:
        raise _invalid("keys", f"Must be a list of {n_rows:,}, one a row.")
    for i, each in enumerate(keys):
        _check_key(f"keys.{i}", each)
    return keys


def _check_key(field: str, key: Any) -> None:
    if not isinstance(key, str) or not 0 < len(key) <= MAX_KEY_LENGTH:
        raise _invalid(field, f"Must be text of 1 to {MAX_KEY_LENGTH} characters.")


def ignored_columns(extra: set[str], n_rows: int) -> list[dict[str, Any]]:
    """Return warnings about the first columns that the model does not read."""
    return [
        {
            "column": name[:200],
            "reason": "IGNORED_COLUMN",
            "count": n_rows,
            "examples": [],
            "detail": f"The model does not use the column {name[:60]!r}: it was ignored.",
        }
        for name in sorted(extra)[:MAX_LISTED]
    ]


def _invalid(field: str, detail: str) -> Invalid:
    return Invalid("VALIDATION_FAILED", f"{field}: {detail}", [{"field": field, "detail": detail}])
