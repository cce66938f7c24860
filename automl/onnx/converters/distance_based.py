"""Families that compare rows with kept ones: k nearest neighbors, and kernel machines.

Distances are float64, because they are small differences of large squares.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from automl.onnx.converters.linear import dense_matrix
from automl.onnx.graph_builder import Graph
from automl.onnx.inputs import FeatureValues


def kernel_to_onnx(graph: Graph, folder: Path, features: FeatureValues) -> str:
    """Add a saved kernel machine: probabilities (n, k), or values (n, 1), from similarities to its landmarks."""
    with np.load(folder / "kernel.npz", allow_pickle=False) as file:
        arrays = dict(file)
    width, power = arrays["shape"]
    points = graph.node("Mul", dense_matrix(graph, arrays, features), graph.constant([arrays["relevance"]]))
    distance = _distances(graph, points, arrays["landmarks"])
    relative = graph.node("Div", distance, graph.constant(width, np.float64))
    raised = graph.node("Pow", relative, graph.constant(power, np.float64))
    similar = graph.node("Exp", graph.node("Neg", raised))
    product = graph.node("MatMul", similar, graph.constant(arrays["weights"], np.float64))
    values = graph.cast(graph.node("Add", product, graph.constant(arrays["bias"], np.float64)), "float")
    return graph.node("Softmax", values, axis=1) if len(arrays["bias"]) > 1 else values


def knn_to_onnx(graph: Graph, folder: Path, features: FeatureValues) -> str:
    """Add k nearest neighbors: probabilities (n, k), or values (n, 1), by votes that fall with the distance."""
    with np.load(folder / "neighbours.npz", allow_pickle=False) as file:
        arrays = dict(file)
    k, power, targets = int(arrays["k"]), float(arrays["power"]), arrays["targets"]
    is_classifier = targets.ndim == 2
    far = _distances(graph, dense_matrix(graph, arrays, features), arrays["points"])
    near, which = graph.nodes("TopK", far, graph.constant([k], np.int64), n_outputs=2, axis=1, largest=0, sorted=1)
    near = graph.cast(near, "float")
    middle = graph.take_columns(near, [(k - 1) // 2, k // 2])
    median = graph.node("ReduceMean", middle, graph.constant([1], np.int64))
    relative = graph.node("Div", near, graph.node("Max", median, graph.constant(1e-9)))
    raised = graph.node("Pow", graph.node("Max", relative, graph.constant(0.05)), graph.constant(-power))
    weights = graph.node("Div", raised, graph.node("ReduceSum", raised, graph.constant([1], np.int64)))
    rows = targets if is_classifier else targets[:, None]
    chosen = graph.node("Gather", graph.constant(rows), which, axis=0)  # (n, k neighbours, outputs)
    weighed = graph.node("Mul", chosen, graph.node("Unsqueeze", weights, graph.constant([2], np.int64)))
    votes = graph.node("ReduceSum", weighed, graph.constant([1], np.int64), keepdims=0)
    if not is_classifier:
        return votes
    smoothed = graph.node("Add", graph.node("Mul", votes, graph.constant(k)), graph.constant(1.0 / rows.shape[1]))
    return graph.node("Div", smoothed, graph.constant(k + 1.0))


def _distances(graph: Graph, points: str, landmarks: npt.NDArray[Any]) -> str:
    """Compute Euclidean distances, float64 (n, m), from float points (n, p) to landmarks (m, p)."""
    points = graph.cast(points, "double")
    fixed = landmarks.astype(np.float64)
    squares = graph.node("ReduceSumSquare", points, graph.constant([1], np.int64))
    product = graph.node("MatMul", points, graph.constant(-2.0 * fixed.T, np.float64))
    whole = graph.node("Add", graph.node("Add", product, squares), graph.constant([(fixed**2).sum(axis=1)], np.float64))
    return graph.node("Sqrt", graph.node("Max", whole, graph.constant(0.0, np.float64)))
