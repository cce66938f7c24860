"""Write requests of an endpoint as a table, in the child."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from automl.errors import DataError
from automl.monitoring import request_columns as columns
from worker.child.pipe import Pipe
from worker.messages.of_kept_requests import GatherRequest, GatherResult

if TYPE_CHECKING:
    from worker.child.request_log.join import Wanted

FILE = "requests.parquet"


def gather(request: GatherRequest, folder: Path, pipe: Pipe) -> GatherResult:
    """Write the inputs that any request has, what was predicted, what was true, the id and the time.

    Raises DataError NO_REQUESTS, TOO_MANY_ROWS.
    """
    # Not in every child that is started: only this takes DuckDB.
    import pyarrow as pa
    import pyarrow.parquet as pq

    from worker.child.request_log.cells import Input
    from worker.child.request_log.join import Wanted
    from worker.child.request_log.table import open_requests

    said = dict(request.wanted)
    inputs = [Input(**each) for each in said.pop("inputs")]
    wanted = Wanted(**said, inputs=inputs)
    segments, labels = ([folder / name for name in names] for names in (request.segments, request.labels))
    with open_requests(segments, labels, wanted, folder, request.threads) as requests:
        _check_count(requests.found, request.max_rows, wanted)
        there = {each.name: type for each, type in zip(inputs, requests.types, strict=True) if type is not None}
        own = _own_names(request.target, there)
        sources = [
            *map(columns.input_column, there),
            columns.PREDICTION, columns.LABEL, columns.ID, columns.AT,
        ]  # fmt: skip
        names = [*there, *own.values()]
        reader = requests.batches()
        schema = pa.schema(
            (name, reader.schema.field(source).type) for name, source in zip(names, sources, strict=True)
        )
        with pq.ParquetWriter(folder / FILE, schema) as writer:
            for batch in reader:
                arrays = [batch.column(batch.schema.get_field_index(source)) for source in sources]
                writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))
        text = [name for name, type in there.items() if type == "VARCHAR"]
        return GatherResult(FILE, requests.found, requests.labelled, list(there), text, own)


def _own_names(target: str, inputs: Collection[str]) -> dict[str, str]:
    """Return the names of the columns that are no inputs, none of them twice."""
    taken = set(inputs)
    found = {}
    for column, name in {"label": target, "prediction": "prediction", "prediction_id": "prediction_id",
                         "time": "time"}.items():  # fmt: skip
        free = name
        while free in taken:
            free += ".1"
        taken.add(free)
        found[column] = free
    return {column: found[column] for column in ("prediction", "label", "prediction_id", "time")}


def _check_count(found: int, most: int, wanted: Wanted) -> None:
    if not found:
        what = "request with a label" if wanted.labelled else "request"
        raise DataError(
            "NO_REQUESTS",
            f"No {what} is kept of the time from {wanted.start} to {wanted.end}.",
            "Ask for a longer time, or send feedback first." if wanted.labelled else "Ask for a longer time.",
        )
    if found > most:
        detail = f"There are {found:,} such requests; a dataset has at most {most:,} rows."
        raise DataError("TOO_MANY_ROWS", detail, "Ask for a shorter time, or for a sample.")
