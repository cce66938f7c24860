"""Use a model file without a service.

python -m automl predict model.nb rows.csv [-o predicted.csv]
python -m automl report model.nb [-o report.html]
python -m automl plots model.nb [-o plots.html]
python -m automl export model.nb model.onnx [--model NAME]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from automl.errors import AutoMLError, SpecError
from automl.io.csv_errors import csv_errors_as_data_errors
from csvfile.dialect import options_in
from csvfile.encoding import HEAD_BYTES
from csvfile.known_table import KnownTable, sniff_known
from csvfile.sniffer import SniffResult

CHUNK_BYTES = 1 << 20
MAX_COLUMNS = 100_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 1 after an error, which is printed in words."""
    parser = argparse.ArgumentParser(prog="python -m automl", description="Use a model file without a service.")
    commands = parser.add_subparsers(dest="command", required=True)
    predict = commands.add_parser("predict", help="write the rows of a table with the predictions of a model as CSV")
    predict.add_argument("bundle", help="model file, as saved or downloaded (.nb)")
    predict.add_argument("rows", help="table with the columns of the training data, in any order: CSV, xlsx, …")
    predict.add_argument("-o", "--output", help="file to write; default: standard output")
    predict.add_argument("--delimiter", help="delimiter of the CSV file; default: as in the training data, or detected")
    predict.add_argument("--encoding", help="encoding of the CSV file; default: likewise")
    predict.add_argument(
        "--header", action=argparse.BooleanOptionalAction, help="whether the first row is the header; default: likewise"
    )
    predict.add_argument("--strict", action="store_true", help="refuse a file with values that cannot be used")
    predict.add_argument("--sheet", help="sheet of a workbook; default: the first visible one that is not empty")
    predict.set_defaults(run=_predict)
    export = commands.add_parser("export", help="convert a model to ONNX, which runs without the engine")
    export.add_argument("bundle", help="model file, as saved or downloaded (.nb)")
    export.add_argument("output", help="file to write (.onnx)")
    export.add_argument("--model", help="one model; default: the whole ensemble, or the best exportable one")
    export.set_defaults(run=_export)
    report = commands.add_parser("report", help="write the report of a model as one HTML page")
    report.add_argument("bundle", help="model file, as saved or downloaded (.nb)")
    report.add_argument("-o", "--output", help="file to write; default: the name of the model file with .html")
    report.set_defaults(run=_report)
    plots = commands.add_parser("plots", help="write Optuna's plots of the search as one HTML page (needs plotly)")
    plots.add_argument("bundle", help="model file, as saved or downloaded (.nb)")
    plots.add_argument("-o", "--output", help="file to write; default: the name of the model file with .plots.html")
    plots.set_defaults(run=_plots)
    given = parser.parse_args(arguments)
    try:
        given.run(given)
    except AutoMLError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: {error.filename}: {error.strerror}." if error.filename else f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _predict(given: argparse.Namespace) -> None:
    from automl.inference.bundle import load
    from automl.inference.input_check import InputCheck
    from automl.inference.predict_csv import check_csv, predict_csv
    from automl.io.formats.convert import Wanted, convert

    model, check = load(given.bundle), InputCheck()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        made = convert(Path(given.rows), folder / "data.csv", folder, Wanted(given.sheet, options_in(vars(given))))
        rows = stack.enter_context(open(folder / "data.csv" if made else given.rows, "rb"))
        read = made.sniffed if made else _sniff(rows, model.summary, given)
        if given.strict:
            chunks = iter(partial(rows.read, CHUNK_BYTES), b"")
            check_csv(model, chunks, read.dialect, names=read.header).raise_if_any()
            rows.seek(0)
        output = stack.enter_context(open(given.output, "wb")) if given.output else sys.stdout.buffer
        chunks = iter(partial(rows.read, CHUNK_BYTES), b"")
        for part in predict_csv(model, chunks, read.dialect, names=read.header, check=check):
            output.write(part)
    for warning in check.warnings:
        print(f"warning: {warning.detail}", file=sys.stderr)


def _sniff(rows: BinaryIO, summary: Mapping[str, Any], given: argparse.Namespace) -> SniffResult:
    """Find out how the file is written; it is rewound."""
    head = rows.read(HEAD_BYTES)
    rows.seek(0)
    with csv_errors_as_data_errors():
        return sniff_known(
            head,
            KnownTable.from_summary(summary),
            complete=len(head) < HEAD_BYTES,
            max_columns=MAX_COLUMNS,
            given=options_in(vars(given)),
        )


def _report(given: argparse.Namespace) -> None:
    from automl.inference.bundle import load
    from automl.report import model_report

    model, bundle = load(given.bundle), Path(given.bundle)
    output = Path(given.output) if given.output else bundle.with_suffix(".html")
    output.write_text(model_report(model.summary, model.review, name=bundle.name), encoding="utf-8")
    print(f"Wrote {output}.", file=sys.stderr)


def _plots(given: argparse.Namespace) -> None:
    from automl.inference.bundle import load
    from automl.report.optuna_plots import optuna_plots

    model, bundle = load(given.bundle), Path(given.bundle)
    output = Path(given.output) if given.output else bundle.with_suffix(".plots.html")
    page = optuna_plots(model.review, metric=model.summary["metric"], title=f"Search history of {bundle.name}")
    output.write_text(page, encoding="utf-8")
    print(f"Wrote {output}.", file=sys.stderr)


def _export(given: argparse.Namespace) -> None:
    from automl.inference.bundle import load
    from automl.onnx.export import best_exportable, export

    model, name = load(given.bundle), given.model
    try:
        parity = export(model, given.output, name)
    except SpecError as error:
        name = best_exportable(model) if name is None and error.reason.startswith("ONNX_") else None
        if name is None:
            raise
        print(f"{error.detail} Exporting {name} alone.", file=sys.stderr)
        parity = export(model, given.output, name)
    print(
        f"Wrote {given.output}. On {parity.rows} rows its predictions differ from the model's by at most"
        f" {parity.largest_difference:.1g}.",
        file=sys.stderr,
    )


if __name__ == "__main__":
    sys.exit(main())
