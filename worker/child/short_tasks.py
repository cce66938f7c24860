"""Short work, in the child: profiles, checks, predictions of whole datasets, and exports of models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import automl
from automl.errors import DataError
from automl.inference.predict_csv import predict_csv
from automl.io.csv_reader import read_csv
from automl.profiling.associations import associations
from automl.profiling.checks import check_target
from automl.profiling.profile import profile as profile_table
from automl.report import dataset_report
from worker.child.main import Pipe

CHUNK_BYTES = 1024 * 1024


def profile(task: dict[str, Any], folder: Path, pipe: Pipe) -> dict[str, Any]:
    """{profile, report}: what the dataset holds, and the page that tells of it."""
    frame = read_csv(folder / "data.csv", **task["dialect"])
    if len(frame) > task["max_rows"]:
        raise DataError(
            "TOO_MANY_ROWS",
            f"The file has {len(frame):,} rows, {task['max_rows']:,} are the most.",
            "Upload fewer.",
        )
    types = {column: type for column, type in task["types"].items() if column in frame.columns}
    found = profile_table(frame, types)
    pairs = associations(frame, {column["name"]: column["type"] for column in found["columns"]})
    page = dataset_report({**found, "associations": pairs}, name=task["name"])
    (folder / "report.html").write_text(page, encoding="utf-8")
    return {"profile": found, "report": "report.html"}


def check(task: dict[str, Any], folder: Path, pipe: Pipe) -> dict[str, Any]:
    """{checks}: what is wrong with the dataset for this target."""
    frame = read_csv(folder / "data.csv", **task["dialect"])
    types = {column: type for column, type in task["types"].items() if column in frame.columns}
    return {"checks": check_target(frame, task["target"], types)}


def predict(task: dict[str, Any], folder: Path, pipe: Pipe) -> dict[str, Any]:
    """{file}: the dataset's rows with predictions."""
    model = automl.load(folder / "model.nb")
    with open(folder / "data.csv", "rb") as source, open(folder / "predictions.csv", "wb") as sink:
        chunks = iter(lambda: source.read(CHUNK_BYTES), b"")
        for chunk in predict_csv(model, chunks, **task["dialect"]):
            sink.write(chunk)
    return {"file": "predictions.csv"}


def export(task: dict[str, Any], folder: Path, pipe: Pipe) -> dict[str, Any]:
    """{file}: the model, or one member of it, as ONNX."""
    from automl.onnx.export import export as write_onnx

    write_onnx(automl.load(folder / "model.nb"), folder / "model.onnx", task["member"])
    return {"file": "model.onnx"}


SHORT_TASKS = {"profile": profile, "check": check, "predict": predict, "export": export}
