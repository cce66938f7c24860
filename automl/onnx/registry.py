"""The families that a graph can express, each with its converter."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from automl.models.base import FittedModel
from automl.onnx.catboost import catboost_to_onnx
from automl.onnx.crosses import with_crosses
from automl.onnx.distance_based import kernel_to_onnx, knn_to_onnx
from automl.onnx.forest import forest_to_onnx
from automl.onnx.graph_builder import Graph, UnsupportedInOnnx
from automl.onnx.inputs import FeatureValues
from automl.onnx.lightgbm import lightgbm_to_onnx
from automl.onnx.linear import constant_to_onnx, linear_to_onnx
from automl.onnx.neural import neural_to_onnx
from automl.onnx.xgboost import xgboost_to_onnx

Converter = Callable[[Graph, Path, FeatureValues], str]
"""Adds a model, read from the folder it was saved to, and returns probabilities (n, k) or values (n, 1)."""

CONVERTERS: dict[str, Converter] = {
    "constant": constant_to_onnx,
    "linear": linear_to_onnx,
    "text": linear_to_onnx,
    "neighbours": knn_to_onnx,
    "kernel": kernel_to_onnx,
    "random_forest": forest_to_onnx,
    "extra_trees": forest_to_onnx,
    "lightgbm": lightgbm_to_onnx,
    "catboost": catboost_to_onnx,
    "xgboost": xgboost_to_onnx,
    "neural": neural_to_onnx,
}


def to_onnx(graph: Graph, family: str, model: FittedModel, features: FeatureValues) -> str:
    """Probabilities (n, k), or scaled values (n, 1), of one fitted model.

    Raises:
        UnsupportedInOnnx: there is no graph for it.
    """
    if family not in CONVERTERS:
        raise UnsupportedInOnnx(f"models of the family {family}")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        model.save(folder)
        if (folder / "crosses.npz").exists():
            with np.load(folder / "crosses.npz", allow_pickle=False) as file:
                features = with_crosses(graph, dict(file), features)
        return CONVERTERS[family](graph, folder, features)
