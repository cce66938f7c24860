"""Rows of a source by key: how long they take to be written and read, how much room they need.

    python -m benchmarks.service.features                     100,000 keys of 10 columns on SQLite
    python -m benchmarks.service.features --keys 1000000

Measured are the work of a worker's child (a CSV to rows), that of its parent (rows to the tables), reading 1, 100 and
10,000 keys in one go as a request does, a second generation written while the first one answers, and its deletion.
"""

from __future__ import annotations

import argparse
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from backends.tables.sqlite import SqliteTables
from core.domain.features import MAX_ROW_BYTES, MAX_SET_BYTES, Generation
from core.domain.ids import now
from core.features.feature_rows import FeatureRows, row_key
from core.features.features import digest_of
from core.storage import rows
from core.storage.due_rows import Due
from csvfile.dialect import Dialect
from worker.child.features import features
from worker.messages.of_features import FeaturesRequest
from worker.tasks.features import batches_of

COLUMNS = 10
USER, SOURCE = "ada", "patients"


def write_table(path: Path, keys: int) -> None:
    """Write a table of so many keys, numbers and labels by turns."""
    rng = random.Random(0)
    names = [f"c{number}" for number in range(COLUMNS)]
    with open(path, "w", encoding="utf-8") as file:
        file.write(",".join(["patient", *names]) + "\n")
        for key in range(keys):
            cells = [
                f"{rng.gauss(0, 1):.4f}" if k % 2 else rng.choice(("red", "green", "blue")) for k in range(COLUMNS)
            ]
            file.write(",".join([str(key), *cells]) + "\n")


def timed(what: str, do: Callable[[], Any]) -> Any:
    """Do it, and print how long it took."""
    began_s = time.perf_counter()
    result = do()
    print(f"{what}: {time.perf_counter() - began_s:.2f} s")
    return result


def write_generation(store: FeatureRows, file: Path, fetch: int) -> str:
    """Write a generation and have it answer, as a worker does."""
    id = store.begin(USER, SOURCE, f"dataset-{fetch}", fetch, ["patient"])
    assert id is not None
    for batch in batches_of(file):
        store.put_many(USER, SOURCE, id, batch)
    assert store.finish(USER, SOURCE, Generation(id, f"dataset-{fetch}", fetch, ["patient"], [True], at=now()))
    return id


def read(store: FeatureRows, generation: str, keys: int, n: int) -> None:
    """Read n keys at a time, and print how long it takes."""
    rng, took_ms = random.Random(1), []
    for _ in range(20):
        digests = [digest_of([rng.randrange(keys)], [True]) or "" for _ in range(n)]
        wanted = [row_key(USER, SOURCE, generation, digest) for digest in digests]
        began_s = time.perf_counter()
        found = store.tables.get_many(wanted)
        took_ms.append(1000 * (time.perf_counter() - began_s))
        assert len(found) == len(set(wanted))
    print(f"read {n:,} keys: median {statistics.median(took_ms):.2f} ms, most {max(took_ms):.2f} ms")


def main() -> None:
    """Write, read, write again, delete."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keys", type=int, default=100_000)
    keys = parser.parse_args().keys
    with tempfile.TemporaryDirectory() as name:
        folder, path = Path(name), Path(name, "tables.db")
        write_table(folder / "data.csv", keys)
        request = FeaturesRequest(
            Dialect(), ["patient"], {f"c{k}": "." for k in range(1, COLUMNS, 2)}, keys, MAX_ROW_BYTES, MAX_SET_BYTES
        )
        result = timed(f"child, {keys:,} keys", lambda: features(request, folder, cast(Any, None)))
        print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB, the engine imported")
        SqliteTables.initialize(path)
        store = FeatureRows(SqliteTables(path), 0.0)
        store.grace *= 0
        generation = timed("first generation", lambda: write_generation(store, folder / result.file, 1))
        print(f"{path.stat().st_size / 2**20:.0f} MiB of tables")
        for n in (1, 100, 10_000):
            read(store, generation, keys, n)
        timed("second generation, beside the first", lambda: write_generation(store, folder / result.file, 2))
        due = Due("2026-11-30T12:00", "features", USER, SOURCE)
        store.tables.put(due.key, b"")

        def sweep() -> None:
            while store.tables.get(due.key) is not None:
                store.sweep(due, is_used=True)

        timed("deletion of the first", sweep)
        assert sum(1 for _ in rows.scan_all(store.tables, f"feature#{USER}#")) == keys


if __name__ == "__main__":
    main()
