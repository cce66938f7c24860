"""The rows of a prediction as JSON has them, turned into columns."""

from __future__ import annotations

from typing import Any

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
