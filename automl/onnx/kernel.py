"""Kernel machines: similarities to landmarks, in float64 because distances are small differences of large squares."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from automl.onnx.dense import dense_matrix
from automl.onnx.distance import distances
from automl.onnx.graph_builder import Graph
from automl.onnx.inputs import FeatureValues


def to_onnx(graph: Graph, folder: Path, features: FeatureValues) -> str:
    """Probabilities (n, k), or values (n, 1), of a saved model."""
    with np.load(folder / "kernel.npz", allow_pickle=False) as file:
        arrays = dict(file)
    width, power = arrays["shape"]
    points = graph.node("Mul", dense_matrix(graph, arrays, features), graph.constant([arrays["relevance"]]))
    distance = distances(graph, points, arrays["landmarks"])
    relative = graph.node("Div", distance, graph.constant(width, np.float64))
    raised = graph.node("Pow", relative, graph.constant(power, np.float64))
    similar = graph.node("Exp", graph.node("Neg", raised))
    product = graph.node("MatMul", similar, graph.constant(arrays["weights"], np.float64))
    values = graph.cast(graph.node("Add", product, graph.constant(arrays["bias"], np.float64)), "float")
    return graph.node("Softmax", values, axis=1) if len(arrays["bias"]) > 1 else values
