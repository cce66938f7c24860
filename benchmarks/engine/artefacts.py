"""Measure what a model leaves behind: size and loading of its bundle, explaining one row, its report, its ONNX file.

    python -m benchmarks.engine.artefacts [--data FOLDER] [--tables …] [--models FOLDER] [--seconds 60]
                                   [--write docs/artefacts.md]

A bundle `<table>.nb` that lies in the folder of models is measured as it is; what is missing is fitted first, one at a
time, by `nobrains fit`. Run it while nothing else does.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from automl import explain
from automl.errors import SpecError
from automl.inference.bundle import load
from automl.inference.model import Model
from automl.io.csv_reader import read_csv
from automl.onnx.export import best_exportable, export, single_member
from automl.report import model_report
from benchmarks.engine.peer_environments import cache_folder, version_of
from benchmarks.engine.tables import Table, find_tables
from benchmarks.markdown_section import provenance, put_section

LOADS, EXPLANATIONS, REPORTS = 5, 40, 3
PARITY_ROWS = 500
TREES = {"catboost", "lightgbm", "xgboost", "extra_trees", "random_forest"}
REACH_MB, REACH_LOAD_S, REACH_EXPLAIN_MS, REACH_REPORT_S, REACH_REPORT_MB = 50.0, 1.0, 50.0, 15.0, 5.0


@dataclass(frozen=True)
class Onnx:
    """One attempt to write a model as ONNX.

    Attributes:
        name: of the member; "" is the whole ensemble.
        difference: the largest one on test rows, of probabilities or in spreads of a regression; None where refused.
        refusal: why.
    """

    name: str
    difference: float | None
    refusal: str = ""


@dataclass(frozen=True)
class Artefacts:
    """The measurements of one bundle; times are medians."""

    table: str
    members: str
    trees_only: bool
    bundle_mb: float
    load_s: float
    predict_ms: float
    explain_ms: float
    report_s: float
    report_mb: float
    whole: Onnx
    best: Onnx | None


def median_s(act: Callable[[], object], times: int) -> float:
    """Return the median seconds of the call, after a first call that does not count."""
    act()
    took = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        took.append(time.perf_counter() - began)
    return statistics.median(took)


def fit(table: Table, seconds: float, bundle: Path) -> None:
    """Fit as a user would, in a process of its own.

    Raises:
        SystemExit: with what it said, where it failed.
    """
    bundle.parent.mkdir(parents=True, exist_ok=True)
    options = ["--target", table.target, "--task", table.task, "--budget", f"{seconds:g}s", "--output", str(bundle)]
    command = [sys.executable, "-m", "nobrains", "fit", str(table.folder / "train.csv"), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{table.name} could not be fitted: {(done.stderr or done.stdout)[-500:].strip()}")


def measure(table: Table, bundle: Path) -> Artefacts:
    """Measure everything about one bundle, with rows of the table's test part."""
    load_s = median_s(lambda: load(bundle), LOADS)
    model = load(bundle)
    test = read_csv(table.folder / "test.csv")
    columns = {name: test[name].astype(object).where(test[name].notna(), None).tolist() for name in model.sample}
    # Another row every time; the libraries are warm after the first.
    single_rows = [{name: cells[i : i + 1] for name, cells in columns.items()} for i in range(EXPLANATIONS + 1)]
    explained, predicted = iter(single_rows), iter(single_rows)
    explain_s = median_s(lambda: explain(model, next(explained)), EXPLANATIONS)
    predict_s = median_s(lambda: model.predict_raw(next(predicted)), EXPLANATIONS)
    page = model_report(model.summary, model.review)
    probed = replace(model, sample={name: cells[:PARITY_ROWS] for name, cells in columns.items()})
    best = best_exportable(probed)
    return Artefacts(
        table=table.name,
        members=", ".join(f"{member.name} × {len(member.models)}" for member in model.members),
        trees_only={member.family for member in model.members} <= TREES,
        bundle_mb=bundle.stat().st_size / 1e6,
        load_s=load_s,
        predict_ms=predict_s * 1e3,
        explain_ms=explain_s * 1e3,
        report_s=median_s(lambda: model_report(model.summary, model.review), REPORTS),
        report_mb=len(page.encode()) / 1e6,
        whole=write_onnx(probed, ""),
        best=None if best is None else write_onnx(probed, best),
    )


def write_onnx(model: Model, name: str) -> Onnx:
    """Write the member as ONNX, and run it beside the model on the model's sample rows."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            parity = export(single_member(model, name) if name else model, Path(folder) / "model.onnx")
        except SpecError as error:
            return Onnx(name, None, error.detail)
    return Onnx(name, parity.largest_difference)


def page_of(found: list[Artefacts]) -> str:
    """Return the section: the results over all tables, and a line for each."""
    trees = [each.explain_ms for each in found if each.trees_only]
    others = [each.explain_ms for each in found if not each.trees_only]
    wholes = [each for each in found if each.whole.difference is not None]
    singles = [each for each in found if each.best is not None and each.best.difference is not None]
    lines = [
        "| what | over the tables | reach |",
        "|---|---|---|",
        _figure("bundle, MB: median (largest)", [e.bundle_mb for e in found], f"median < {REACH_MB:g}"),
        _figure("loading it, warm, s: median (slowest)", [e.load_s for e in found], f"< {REACH_LOAD_S:g}"),
        _figure("explaining one row, tree ensembles, ms: median (slowest)", trees, f"<= {REACH_EXPLAIN_MS:g}"),
        _figure("the same, ensembles with other families, ms", others, ""),
        _figure("making the report, s: median (slowest)", [e.report_s for e in found], f"< {REACH_REPORT_S:g}"),
        _figure("its size, MB: median (largest)", [e.report_mb for e in found], f"< {REACH_REPORT_MB:g}"),
        f"| ONNX of the whole ensemble, tables | {len(wholes)} of {len(found)} | |",
        f"| ONNX of the best single model, tables | {len(singles)} of {len(found)} | 8 of 12, parity 1e-4 |",
        "",
        "| table | bundle, MB | load, s | predict a row, ms | explain a row, ms | report, s | report, MB "
        "| ONNX, whole ensemble | ONNX, single model | members × models |",
        "|---|---|---|---|---|---|---|---|---|---|",
        *map(_line, found),
    ]
    refused = [f"* {each.table}: {each.whole.refusal}" for each in found if each.whole.refusal]
    return "\n".join([*lines, *(["", "Not written as a whole:", "", *refused] if refused else [])])


def _figure(what: str, values: list[float], reach: str) -> str:
    summary = f"{statistics.median(values):.3g} ({max(values):.3g})" if values else "none"
    return f"| {what} | {summary} | {reach} |"


def _line(each: Artefacts) -> str:
    best = "none" if each.best is None else f"{each.best.name}: {_parity(each.best)}"
    return (
        f"| {each.table} | {each.bundle_mb:.2f} | {each.load_s:.2f} | {each.predict_ms:.1f} | {each.explain_ms:.1f} "
        f"| {each.report_s:.1g} | {each.report_mb:.2f} | {_parity(each.whole)} | {best} | {each.members} |"
    )


def _parity(onnx: Onnx) -> str:
    return "refused" if onnx.difference is None else f"differs by {onnx.difference:.1g}"


def options() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of folders of train.csv, test.csv, meta.json; else our own")
    parser.add_argument("--tables", nargs="+", default=[], help="some of them")
    parser.add_argument("--models", type=Path, help="folder of <table>.nb; else one in the cache folder")
    parser.add_argument("--seconds", type=float, default=60.0, help="budget of the fits that are missing")
    parser.add_argument("--write", type=Path, help="page to put the section into")
    return parser


def main() -> None:
    """Fit what is missing, measure, print the section, and with --write put it into the page."""
    chosen = options().parse_args()
    data, cache = chosen.data, cache_folder()
    if data is None:
        from benchmarks.engine.synthetic_tables import make_tables

        data = cache / "tables"
        make_tables(data)
    models = chosen.models or cache / "models" / f"{version_of('nobrains')}-{chosen.seconds:g}s"
    found: list[Artefacts] = []
    for table in find_tables(data, chosen.tables):
        bundle = models / f"{table.name}.nb"
        if not bundle.exists():
            fit(table, chosen.seconds, bundle)
        found.append(measure(table, bundle))
        print(_line(found[-1]), file=sys.stderr, flush=True)
    text = f"Written on {provenance()}.\n\n{page_of(found)}"
    print(text)
    if chosen.write:
        put_section(chosen.write, "artefacts", text)


if __name__ == "__main__":
    main()
