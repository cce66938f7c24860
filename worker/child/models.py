"""Models that tasks predict with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import automl
from core.domain.records import Json


def load_model(path: Path, uploaded: Json | None) -> Any:
    """Return the model of a bundle; or of an ONNX file, where the summary of an `uploaded` one is given."""
    if uploaded is None:
        return automl.load(path)
    from automl.onnx.uploaded.load import load_uploaded

    return load_uploaded(path.read_bytes(), uploaded)
