"""Do short tasks, in the child: profiles, checks, predictions, evaluations, exports and uploads of models."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from automl.errors import DataError
from automl.inference import bundle
from automl.inference.input_check import InputCheck
from automl.inference.predict_csv import predict_csv
from automl.preprocessing.columns.code_columns import code_column_types, code_column_warnings
from automl.preprocessing.columns.column_options import merge_column_options
from automl.preprocessing.columns.table_stats import compute_table_stats
from automl.profiling.associations import associations
from automl.profiling.checks import check_target
from automl.profiling.profile import profile as profile_table
from automl.report import dataset_report
from csvfile.bad_rows import BadRows
from worker.child.assembly.assemble import assemble
from worker.child.convert import convert
from worker.child.dataset import read_dataset
from worker.child.features import features
from worker.child.measurements.compare import compare
from worker.child.measurements.evaluation import evaluate
from worker.child.measurements.monitor import monitor
from worker.child.model_check import model_check
from worker.child.models import load_model
from worker.child.pipe import Pipe
from worker.child.request_log.compact import compact
from worker.child.request_log.forget import forget
from worker.child.request_log.gather import gather
from worker.messages.from_child import CheckResult, ExportResult, PredictResult, ProfileResult, Result
from worker.messages.of_assemblies import AssembleRequest
from worker.messages.of_features import FeaturesRequest
from worker.messages.of_kept_requests import CompactRequest, ForgetRequest, GatherRequest, MonitorRequest
from worker.messages.to_child import (
    CheckModelRequest,
    CheckRequest,
    CompareRequest,
    ConvertRequest,
    EvaluateRequest,
    ExportRequest,
    PredictRequest,
    ProfileRequest,
)

CHUNK_BYTES = 1024 * 1024


def profile(request: ProfileRequest, folder: Path, pipe: Pipe) -> ProfileResult:
    """Return the profile of the dataset, and write its report page."""
    bad_rows = BadRows(request.csv.dialect.bad_rows)
    frame, options = read_dataset(folder, request.csv, bad_rows)
    if len(frame) > request.max_rows:
        raise DataError(
            "TOO_MANY_ROWS",
            f"The file has {len(frame):,} rows; the limit is {request.max_rows:,}.",
            "Upload fewer.",
        )
    code_types = code_column_types(frame, request.digit_text, options)
    stats = compute_table_stats(frame, merge_column_options(code_types, options))
    found = profile_table(frame, stats=stats)
    warnings = [*request.warnings, *found["warnings"], *code_column_warnings(code_types)]
    found["warnings"] = list(dict.fromkeys(warnings))
    pairs = associations(frame, {column["name"]: column["type"] for column in found["columns"]}, stats=stats)
    page = dataset_report({**found, "associations": pairs}, name=request.dataset_name)
    (folder / "report.html").write_text(page, encoding="utf-8")
    return ProfileResult(
        {**found, "bad_rows": bad_rows.count}, "report.html", _write_bad_rows(bad_rows, folder), code_types
    )


def _write_bad_rows(bad_rows: BadRows, folder: Path) -> str | None:
    """Write the list of rows that were left out, where one is wanted; return its name."""
    if not bad_rows.listed:
        return None
    listed = {"count": bad_rows.count, "rows": [asdict(row) for row in bad_rows.listed]}
    (folder / "bad_rows.json").write_text(json.dumps(listed), encoding="utf-8")
    return "bad_rows.json"


def check(request: CheckRequest, folder: Path, pipe: Pipe) -> CheckResult:
    """Return the findings about the dataset for this target."""
    frame, options = read_dataset(folder, request.csv)
    return CheckResult(check_target(frame, request.target, stats=compute_table_stats(frame, options)))


def predict(request: PredictRequest, folder: Path, pipe: Pipe) -> PredictResult:
    """Write the dataset's rows with predictions."""
    path = folder / ("model.nb" if request.uploaded is None else "model.onnx")
    model, csv, check = load_model(path, request.uploaded, request.decision), request.csv, InputCheck()
    with open(folder / "data.csv", "rb") as source, open(folder / "predictions.csv", "wb") as sink:
        chunks = iter(lambda: source.read(CHUNK_BYTES), b"")
        for chunk in predict_csv(model, chunks, csv.dialect, names=request.columns, check=check):
            sink.write(chunk)
    if request.strict:
        check.raise_if_any()
    return PredictResult("predictions.csv", check.n_rows, [warning.to_json() for warning in check.warnings])


def export(request: ExportRequest, folder: Path, pipe: Pipe) -> ExportResult:
    """Write the model, or one member of it, as ONNX; for MLflow; the file that serves it; or its bundle with a rule."""
    model, file = load_model(folder / "model.nb", None, request.decision), "model.onnx"
    if request.format == "bundle":
        bundle.save(model, folder / "decided.nb")
        return ExportResult("decided.nb", 0.0, 0)
    if request.format == "serving":
        from automl.onnx.serving_file import write_serving_file

        parity = write_serving_file(model, folder / file)
    else:
        from automl.onnx.export import export as write_onnx

        parity = write_onnx(model, folder / file, request.member)
    if request.format == "mlflow":
        from automl.onnx.mlflow_model import write_mlflow_model

        write_mlflow_model(folder / file, model.summary, folder / "model.zip")
        file = "model.zip"
    return ExportResult(file, parity.largest_difference, parity.rows)


SHORT_TASKS: Mapping[type[Any], Callable[[Any, Path, Pipe], Result]] = {
    AssembleRequest: assemble,
    ConvertRequest: convert,
    ForgetRequest: forget,
    GatherRequest: gather,
    ProfileRequest: profile,
    CheckRequest: check,
    CheckModelRequest: model_check,
    PredictRequest: predict,
    EvaluateRequest: evaluate,
    ExportRequest: export,
    FeaturesRequest: features,
    CompareRequest: compare,
    CompactRequest: compact,
    MonitorRequest: monitor,
}
