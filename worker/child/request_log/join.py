"""The SQL by which segments of the log of requests and labels for them become one table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from worker.child.request_log.cells import Input

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MEMORY_MIB, MAX_MEMORY_MIB = 192, 1024
"""That DuckDB may take before it spills: of few requests the one, of very many up to the other."""
UNPACKED = 4
"""How much larger files are in memory, at least: with less than that it would spill at every step."""
LINE_MIB, LONG_LINE_MIB = 1, 64
"""Of a line of JSON: DuckDB reserves twice as much for each thread, so more only where there is such a line."""
PARQUET = ".parquet"

_REQUEST = {
    "id": "VARCHAR", "at": "TIMESTAMP", "v": "INTEGER", "alias": "VARCHAR", "key": "VARCHAR", "x": "JSON",
    "y": "JSON", "p": "DOUBLE[]",
}  # fmt: skip
_LABEL = {"r": "VARCHAR", "id": "VARCHAR", "key": "VARCHAR", "label": "JSON", "at": "TIMESTAMP"}
# Text whose order is that of time: what several things are sorted by must be one value.
_TIME = "lpad(epoch_ms({})::VARCHAR, 15, '0')"

# Only labels and requests with a key are looked at to find what a key stands for.
_TRUTH = f"""
CREATE TABLE truth AS
WITH said AS (
    SELECT id AS request, label, "at", r FROM labels WHERE id IS NOT NULL
    UNION ALL
    SELECT q.id AS request, l.label, l."at", l.r
    FROM (SELECT *, {_TIME.format('"at" + INTERVAL 1 MILLISECOND')} AS bound FROM labels WHERE id IS NULL) l
    ASOF JOIN (SELECT id, "key", {_TIME.format('"at"')} || id AS place FROM requests WHERE "key" IS NOT NULL) q
    ON l."key" = q."key" AND l.bound > q.place
), newest AS (
    SELECT request, arg_max(struct_pack(label := label, since := "at"), {_TIME.format('"at"')} || r) AS said
    FROM said GROUP BY request
)
SELECT request, said.label AS label, said.since AS label_at FROM newest WHERE said.label IS NOT NULL
"""


@dataclass(frozen=True)
class Wanted:
    """Which requests are wanted.

    Attributes:
        start, end: times as rows have them: of the first, and of the first that is too late.
        inputs: that are kept, in order. One that no request has is a column of nulls.
        numbers: whether answers and labels are numbers.
        version: of which alone; None for all.
        labelled: whether only those of which the truth is known.
        sample: share of them, the same ones each time.
        most_rows: beyond it a sample, the same one each time; None for no limit.
        keys_until: what keys stand for is known until then, as the log is complete: labels of keys that are of a later
            time are left for the next time. None for all.
    """

    start: str
    end: str
    inputs: Sequence[Input] = ()
    numbers: bool = False
    version: int | None = None
    labelled: bool = False
    sample: float = 1.0
    most_rows: int | None = None
    keys_until: str | None = None


def connect(
    files: Sequence[Path], folder: Path, threads: int, read: Callable[[DuckDBPyConnection, int], None]
) -> DuckDBPyConnection:
    """Return a connection on which `read` was done, called with the mebibytes that a line of JSON may have.

    Where that is too little, once more, slower and with more memory: one request of megabytes spoils no others.
    """
    line_mib = LINE_MIB
    while True:
        connection = duckdb.connect()
        try:
            if line_mib == LINE_MIB:
                confine(connection, files, folder, threads, _memory_mib(files))
            else:
                confine(connection, files, folder, 1, MAX_MEMORY_MIB)
            read(connection, line_mib)
            return connection
        except (duckdb.InvalidInputException, duckdb.OutOfMemoryException) as exc:
            connection.close()
            is_of_room = isinstance(exc, duckdb.OutOfMemoryException) or "maximum_object_size" in str(exc)
            if not is_of_room or line_mib == LONG_LINE_MIB:
                raise
            line_mib = LONG_LINE_MIB
        except BaseException:
            connection.close()
            raise


def confine(
    connection: DuckDBPyConnection, files: Sequence[Path], folder: Path, threads: int, memory_mib: int = MEMORY_MIB
) -> None:
    """Let DuckDB read these files, spill into the folder, and reach nothing else; nothing can widen that again."""
    spill = folder / "duckdb"
    spill.mkdir(exist_ok=True)
    for setting in (
        f"temp_directory = {_quoted(spill)}",
        f"memory_limit = '{memory_mib}MiB'",
        f"threads = {max(1, threads)}",
        "preserve_insertion_order = false",
        "enable_external_file_cache = false",
        "autoinstall_known_extensions = false",
        "autoload_known_extensions = false",
        "TimeZone = 'UTC'",
        f"allowed_paths = [{', '.join(map(_quoted, files))}]",
        f"allowed_directories = [{_quoted(spill)}]",
        "enable_external_access = false",
        "lock_configuration = true",
    ):
        connection.execute(f"SET {setting}")


@contextmanager
def memory_errors() -> Iterator[None]:
    """Raise MemoryError where DuckDB has too little, so that the task is known to want memory."""
    try:
        yield
    except duckdb.OutOfMemoryException as exc:
        raise MemoryError(str(exc)) from exc


def _memory_mib(files: Sequence[Path]) -> int:
    size_mib = sum(each.stat().st_size for each in files) >> 20
    return min(max(MEMORY_MIB, UNPACKED * size_mib), MAX_MEMORY_MIB)


def join(
    connection: DuckDBPyConnection, segments: Sequence[Path], labels: Sequence[Path], wanted: Wanted, line_mib: int
) -> None:  # fmt: skip
    """Make the table `joined`: the requests that are wanted, their cells still as JSON, with labels since when."""
    _read_requests(connection, segments, wanted, line_mib)
    source = _files(labels, _LABEL)
    known = "" if wanted.keys_until is None else f' WHERE id IS NOT NULL OR "at" <= {_moment(wanted.keys_until)}'
    connection.execute(
        f"""CREATE TABLE labels AS SELECT r, id, "key", CASE WHEN label::VARCHAR <> 'null' THEN label END AS label, "at"
        FROM ({source}){known}"""
    )
    connection.execute(_TRUTH)
    conditions = [f'"at" >= {_moment(wanted.start)}', f'"at" < {_moment(wanted.end)}']
    if wanted.version is not None:
        conditions.append(f"v = {int(wanted.version)}")
    if wanted.labelled:
        conditions.append("label IS NOT NULL")
    if wanted.sample < 1.0:
        conditions.append(f"left(md5(id), 8) < '{int(wanted.sample * (1 << 32)):08x}'")
    connection.execute(
        f"""CREATE TABLE joined AS SELECT requests.*, label, label_at
        FROM requests LEFT JOIN truth ON id = request WHERE {" AND ".join(conditions)}"""
    )
    for table in ("requests", "labels", "truth"):
        connection.execute(f"DROP TABLE {table}")


def _read_requests(connection: DuckDBPyConnection, segments: Sequence[Path], wanted: Wanted, line_mib: int) -> None:
    """Make the table `requests`, each once.

    Cells are left as JSON: nothing else tells a number from text that looks like one.
    """
    own, later = 'id, "at", v, alias, "key", y, p', f'"at" >= {_moment(wanted.end)}'
    pointers = ", ".join(_quoted(input.pointer) for input in wanted.inputs)
    cells = f"CASE WHEN NOT {later} THEN json_extract(x, [{pointers}]) END AS cells" if pointers else "NULL AS cells"
    picked = "".join(f", cells[{i + 1}] AS c{i}" for i in range(len(wanted.inputs)))
    source = (
        f'SELECT {own}, {cells} FROM ({_files(segments, _REQUEST, line_mib)}) WHERE "key" IS NOT NULL OR NOT {later}'
    )
    connection.execute(f"CREATE TABLE requests AS SELECT {own}{picked} FROM ({source})")
    [(count, distinct)] = connection.execute("SELECT count(*), count(DISTINCT id) FROM requests").fetchall()
    if count > distinct:  # A message that came again was answered again, under the same ids.
        connection.execute(
            """CREATE OR REPLACE TABLE requests AS SELECT * FROM requests
            QUALIFY row_number() OVER (PARTITION BY id ORDER BY "at") = 1"""
        )


def _files(files: Sequence[Path], columns: dict[str, str], line_mib: int = LINE_MIB) -> str:
    """Return the query of all lines of these files."""
    names = ", ".join(f'"{name}"' for name in columns)
    types = ", ".join(f"\"{name}\": '{type}'" for name, type in columns.items())
    queries = []
    if lines := [each for each in files if each.suffix != PARQUET]:
        listed = ", ".join(map(_quoted, lines))
        queries.append(
            f"SELECT {names} FROM read_json([{listed}], format = 'newline_delimited', compression = 'gzip', "
            f"maximum_object_size = {line_mib << 20}, columns = {{{types}}})"
        )
    if tables := [each for each in files if each.suffix == PARQUET]:
        cast = ", ".join(f'"{name}"::{type} AS "{name}"' for name, type in columns.items())
        queries.append(f"SELECT {cast} FROM read_parquet([{', '.join(map(_quoted, tables))}])")
    if not queries:
        nulls = ", ".join(f'NULL::{type} AS "{name}"' for name, type in columns.items())
        return f"SELECT {nulls} WHERE false"
    return " UNION ALL ".join(queries)


def _moment(time: str) -> str:
    return f"TIMESTAMP {_quoted(time)}"


def _quoted(text: str | Path) -> str:
    """Return the text as SQL has it: quotes doubled, and nothing else means anything in there."""
    return "'" + str(text).replace("'", "''") + "'"
