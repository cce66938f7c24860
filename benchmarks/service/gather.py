"""Requests and labels to a dataset: how long, and how much memory.

    python -m benchmarks.service.gather                       200,000 requests of 14 columns with 60,000 labels
    python -m benchmarks.service.gather --requests 1000000 --labels 100000

The files are those that predictors and feedback leave; what is measured is the work of a worker's child, from these
files to the Parquet file that becomes the dataset, in a process of its own as workers have it, the engine imported.
"""

from __future__ import annotations

import argparse
import gzip
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import orjson

from core.domain.prediction_ids import PredictionIds, predicted_at

SEGMENT_ROWS = 5_000
COLUMNS = 14
COLOURS = ("red", "green", "blue")
KEYS = 100_000
FIRST_MS = 1_772_366_400_000
FROM, TO = "2026-01-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z"


def write_files(folder: Path, n_requests: int, n_labels: int) -> tuple[list[str], list[str]]:
    """Write segments and labels as the service does; return their names. Every second label is by key."""
    rng, at_ms = random.Random(0), FIRST_MS
    ids = PredictionIds(lambda: at_ms)
    written: list[str] = []
    segments = []
    for first in range(0, n_requests, SEGMENT_ROWS):
        lines = []
        for _ in range(min(SEGMENT_ROWS, n_requests - first)):
            at_ms += 5
            [id] = ids.make(1)
            written.append(id)
            cells = {f"c{k}": rng.gauss(0, 1) if k % 2 else rng.choice(COLOURS) for k in range(COLUMNS)}
            share = rng.random()
            lines.append(
                {"id": id, "at": predicted_at(id), "v": 1, "alias": "champion", "key": f"k{rng.randrange(KEYS)}",
                 "x": cells, "y": "yes" if share > 0.5 else "no", "p": [1 - share, share], "ms": 1.2, "rt": "onnx"}
            )  # fmt: skip
        segments.append(f"segment-{first:09d}.jsonl.gz")
        (folder / segments[-1]).write_bytes(gzip.compress(b"".join(orjson.dumps(line) + b"\n" for line in lines), 6))
    said = []
    for number, r in enumerate(ids.make(n_labels)):
        by_id = number % 2 == 0
        label = {"r": r, "id": rng.choice(written) if by_id else None, "key": None if by_id else f"k{number % KEYS}"}
        said.append({**label, "label": rng.choice(["yes", "no"]), "at": predicted_at(rng.choice(written))})
    (folder / "labels.jsonl.gz").write_bytes(gzip.compress(b"".join(orjson.dumps(line) + b"\n" for line in said), 3))
    return segments, ["labels.jsonl.gz"]


def gather_here(folder: Path, labelled: bool) -> None:
    """Do the child's work in this process, and print what it took."""
    import worker.child.run_task  # noqa: F401 (as every child has it in memory)
    from worker.child.request_log.gather import gather
    from worker.messages.of_kept_requests import GatherRequest

    os.chdir(folder)
    inputs = [{"name": f"c{k}", "decimal_sign": "."} for k in range(COLUMNS)]
    wanted = {"start": FROM, "end": TO, "inputs": inputs, "numbers": False, "labelled": labelled}
    names = sorted(path.name for path in folder.glob("*.jsonl.gz"))
    request = GatherRequest(
        [name for name in names if name.startswith("segment")], ["labels.jsonl.gz"], wanted, "bought", 20_000_000, 2
    )
    before, began_s = _peak_mib(), time.perf_counter()
    result = gather(request, folder, None)  # type: ignore[arg-type]
    took_s = time.perf_counter() - began_s
    size = (folder / result.file).stat().st_size / 2**20
    print(
        f"{result.rows:,} rows, {result.labelled:,} with a label: {took_s:.1f} s, "
        f"peak {_peak_mib():.0f} MiB ({before:.0f} MiB before, the engine imported), {size:.1f} MiB of Parquet"
    )


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Write the files, then gather all requests, and those with a label, each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=200_000)
    parser.add_argument("--labels", type=int, default=60_000)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--labelled", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.folder is not None:
        gather_here(given.folder, given.labelled)
        return
    with tempfile.TemporaryDirectory() as name:
        segments, _ = write_files(Path(name), given.requests, given.labels)
        size = sum(path.stat().st_size for path in Path(name).iterdir()) / 2**20
        print(f"{given.requests:,} requests in {len(segments)} segments, {given.labels:,} labels: {size:.1f} MiB")
        for option in ((), ("--labelled",)):
            command = [sys.executable, "-m", "benchmarks.service.gather", "--folder", name, *option]
            subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
