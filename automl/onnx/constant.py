"""The constant."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from automl.onnx.graph_builder import Graph
from automl.onnx.inputs import FeatureValues


def to_onnx(graph: Graph, folder: Path, features: FeatureValues) -> str:
    """Probabilities (n, k), or values (n, 1), of a saved model."""
    value = np.load(folder / "value.npy", allow_pickle=False)
    return graph.rows_of(features.any, np.atleast_1d(value))
