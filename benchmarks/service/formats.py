"""Measure uploads of other formats: from the first byte until the dataset is ready, and the worker's memory meanwhile.

    python -m benchmarks.service.formats [--back-ends embedded real] [--rows 100000] [--formats csv xlsx parquet jsonl]

The same table of 20 columns in each format; the CSV is what the others are held against. A CSV of 100 MB:

    python -m benchmarks.service.formats --rows 380000 --formats csv
"""

from __future__ import annotations

import datetime as dt
import random
import secrets
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import openpyxl
import pandas as pd
import psutil

from benchmarks.service.deployments import running
from benchmarks.service.report import Figures, options, publish, spread
from nobrains_client import Client

COLUMNS, ROUNDS = 20, 3
FORMATS = ("csv", "xlsx", "parquet", "jsonl")


def make_table(n_rows: int) -> pd.DataFrame:
    """Return numbers, whole numbers, labels and moments."""
    chance = random.Random(0)
    start = dt.datetime(2020, 1, 1)
    makers = (
        lambda: chance.random() * 1000,
        lambda: chance.randrange(100_000),
        lambda: f"name {chance.randrange(500)}",
        lambda: start + dt.timedelta(hours=chance.randrange(10_000)),
    )
    columns = {f"c{number}": [makers[number % 4]() for _ in range(n_rows)] for number in range(COLUMNS)}
    return pd.DataFrame(columns)


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write the table in the format of the path's ending."""
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    elif path.suffix == ".parquet":
        frame.to_parquet(path, index=False)
    elif path.suffix == ".jsonl":
        frame.to_json(path, orient="records", lines=True, date_format="iso")
    else:
        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet("Table")
        sheet.append(list(frame.columns))
        for row in frame.itertuples(index=False):
            sheet.append([cell.to_pydatetime() if isinstance(cell, pd.Timestamp) else cell for cell in row])
        book.save(path)


@contextmanager
def peak_memory_mib(found: list[float]) -> Iterator[None]:
    """Add the most that any one child process of a worker held."""
    done, most = threading.Event(), [0]

    def watch() -> None:
        while not done.wait(0.02):
            for process in psutil.process_iter(["cmdline", "memory_info"]):
                if "worker.child.main" in (process.info["cmdline"] or ()):
                    most[0] = max(most[0], process.info["memory_info"].rss)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        found.append(most[0] / 2**20)


def measure(back_ends: str, frame: pd.DataFrame, formats: Sequence[str]) -> Figures:
    """Return the seconds, and the memory, of each format."""
    figures: Figures = {}
    with running(back_ends) as (service, _), tempfile.TemporaryDirectory() as folder:
        client = Client(service.url).sign_in("uploader", secrets.token_urlsafe(12), sign_up=True)
        for ending in formats:
            write_table(frame, path := Path(folder, f"table.{ending}"))
            seconds: list[float] = []
            memory_mib: list[float] = []
            for _ in range(ROUNDS):
                began_s = time.monotonic()
                with peak_memory_mib(memory_mib):
                    dataset = client.upload(path)
                    while not client.dataset(dataset).is_over:  # `wait_ready` asks ever more rarely.
                        time.sleep(0.05)
                seconds.append(time.monotonic() - began_s)
                assert client.dataset(dataset).state == "ready"
            name = f"{ending}, {path.stat().st_size / 1e6:.3g} MB"
            figures[f"{name}: upload to ready, s"] = spread(seconds)
            figures[f"{name}: the child's peak, MiB"] = spread(memory_mib)
    return figures


def main() -> None:
    """Measure and print the table."""
    parser = options(__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--formats", nargs="+", choices=FORMATS, default=FORMATS)
    chosen = parser.parse_args()
    frame = make_table(chosen.rows)
    figures = {back_ends: measure(back_ends, frame, chosen.formats) for back_ends in chosen.back_ends}
    publish(figures, "formats", chosen.write)


if __name__ == "__main__":
    main()
