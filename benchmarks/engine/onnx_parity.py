"""Measure models served by ONNX beside the engine: whether they answer alike on held-out rows, and how fast.

    python -m benchmarks.engine.onnx_parity --data FOLDER [--tables …] [--models FOLDER] [--seconds 20]

A bundle `<table>.nb` that lies in the folder of models is measured as it is; what is missing is fitted first, one at a
time, by `nobrains fit`. Times are CPU time of the process for one row as of a JSON request, warnings included. Run it
while nothing else does.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automl.errors import SpecError
from automl.inference.bundle import load
from automl.inference.input_check import row_messages
from automl.inference.model import Model
from automl.inference.servable import ServableModel
from automl.io.csv_reader import read_csv
from automl.onnx.runtime import OnnxPredictor
from automl.onnx.serving_file import MAX_DIFFERENCE, compare_predictor, write_serving_file
from benchmarks.engine.artefacts import fit
from benchmarks.engine.peer_environments import cache_folder, version_of
from benchmarks.engine.tables import Table, find_tables

PARITY_ROWS = 5_000
TIMED_ROWS, ROUNDS = 20, 40

Rows = dict[str, list[Any]]


@dataclass(frozen=True)
class Served:
    """The measurements of one model.

    Attributes:
        refusal: why no file can serve it; the rest is nothing then, but `engine_ms`.
        at_export: largest difference on the rows that the worker checks.
        held_out: largest difference on held-out rows; of probabilities, or in spreads of the target.
        warnings_alike: whether both have the same to say of these rows.
        export_s: for writing and checking the file.
    """

    table: str
    members: str
    engine_ms: float
    onnx_ms: float = 0.0
    at_export: float = 0.0
    held_out: float = 0.0
    rows: int = 0
    warnings_alike: bool = True
    export_s: float = 0.0
    file_mb: float = 0.0
    load_s: float = 0.0
    refusal: str = ""


def measure(table: Table, bundle: Path) -> Served:
    """Write the serving file of a bundle, and compare its predictions with the engine's."""
    model = load(bundle)
    members = ", ".join(f"{member.name} × {len(member.models)}" for member in model.members)
    rows = held_out_rows(table, model)
    single = [{name: cells[i : i + 1] for name, cells in rows.items()} for i in range(TIMED_ROWS)]
    engine_ms = cpu_ms(model, single)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "serving.onnx"
        began = time.perf_counter()
        try:
            at_export = write_serving_file(model, path)
        except SpecError as error:
            return Served(table.name, members, engine_ms, refusal=error.detail)
        export_s = time.perf_counter() - began
        began = time.perf_counter()
        predictor = OnnxPredictor.load(path)
        load_s = time.perf_counter() - began
        parity = compare_predictor(model, predictor, rows)
        return Served(
            table.name,
            members,
            engine_ms,
            cpu_ms(predictor, single),
            at_export.largest_difference,
            parity.largest_difference,
            parity.rows,
            messages(model, rows) == messages(predictor, rows),
            export_s,
            path.stat().st_size / 1e6,
            load_s,
        )


def held_out_rows(table: Table, model: Model) -> Rows:
    """Return rows of the table's test part as a JSON request has them."""
    test = read_csv(table.folder / "test.csv").head(PARITY_ROWS)
    return {name: test[name].astype(object).where(test[name].notna(), None).tolist() for name in model.sample}


def cpu_ms(model: ServableModel, single_rows: Sequence[Rows]) -> float:
    """Return the least CPU milliseconds a row over several rounds of predictions of one row each."""
    least = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        for row in single_rows:
            model.predict_raw_checked(row)
        least = min(least, time.process_time() - began)
    return least / len(single_rows) * 1e3


def messages(model: ServableModel, rows: Rows) -> list[str]:
    """Return what the model could not use of each row."""
    return row_messages(model.predict_raw_checked(rows)[1], len(next(iter(rows.values()))))


def line_of(served: Served) -> str:
    """Return the table's line."""
    if served.refusal:
        return f"| {served.table} | {served.engine_ms:.3f} | - | | | | | | | {served.members} | {served.refusal} |"
    alike = served.held_out <= MAX_DIFFERENCE and served.warnings_alike
    return (
        f"| {served.table} | {served.engine_ms:.3f} | {served.onnx_ms:.3f} | {served.engine_ms / served.onnx_ms:.1f}"
        f" | {served.at_export:.1e} | {served.held_out:.1e} on {served.rows:,} | {served.export_s:.1f}"
        f" | {served.file_mb:.1f} | {served.load_s:.2f} | {served.members} | {'alike' if alike else 'DIFFERS'} |"
    )


HEADER = (
    "| table | engine, ms a row | ONNX, ms a row | times | parity at export | parity on held-out rows | export, s"
    " | file, MB | load, s | members × models | |\n|---|---|---|---|---|---|---|---|---|---|---|"
)


def main() -> None:
    """Measure every table, and print a line for each; exit with 1 where one differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="folder of tables")
    parser.add_argument("--tables", nargs="*", default=(), metavar="NAME", help="default: all of the folder")
    parser.add_argument("--models", type=Path, metavar="FOLDER", help="folder of bundles; default: the cache")
    parser.add_argument("--seconds", type=float, default=20.0, help="budget of a fit")
    chosen = parser.parse_args()
    models = chosen.models or cache_folder() / "models" / f"{version_of('nobrains')}-{chosen.seconds:g}s"
    print(HEADER)
    differs = False
    for table in find_tables(chosen.data, chosen.tables):
        bundle = models / f"{table.name}.nb"
        if not bundle.exists():
            fit(table, chosen.seconds, bundle)
        served = measure(table, bundle)
        differs |= not served.refusal and not (served.held_out <= MAX_DIFFERENCE and served.warnings_alike)
        print(line_of(served), flush=True)
    raise SystemExit(int(differs))


if __name__ == "__main__":
    main()
