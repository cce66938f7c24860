"""Put the requests of a day together, in the child: one Parquet file of many segments, by DuckDB."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from worker.child.pipe import Pipe
from worker.child.request_log.join import connect, memory_errors
from worker.messages.of_kept_requests import CompactRequest, CompactResult

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FILE = "duckdb/day.parquet"
"""In the folder that DuckDB may write to."""
GROUP_ROWS = 20_480
"""Rows of a part of the file: a page of the list reads one."""
THREADS = 2
FIELDS = {
    "id": "VARCHAR", "at": "TIMESTAMP", "v": "INTEGER", "alias": "VARCHAR", "key": "VARCHAR", "x": "VARCHAR",
    "y": "VARCHAR", "p": "DOUBLE[]", "ms": "DOUBLE", "rt": "VARCHAR", "shadow": "VARCHAR",
}  # fmt: skip
"""The fields of a line. Cells, answers and shadows' answers stay JSON, as text: nothing is guessed of them."""
_JSON = ("x", "y", "shadow")


def compact(request: CompactRequest, folder: Path, pipe: Pipe) -> CompactResult:
    """Write the requests of these segments, each once, sorted by id. Raises MemoryError."""
    sources = [folder / name for name in request.files]
    target = folder / FILE
    if not sources:
        return CompactResult(FILE, 0, "", "")

    def read(connection: DuckDBPyConnection, line_mib: int) -> None:
        connection.execute(f"CREATE TABLE lines AS {_lines(sources, line_mib)}")

    with memory_errors(), connect(sources, folder, THREADS, read) as connection:
        names = ", ".join(f'"{name}"' for name in FIELDS)
        connection.execute(
            f"""COPY (SELECT {names} FROM lines
            QUALIFY row_number() OVER (PARTITION BY id ORDER BY shadow IS NULL, "at") = 1 ORDER BY id)
            TO '{target}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {GROUP_ROWS})"""
        )
        [(rows, first, last)] = connection.execute("SELECT count(DISTINCT id), min(id), max(id) FROM lines").fetchall()
    return CompactResult(FILE, rows, first or "", last or "")


def _lines(sources: list[Path], line_mib: int) -> str:
    """Return the query of all lines."""
    names = ", ".join(f'"{name}"' for name in FIELDS)
    types = ", ".join(f"\"{name}\": '{'JSON' if name in _JSON else type}'" for name, type in FIELDS.items())
    cells = ", ".join(f'"{name}"::{type} AS "{name}"' for name, type in FIELDS.items())
    queries = []
    if lines := [f"'{file}'" for file in sources if file.suffix != ".parquet"]:
        reading = (
            f"format = 'newline_delimited', compression = 'gzip', maximum_object_size = {line_mib << 20}, "
            f"columns = {{{types}}}"
        )
        queries.append(f"SELECT {cells} FROM read_json([{', '.join(lines)}], {reading})")
    queries += [f"SELECT {names} FROM read_parquet('{file}')" for file in sources if file.suffix == ".parquet"]
    return " UNION ALL ".join(queries)
