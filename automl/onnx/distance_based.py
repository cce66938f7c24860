"""k nearest neighbours: the smallest distances, and votes that fall with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from automl.onnx.dense import dense_matrix
from automl.onnx.distance import distances
from automl.onnx.graph_builder import Graph
from automl.onnx.inputs import FeatureValues


def to_onnx(graph: Graph, folder: Path, features: FeatureValues) -> str:
    """Probabilities (n, k), or values (n, 1), of a saved model."""
    with np.load(folder / "neighbours.npz", allow_pickle=False) as file:
        arrays = dict(file)
    k, power, targets = int(arrays["k"]), float(arrays["power"]), arrays["targets"]
    is_classifier = targets.ndim == 2
    far = distances(graph, dense_matrix(graph, arrays, features), arrays["points"])
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
