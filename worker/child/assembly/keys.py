"""Rows with the same key: which of them is the last, found by DuckDB over digests, so that memory is bounded."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from automl.io.formats.table_writer import Limits, TableWriter
from csvfile.dialect import Dialect
from csvfile.lines import decode_lines
from csvfile.rows import iterate_rows

BATCH_ROWS = 10_000
CHUNK_BYTES = 1 << 20
_SCHEMA = pa.schema([("place", pa.int64()), ("key", pa.binary(16))])


class KeyLog:
    """Keeps a digest of each row's key, in a file.

    Args:
        path: the file.
        columns: positions of the key's columns; none: nothing is kept.
    """

    def __init__(self, path: Path, columns: Sequence[int]) -> None:
        self.path = path
        self.columns = list(columns)
        self.rows = 0
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> KeyLog:
        if self.columns:
            self._writer = pq.ParquetWriter(self.path, _SCHEMA)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if self._writer is not None:
            self._writer.close()

    def write(self, columns: Sequence[Sequence[str | None]]) -> None:
        """Keep the keys of some rows. A row without a key has none in common with others."""
        count = len(columns[0])
        if self._writer is not None:
            keys = list(zip(*(columns[i] for i in self.columns), strict=True))
            places = [self.rows + i for i, key in enumerate(keys) if any(key)]
            digests = [_digest(key) for key in keys if any(key)]
            self._writer.write_batch(pa.record_batch([pa.array(places, pa.int64()),
                                                      pa.array(digests, pa.binary(16))], schema=_SCHEMA))  # fmt: skip
        self.rows += count


def without_replaced(log: KeyLog, source: Path, target: Path, limits: Limits, threads: int) -> int:
    """Write a CSV without the rows that a later one with the same key replaces; return how many these are.

    Nothing is written if there are none. Raises MemoryError.
    """
    replaced = _replaced(log, threads)
    count = int(replaced.sum())
    if not count:
        return 0
    with open(source, "rb") as file, open(target, "wb") as sink:
        lines = decode_lines(iter(lambda: file.read(CHUNK_BYTES), b""), "utf-8")
        rows = (cells for _, _, cells in iterate_rows(lines, Dialect()))
        writer = TableWriter(sink, limits)
        writer.begin(next(rows))
        place = 0
        while batch := list(islice(rows, BATCH_ROWS)):
            kept = [cells for i, cells in enumerate(batch, place) if not replaced[i]]
            place += len(batch)
            if kept:
                writer.write([[cell or None for cell in column] for column in zip(*kept, strict=True)])
    return count


def _replaced(log: KeyLog, threads: int) -> npt.NDArray[np.bool_]:
    import duckdb

    from worker.child.request_log.join import confine, memory_errors

    replaced = np.zeros(log.rows, dtype=bool)
    with memory_errors(), duckdb.connect() as connection:
        confine(connection, [log.path], log.path.parent, threads)
        reader = connection.sql(
            f"""SELECT place FROM read_parquet('{log.path}')
            QUALIFY row_number() OVER (PARTITION BY "key" ORDER BY place DESC) > 1"""
        ).to_arrow_reader(BATCH_ROWS * 10)
        for batch in reader:
            replaced[batch.column(0).to_numpy()] = True
    return replaced


def _digest(key: Sequence[str | None]) -> bytes:
    cells = "\0".join((cell or "").strip() for cell in key)
    return hashlib.blake2b(cells.encode("utf-8", "surrogatepass"), digest_size=16).digest()
