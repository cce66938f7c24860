"""Short work, in the child: profiles, checks, and predictions of whole datasets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import automl
from automl.checks import check_target
from automl.errors import DataError
from automl.predict_csv import predict_csv
from automl.profile import profile as profile_table
from automl.read import read_csv
from worker.task import Pipe

CHUNK_BYTES = 1024 * 1024


def profile(task: dict[str, Any], folder: Path, pipe: Pipe) -> dict[str, Any]:
    """{profile}: what the dataset holds."""
    frame = read_csv(folder / "data.csv", **task["dialect"])
    if len(frame) > task["max_rows"]:
        raise DataError(
            "TOO_MANY_ROWS",
            f"The file has {len(frame):,} rows, {task['max_rows']:,} are the most.",
            "Upload fewer.",
        )
    types = {column: type for column, type in task["types"].items() if column in frame.columns}
    return {"profile": profile_table(frame, types)}


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
