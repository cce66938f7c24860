"""Measure a model on a labelled dataset, in the child."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pandas as pd

from automl.inference.servable import ServableModel
from automl.model_evaluation.evaluate import evaluate as evaluate_model
from automl.monitoring.drift import drift
from automl.reference import Reference, RowDigests
from automl.report import evaluation_report
from core.domain.records import Json
from worker.child.dataset import read_dataset
from worker.child.models import load_model
from worker.child.pipe import Pipe
from worker.messages.from_child import EvaluateResult
from worker.messages.to_child import EvaluateRequest

DIGESTS_FILE, REFERENCE_FILE = "row_digests.npz", "reference.parquet"
SLICES_S = 60.0
"""Seconds after the start at which no further slice, and no further column of the drift, is begun."""


def evaluate(request: EvaluateRequest, folder: Path, pipe: Pipe) -> EvaluateResult:
    """Write what was found, as JSON and as a page."""
    deadline = time.monotonic() + SLICES_S
    file = "model.nb" if request.uploaded is None else "model.onnx"
    model = load_model(folder / file, request.uploaded, request.decision)
    frame, options = read_dataset(folder, request.csv)
    digests = folder / DIGESTS_FILE
    found = evaluate_model(
        model,
        frame,
        digests=RowDigests.load(digests) if digests.exists() else None,
        drift=_drift(model, frame, folder / REFERENCE_FILE, deadline),
        slices=request.slices,
        pairs=request.pairs,
        options=options,
        deadline=deadline,
    )
    (folder / "evaluation.json").write_text(json.dumps(found, allow_nan=False), encoding="utf-8")
    (folder / "evaluation.html").write_text(evaluation_report(found, request.about), encoding="utf-8")
    return EvaluateResult("evaluation.json", "evaluation.html", _headline(found))


def _drift(model: ServableModel, frame: pd.DataFrame, reference: Path, deadline: float) -> Json | None:
    """Return how the rows differ from those of the training, None where none of those were kept."""
    if not reference.exists():
        return None
    rows, importance = Reference.load(reference).rows, model.summary.get("importance", ())
    return drift(rows, frame, model.features_, importance=importance, deadline=deadline).to_json()


def _headline(found: Json) -> Json:
    """Return what a list says of an evaluation."""
    score = found["metrics"].get(found["metric"], {})
    return {
        "target": found["target"],
        "task": found["task"],
        "metric": found["metric"],
        "rows": found["rows"],
        **{name: score.get(name) for name in ("value", "low", "high")},
        "z": found["reported"]["z"],
        "tone": found["verdict"]["tone"],
        "title": found["verdict"]["title"],
        "drifted": found["drift"] and found["drift"]["inputs"]["drifted"],
        "worse_slices": sum(each["worse"] for each in found["slices"]),
    }
