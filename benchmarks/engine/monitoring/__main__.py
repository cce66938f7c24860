"""Measure the monitor on real tables: false alarms, planted drift, estimates without labels beside the labels.

    python -m benchmarks.engine.monitoring [--data FOLDER] [--tables …] [--windows 1000] [--splits 1] [--seconds 20]
                                           [--write docs/monitoring-models.md]

Each table is fitted once a split, with a short budget, and the model kept; so is what was measured of it, until the
engine's monitoring changes.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path

import automl.monitoring
from benchmarks.engine.monitoring.measure import (
    Plant,
    Shift,
    Undrifted,
    kept,
    measure_planted,
    measure_shifted,
    measure_undrifted,
)
from benchmarks.engine.monitoring.page import page_of
from benchmarks.engine.monitoring.served_models import served_model
from benchmarks.engine.peer_environments import cache_folder
from benchmarks.engine.synthetic_tables import make_tables
from benchmarks.engine.tables import find_tables
from benchmarks.markdown_section import provenance, put_section


def version() -> str:
    """Return a digest of the source that is measured, and of how; how it is summed up makes no difference."""
    digest, here = hashlib.sha256(), Path(__file__).parent
    measured = sorted(Path(automl.monitoring.__file__).parent.rglob("*.py"))
    for path in [*measured, *(here / f"{name}.py" for name in ("measure", "served_models", "windows"))]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def options() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of folders of train.csv, test.csv, meta.json; else our own")
    parser.add_argument("--tables", nargs="+", default=[], help="some of them")
    parser.add_argument("--windows", type=int, default=1000, help="windows without drift, over all tables and splits")
    parser.add_argument("--splits", type=int, default=1, help="cuts of each table")
    parser.add_argument("--seconds", type=float, default=20.0, help="budget of a fit")
    parser.add_argument(
        "--cache", type=Path, default=cache_folder() / "monitoring", help="folder of models and results"
    )
    parser.add_argument("--write", type=Path, help="page to put the section into")
    return parser


def main() -> None:
    """Fit what is missing, measure, print the section, and with --write put it into the page."""
    chosen = options().parse_args()
    data = chosen.data or cache_folder() / "tables"
    if chosen.data is None:
        make_tables(data)
    tables = find_tables(data, chosen.tables)
    n_windows = -(-chosen.windows // (len(tables) * chosen.splits))
    calm: list[Undrifted] = []
    plants: list[Plant] = []
    shifts: list[Shift] = []
    results = chosen.cache / version()
    for split in range(chosen.splits):
        for table in tables:
            served = served_model(table, split, chosen.seconds, chosen.cache / "models")
            place = results / f"{table.name}-{split}-{chosen.seconds:g}s"
            calm += kept(
                place / f"calm-{n_windows}.jsonl",
                Undrifted,
                lambda served=served: measure_undrifted(served, n_windows),  # type: ignore[misc]
            )
            plants += kept(place / "plants.jsonl", Plant, lambda served=served: measure_planted(served))  # type: ignore[misc]
            shifts += kept(place / "shifts.jsonl", Shift, lambda served=served: measure_shifted(served))  # type: ignore[misc]
            print(f"{table.name} {split}: done", file=sys.stderr, flush=True)
    text = f"Written on {provenance()}.\n\n{page_of(calm, plants, shifts)}"
    print(text)
    if chosen.write:
        put_section(chosen.write, "monitoring", text)


if __name__ == "__main__":
    main()
