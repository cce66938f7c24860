"""Checks that a training's specification suits the columns of its dataset."""

from __future__ import annotations

from core.datasets.states import check_usable
from core.domain.records import Dataset, Json
from core.errors import Invalid, column_not_found


def check_spec(spec: Json, dataset: Dataset) -> None:
    """Raise Conflict if the dataset cannot be used, and Invalid if its columns do not suit `spec`."""
    check_usable(dataset)
    check_columns(spec, dataset)


def check_columns(spec: Json, dataset: Dataset) -> None:
    """Raise Invalid if the columns do not suit `spec`, the body of POST /jobs.

    A named column may be missing or have two roles, or no column may be left to learn from.
    """
    columns = dataset.columns
    for field, reason in (("target", "TARGET_NOT_FOUND"), ("group_column", "COLUMN_NOT_FOUND"),
                          ("time_column", "COLUMN_NOT_FOUND")):  # fmt: skip
        if spec.get(field) is not None and spec[field] not in columns:
            raise column_not_found(spec[field], columns, [field], reason)
    excluded = spec.get("exclude_columns", [])
    if unknown := [column for column in excluded if column not in columns]:
        raise Invalid(
            "COLUMN_NOT_FOUND", f"There is no column {unknown[0]!r} to exclude.",
            [{"field": "exclude_columns", "detail": f"no column {column!r}"} for column in unknown],
        )  # fmt: skip
    if spec["target"] in excluded:
        raise Invalid("TARGET_EXCLUDED", "The target cannot be excluded.", [{"field": "exclude_columns",
                      "detail": "holds the target"}])  # fmt: skip
    if not set(columns) - {*excluded, spec["target"], spec.get("group_column")}:
        raise Invalid("NO_FEATURES", "No column is left to train on.", [{"field": "exclude_columns",
                      "detail": "leaves no column"}])  # fmt: skip
