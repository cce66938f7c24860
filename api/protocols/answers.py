"""What all protocols do with a request's columns: find the version that answers, and have it predict."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from api.context import current_user
from api.http.bodies.instances import ignored_columns
from api.protocols.lazy_columns import LazyColumns
from api.serving.rows import Rows
from api.serving.serving import current_serving
from core.domain.records import Json
from core.errors import Invalid, format_names

if TYPE_CHECKING:
    from api.serving.versions.served_version import Predicted, ServedVersion


def locate(name: str, version: str | None = None) -> ServedVersion:
    """Return the version of an endpoint that is asked for, by its number or alias; else what its traffic starts from.

    Raises:
        NotFound: there is no such endpoint, or no such version of it.
    """
    return current_serving().locate(current_user().id, name, version)


def predict_columns(
    served: ServedVersion, columns: Mapping[str, list[Any]], n: int, *, key: str | None = None, strict: bool = False
) -> tuple[Predicted, list[Json]]:
    """Return the predictions of n rows, and warnings about what could not be used of them.

    Raises:
        Invalid: no column is the model's, one is missing that it requires, or something cannot be used of a strict
            request.
    """
    serving = current_serving()
    known = {name: columns[name] for name in serving.columns_read(served) if name in columns}
    if not known:
        raise _no_column(columns, [feature["name"] for feature in served.record.summary["features"]])
    keys = None if key is None else [key] * n
    lacks = columns.lacks if isinstance(columns, LazyColumns) else None
    predicted = serving.predict(served, Rows(known, n, keys, lacks=lacks), strict=strict)
    return predicted, [*predicted.warnings, *ignored_columns(set(columns) - set(known), n)]


def _no_column(columns: Collection[str], used: list[str]) -> Invalid:
    detail = f"None of {format_names(list(columns), 5)} is a column of the model. It has {format_names(used)}."
    return Invalid("COLUMN_NOT_FOUND", detail, [{"field": name, "detail": "no such column"} for name in [*columns][:5]])
