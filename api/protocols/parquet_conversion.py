"""Parquet bodies, made into CSVs by a process of its own: no file of a stranger's is parsed in the server's."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import orjson

from api.http.bodies.instances import MAX_INSTANCES
from core.errors import Invalid, Unavailable

PROGRAM = "automl.io.formats.convert_isolated"
MAX_PROCESSES = 2
WAIT_S = 30.0
TURN_S = 2.0
"""Seconds that a request waits for one of the processes: meanwhile it holds a thread that other requests need."""
MAX_CSV_BYTES = 64 << 20
MAGIC = b"PAR1"
"""A Parquet file begins and ends with it."""

KEPT_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH")

_turns = threading.BoundedSemaphore(MAX_PROCESSES)


def parquet_to_csv(body: bytes, max_columns: int) -> bytes:
    """Return a UTF-8 CSV with commas and a header.

    Raises:
        Invalid: the file is damaged, too large unpacked, or holds what no cell can hold.
        Unavailable: too many are being read just now.
    """
    if not (body.startswith(MAGIC) and body.endswith(MAGIC)):
        raise _unreadable("The body is no Parquet file.")
    if not _turns.acquire(timeout=TURN_S):
        raise Unavailable("too many Parquet files are being read")
    try:
        with tempfile.TemporaryDirectory(prefix="nobrains-parquet-") as folder:
            return _convert(Path(folder), body, max_columns)
    finally:
        _turns.release()


def _convert(folder: Path, body: bytes, max_columns: int) -> bytes:
    (folder / "upload").write_bytes(body)
    limits = [str(limit) for limit in (MAX_CSV_BYTES, MAX_INSTANCES, max_columns)]
    kept = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
    try:
        done = subprocess.run(
            [sys.executable, "-m", PROGRAM, str(folder), *limits],
            env={**kept, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "HOME": "/nonexistent"},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=WAIT_S, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as exc:
        raise _unreadable("Reading the Parquet file took too long.") from exc
    if done.returncode:
        raise _unreadable("Reading the Parquet file took more memory than a request may, or ended in a crash.")
    if error := orjson.loads(done.stdout):
        place = {"column": error["column"]} if error["column"] else {}
        raise Invalid(
            error["reason"], f"{error['detail']} {error['hint']}".strip(), [{**place, "detail": error["detail"]}]
        )
    return (folder / "data.csv").read_bytes()


def _unreadable(detail: str) -> Invalid:
    return Invalid("FILE_UNREADABLE", f"{detail} Write it anew, or send JSON or CSV.")
