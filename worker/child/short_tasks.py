"""Do short tasks, in the child: profiles, checks, predictions of whole datasets, and exports of models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import automl
from automl.errors import DataError
from automl.inference.input_check import InputCheck
from automl.inference.predict_csv import predict_csv
from automl.profiling.associations import associations
from automl.profiling.checks import check_target
from automl.profiling.profile import profile as profile_table
from automl.report import dataset_report
from worker.child.dataset import read_dataset
from worker.child.pipe import Pipe
from worker.messages.from_child import CheckResult, FileResult, PredictResult, ProfileResult, Result
from worker.messages.to_child import CheckRequest, ExportRequest, PredictRequest, ProfileRequest

CHUNK_BYTES = 1024 * 1024


def profile(request: ProfileRequest, folder: Path, pipe: Pipe) -> ProfileResult:
    """Return the profile of the dataset, and write its report page."""
    frame, types = read_dataset(folder, request.csv)
    if len(frame) > request.max_rows:
        raise DataError(
            "TOO_MANY_ROWS",
            f"The file has {len(frame):,} rows; the limit is {request.max_rows:,}.",
            "Upload fewer.",
        )
    found = profile_table(frame, types)
    pairs = associations(frame, {column["name"]: column["type"] for column in found["columns"]})
    page = dataset_report({**found, "associations": pairs}, name=request.dataset_name)
    (folder / "report.html").write_text(page, encoding="utf-8")
    return ProfileResult(found, "report.html")


def check(request: CheckRequest, folder: Path, pipe: Pipe) -> CheckResult:
    """Return the findings about the dataset for this target."""
    frame, types = read_dataset(folder, request.csv)
    return CheckResult(check_target(frame, request.target, types))


def predict(request: PredictRequest, folder: Path, pipe: Pipe) -> PredictResult:
    """Write the dataset's rows with predictions."""
    model, csv, check = automl.load(folder / "model.nb"), request.csv, InputCheck()
    dialect: Any = {"delimiter": csv.delimiter, "encoding": csv.encoding, "header": csv.header}
    with open(folder / "data.csv", "rb") as source, open(folder / "predictions.csv", "wb") as sink:
        chunks = iter(lambda: source.read(CHUNK_BYTES), b"")
        for chunk in predict_csv(model, chunks, **dialect, check=check):
            sink.write(chunk)
    if request.strict:
        check.raise_if_any()
    return PredictResult("predictions.csv", [warning.to_json() for warning in check.warnings])


def export(request: ExportRequest, folder: Path, pipe: Pipe) -> FileResult:
    """Write the model, or one member of it, as ONNX."""
    from automl.onnx.export import export as write_onnx

    write_onnx(automl.load(folder / "model.nb"), folder / "model.onnx", request.member)
    return FileResult("model.onnx")


SHORT_TASKS: Mapping[type[Any], Callable[[Any, Path, Pipe], Result]] = {
    ProfileRequest: profile,
    CheckRequest: check,
    PredictRequest: predict,
    ExportRequest: export,
}
