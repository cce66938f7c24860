"""Rows as MLflow's scoring server and TF Serving take them in JSON, turned into columns. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from api.http.bodies.instances import MAX_INSTANCES, rows_without
from api.protocols.lazy_columns import LazyColumns
from core.domain.records import Json
from core.strict_json import Malformed

FORMS = ("dataframe_split", "dataframe_records", "instances", "inputs")
"""Members of a body that hold the rows: one of them each time."""

Columns = tuple[Mapping[str, list[Any]], int]
"""Columns by name, and how many rows they have."""


def bad_rows(field: str, detail: str) -> Malformed:
    """Make the error of a body whose rows cannot be read."""
    return Malformed("BAD_ROWS", f"{field}: {detail}", [{"field": field, "detail": detail}])


def columns_of_body(document: Any, names: Sequence[str], forms: Sequence[str] = FORMS) -> Columns:
    """Return the columns in a body.

    Args:
        document: its JSON.
        names: of the model's columns, in order: of rows without names.
        forms: of the rows that are taken.

    Raises:
        Malformed: BAD_ROWS.
    """
    choices = ", ".join(forms)
    if not isinstance(document, dict):
        raise bad_rows("body", f"Must be an object with one of: {choices}.")
    found = [form for form in forms if document.get(form) is not None]
    if len(found) != 1:
        raise bad_rows("body", f"Must have exactly one of: {choices}; it has {', '.join(found) or 'none'}.")
    form = found[0]
    if form == "dataframe_split":
        return _check(*_split(document[form]), form)
    return _check(*_rows_or_columns(document[form], names, form), form)


def _split(table: Any) -> Columns:
    if not isinstance(table, dict) or not isinstance(rows := table.get("data"), list):
        raise bad_rows("dataframe_split", 'Must be an object: {"columns": [names], "data": [[values]]}.')
    columns = table.get("columns")
    if not isinstance(columns, list) or not all(isinstance(name, str) for name in columns):
        raise bad_rows("dataframe_split.columns", "Must be a list of the columns' names.")
    if len(set(columns)) < len(columns):
        raise bad_rows("dataframe_split.columns", "There are two columns of one name.")
    return _transpose(rows, columns, "dataframe_split.data"), len(rows)


def _rows_or_columns(rows: Any, names: Sequence[str], form: str) -> Columns:
    if isinstance(rows, dict):
        return _columns(rows, form)
    if not isinstance(rows, list) or not rows:
        raise bad_rows(form, "Must be a list of at least one row, or an object of columns.")
    if isinstance(rows[0], list):
        return _transpose(rows, names, form), len(rows)
    # A dict keeps the order: columns that are not the model's are told in the order in which they were sent.
    found: dict[str, None] = {}
    for i, row in enumerate(rows):
        if not isinstance(row, dict):
            what = "a list of values" if isinstance(row, list) else f"{str(row)[:40]!r}"
            raise bad_rows(f"{form}.{i}", f"Must be an object of a row's values by column, and is {what}.")
        for name, value in row.items():
            _check_cell(value, f"{form}.{i}.{name[:200]}")
        found.update(dict.fromkeys(row))
    return LazyColumns(found, lambda name: [row.get(name) for row in rows], partial(rows_without, rows)), len(rows)


def _columns(columns: Mapping[str, Any], form: str) -> Columns:
    if not columns:
        raise bad_rows(form, "Has no columns.")
    if not any(isinstance(values, list) for values in columns.values()):
        for name, value in columns.items():
            _check_cell(value, f"{form}.0.{name[:200]}")
        return {name: [value] for name, value in columns.items()}, 1  # One row.
    n = None
    for name, values in columns.items():
        if not isinstance(values, list):
            raise bad_rows(f"{form}.{name[:200]}", "Must be a list of the column's values.")
        n = len(values) if n is None else n
        if len(values) != n:
            raise bad_rows(f"{form}.{name[:200]}", f"Has {len(values):,} values; the first column has {n:,}.")
        for i, value in enumerate(values):
            _check_cell(value, f"{form}.{i}.{name[:200]}")
    return columns, n or 0


def _transpose(rows: list[Any], names: Sequence[str], form: str) -> LazyColumns:
    for i, row in enumerate(rows):
        if not isinstance(row, list) or len(row) != len(names):
            has = f"has {len(row):,}" if isinstance(row, list) else "is no list"
            raise bad_rows(f"{form}.{i}", f"Must be a list of {len(names):,} values, one a column, and {has}.")
        for name, value in zip(names, row, strict=True):
            _check_cell(value, f"{form}.{i}.{name[:200]}")
    places = {name: place for place, name in enumerate(names)}
    return LazyColumns(places, lambda name: [row[places[name]] for row in rows])


def _check(columns: Mapping[str, list[Any]], n: int, form: str) -> Columns:
    if n == 0:
        raise bad_rows(form, "Has no rows.")
    check_row_count(n, form)
    return columns, n


def _check_cell(value: Any, field: str) -> None:
    if type(value) is dict or type(value) is list:
        raise bad_rows(field, "Must be a string, a number, true, false or null.")


def check_row_count(n: int, form: str) -> None:
    """Raise Malformed BAD_ROWS for more rows than are taken at once."""
    if n > MAX_INSTANCES:
        detail = f"Has {n:,} rows; at most {MAX_INSTANCES:,} at once. Send several requests."
        raise bad_rows(form, detail)


def read_params(document: Json, known: Mapping[str, type]) -> Json:
    """Return `params` of a body. Raises Malformed BAD_ROWS for those that are unknown or of a wrong type."""
    params = document.get("params")
    if params is None:
        return {}
    if not isinstance(params, dict):
        raise bad_rows("params", "Must be an object.")
    for name, value in params.items():
        if name not in known:
            raise bad_rows(f"params.{name[:200]}", f"Is unknown; known: {', '.join(known)}.")
        if type(value) is not known[name]:
            raise bad_rows(f"params.{name}", f"Must be of the type {known[name].__name__}.")
    return params
