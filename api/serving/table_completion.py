"""What is done with the rows of a table that an endpoint answers: ids, the log, columns that are looked up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from api.serving.lookups import lookup_keys
from api.serving.rows import Rows
from api.serving.table_log import TableLog
from api.serving.versions.served_version import ServedVersion

if TYPE_CHECKING:
    import pandas as pd

    from api.serving.serving import Serving
    from automl.inference.input_warnings import Flagged
    from automl.inference.table_hooks import Completion, TableHooks

ID_COLUMN = "prediction_id"


def hooks_of(serving: Serving, served: ServedVersion, ids: Iterator[str], names: list[str]) -> TableHooks:
    """Return what is done with the rows of a table which has columns of those names, besides predicting them."""
    from automl.inference.table_hooks import TableHooks

    log = TableLog.of(serving, served, ids)
    return TableHooks({ID_COLUMN: log.ids if log else ids}, log.observe if log else None,
                      _completion(serving, served, names))  # fmt: skip


def _completion(serving: Serving, served: ServedVersion, names: list[str]) -> Completion | None:
    endpoint = served.endpoint
    if not endpoint.lookup:
        return None
    import pandas as pd

    from automl.inference.table_hooks import Completion

    read = [feature["name"] for feature in served.record.summary["features"]]

    def complete(frame: pd.DataFrame) -> tuple[pd.DataFrame, Sequence[Flagged]]:
        there = frame[[name for name in read if name in frame.columns]]
        brought = {name: _cells(frame[name]) for name in frame.columns if name in keys}
        unread: list[Any] = []  # What is there stays as it is.
        rows = Rows({**dict.fromkeys(there.columns, unread), **brought}, len(frame))
        completed = serving.lookups.complete(endpoint, rows, read)
        added = {
            name: pd.Series(cells, dtype=object, index=frame.index)
            for name, cells in completed.columns.items()
            if name not in there.columns
        }
        return there.assign(**added), completed.not_found

    keys = lookup_keys(endpoint)
    return Completion(keys, serving.lookups.gives(endpoint, names), complete)


def _cells(column: pd.Series) -> list[str | None]:
    missing = column.isna()
    return [None if is_missing else cell for cell, is_missing in zip(column, missing, strict=True)]
