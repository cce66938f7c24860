"""The families that a graph can express, each by the file that its name leads to."""

from __future__ import annotations

import tempfile
from importlib import import_module
from pathlib import Path

import numpy as np

from automl.models.base import FittedModel
from automl.onnx.crosses import with_crosses
from automl.onnx.graph_builder import Graph, UnsupportedInOnnx
from automl.onnx.inputs import FeatureValues

FAMILIES = {
    "constant": "constant",
    "linear": "linear",
    "text": "linear",
    "neighbours": "distance_based",
    "kernel": "kernel",
    "random_forest": "forest",
    "extra_trees": "forest",
    "lightgbm": "lightgbm",
    "catboost": "catboost",
    "xgboost": "xgboost",
    "neural": "neural",
}


def to_onnx(graph: Graph, family: str, model: FittedModel, features: FeatureValues) -> str:
    """Probabilities (n, k), or scaled values (n, 1), of one fitted model.

    Raises:
        CannotExpress: there is no graph for it.
    """
    if family not in FAMILIES:
        raise UnsupportedInOnnx(f"models of the family {family}")
    module = import_module(f"automl.onnx.{FAMILIES[family]}")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        model.save(folder)
        if (folder / "crosses.npz").exists():
            with np.load(folder / "crosses.npz", allow_pickle=False) as file:
                features = with_crosses(graph, dict(file), features)
        return str(module.to_onnx(graph, folder, features))
