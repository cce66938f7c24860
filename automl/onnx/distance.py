"""Euclidean distances in a graph."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from automl.onnx.graph_builder import Graph


def distances(graph: Graph, points: str, landmarks: npt.NDArray[Any]) -> str:
    """float64 (n, m) from float points (n, p) to landmarks (m, p)."""
    points = graph.cast(points, "double")
    fixed = landmarks.astype(np.float64)
    squares = graph.node("ReduceSumSquare", points, graph.constant([1], np.int64))
    product = graph.node("MatMul", points, graph.constant(-2.0 * fixed.T, np.float64))
    whole = graph.node("Add", graph.node("Add", product, squares), graph.constant([(fixed**2).sum(axis=1)], np.float64))
    return graph.node("Sqrt", graph.node("Max", whole, graph.constant(0.0, np.float64)))
