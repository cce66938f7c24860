"""The requests of an endpoint with what became of them, as one table, in the child: joined by DuckDB.

What comes in are files as they lie in the store: segments of the log of requests, and labels. DuckDB reads nothing
else, spills into the folder that it is given, and is told so before it sees the first byte of them.

Which label a request has: of all that name its id, and of all that name its key and for which it is the newest
prediction of that key at or before their `at`, the one with the newest `at`; of several of one moment the one that came
last. A label that is null takes back what was said before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from automl.monitoring import request_columns as columns
from worker.child.request_log.cells import CellType, cell_types, typed
from worker.child.request_log.join import Wanted, connect, join, memory_errors

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

BATCH_ROWS = 20_000
MOMENT = pa.timestamp("ms", "UTC")


class RequestTable:
    """The requests that were wanted, once each, oldest first.

    Attributes:
        found: requests that were wanted, before `most_rows`.
        labelled: of those, requests whose truth is known.
        types: of the inputs as DuckDB names them; None for one that no request has.
    """

    def __init__(self, connection: DuckDBPyConnection, wanted: Wanted) -> None:
        self._connection = connection
        self._wanted = wanted
        # All rows of a result are fetched, or the connection would wait for the rest of it.
        [(found, labelled)] = connection.execute("SELECT count(*), count(label) FROM joined").fetchall()
        self.found: int = found
        self.labelled: int = labelled
        if wanted.most_rows is not None and self.found > wanted.most_rows:
            sample = f"SELECT id FROM joined ORDER BY md5(id) LIMIT {int(wanted.most_rows)}"
            connection.execute(f"DELETE FROM joined WHERE id NOT IN ({sample})")
        self.types: list[CellType | None] = cell_types(connection, "joined", len(wanted.inputs))

    def batches(self) -> pa.RecordBatchReader:
        """Return the columns of `automl.monitoring.request_columns` as batches: no more than one need be in memory."""
        inputs = self._wanted.inputs
        as_answer = "TRY_CAST({0} ->> '$' AS DOUBLE) AS {0}" if self._wanted.numbers else "{0} ->> '$' AS {0}"
        cells = [
            f"{typed(f'c{i}', self.types[i], input.decimal_sign)} AS c{i}" for i, input in enumerate(inputs)
        ]  # fmt: skip
        selected = [
            'id, "at", v, alias, "key"', *cells, as_answer.format("y"), "p", as_answer.format("label"), "label_at"
        ]  # fmt: skip
        query = f'SELECT {", ".join(selected)} FROM joined ORDER BY "at", id'
        reader = self._connection.sql(query).to_arrow_reader(BATCH_ROWS)
        names = [
            columns.ID, columns.AT, columns.VERSION, columns.ALIAS, columns.KEY,
            *(columns.input_column(input.name) for input in inputs),
            columns.PREDICTION, columns.PROBABILITIES, columns.LABEL, columns.LABEL_AT,
        ]  # fmt: skip
        fixed = {columns.AT: MOMENT, columns.LABEL_AT: MOMENT, columns.PROBABILITIES: pa.list_(pa.float64())}
        schema = pa.schema(
            (name, fixed.get(name, field.type)) for name, field in zip(names, reader.schema, strict=True)
        )
        renamed = (
            pa.RecordBatch.from_arrays(
                [column.cast(field.type) for column, field in zip(batch.columns, schema, strict=True)], schema=schema
            )
            for batch in reader
        )
        return pa.RecordBatchReader.from_batches(schema, renamed)


@contextmanager
def open_requests(
    segments: Sequence[Path], labels: Sequence[Path], wanted: Wanted, folder: Path, threads: int = 2
) -> Iterator[RequestTable]:
    """Yield the requests of these segments, joined with the labels.

    Args:
        segments: gzip JSON lines, one a request; or Parquet with the same columns, where the name ends so. Where labels
            name keys, also those after the end: a later prediction of a key may be the one that is meant.
        labels: gzip JSON lines as `core.requests.labels` writes them.
        wanted: which requests.
        folder: for what does not fit into memory.
        threads: that it may use.

    Raises MemoryError.
    """

    def read(connection: DuckDBPyConnection, line_mib: int) -> None:
        join(connection, segments, labels, wanted, line_mib)

    with memory_errors(), connect([*segments, *labels], folder, threads, read) as connection:
        yield RequestTable(connection, wanted)


def request_table(
    segments: Sequence[Path], labels: Sequence[Path], wanted: Wanted, folder: Path, threads: int = 2
) -> pa.Table:
    """Return the same, all of it in memory: for windows, of which `most_rows` are looked at."""
    with open_requests(segments, labels, wanted, folder, threads) as requests:
        return requests.batches().read_all()
