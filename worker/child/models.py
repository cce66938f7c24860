"""Models that tasks predict with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import automl
from core.domain.records import Json


def load_model(path: Path, uploaded: Json | None, decision: Json | None = None) -> Any:
    """Return the model of a bundle; or of an ONNX file, where the summary of an `uploaded` one is given.

    It answers labels by `decision`, {positive, threshold}, where one is given.
    """
    if uploaded is None:
        return _decided(automl.load(path), decision)
    from automl.onnx.uploaded.load import load_uploaded

    return _decided(load_uploaded(path.read_bytes(), uploaded), decision)


def _decided(model: Any, decision: Json | None) -> Any:
    return model if decision is None else model.with_decision(automl.DecisionRule(**decision))
