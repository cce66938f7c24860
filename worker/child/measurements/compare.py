"""Compare models, in the child."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from automl.gate.challenge import Contender, challenge
from automl.gate.decision import GateSettings
from automl.gate.holdout import Holdout
from automl.model_evaluation.comparison.candidates import Candidate
from automl.model_evaluation.comparison.comparison import compare as compare_models
from automl.reference.row_digests import RowDigests
from automl.report.comparison_report import comparison_report
from core.domain.records import Json
from worker.child.dataset import read_dataset
from worker.child.models import load_model
from worker.child.pipe import Pipe
from worker.messages.from_child import CompareResult
from worker.messages.to_child import CompareRequest

RESAMPLING_S = 120.0
"""Seconds after which fewer resamples are drawn."""


def compare(request: CompareRequest, folder: Path, pipe: Pipe) -> CompareResult:
    """Compare the models on `data.csv`; write what was found, and its page."""
    frame, options = read_dataset(folder, request.csv)
    candidates = [_candidate(folder, each) for each in request.models]
    deadline = time.monotonic() + RESAMPLING_S
    if request.gate is None:
        found = compare_models(candidates, frame, metric=request.metric, options=options, deadline=deadline)
    else:
        holdouts = [each["summary"].get("holdout") for each in request.models]
        champion, challenger = (
            Contender(candidate, Holdout.from_json(said) if said else None)
            for candidate, said in zip(candidates, holdouts, strict=True)
        )
        settings = GateSettings.from_json(request.gate)
        found = challenge(champion, challenger, frame, settings, options=options, deadline=deadline)
    (folder / "comparison.json").write_bytes(orjson.dumps(found))
    (folder / "comparison.html").write_text(comparison_report(found, name=request.name), encoding="utf-8")
    brief = {
        "rows": found["rows"],
        "metric": found["metric"],
        "best": found["best"],
        "title": found["verdict"]["title"],
        **({"gate": found["gate"]} if "gate" in found else {}),
    }
    return CompareResult("comparison.json", "comparison.html", brief)


def _candidate(folder: Path, described: Json) -> Candidate:
    load: Any = partial(load_model, folder / described["file"], described["uploaded"], described["decision"])
    digests: Any = partial(RowDigests.load, folder / described["digests"]) if described["digests"] else None
    return Candidate(described["id"], described["summary"], load, described["size_bytes"], described["name"], digests)
