"""Linear models: one multiplication."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from automl.onnx.dense import dense_matrix
from automl.onnx.graph_builder import Graph, UnsupportedInOnnx
from automl.onnx.inputs import FeatureValues


def to_onnx(graph: Graph, folder: Path, features: FeatureValues) -> str:
    """Probabilities (n, k), or values (n, 1), of a saved model.

    Raises:
        CannotExpress: it reads the terms of text.
    """
    with np.load(folder / "linear.npz", allow_pickle=False) as file:
        arrays = dict(file)
    if arrays["uses_terms"]:
        raise UnsupportedInOnnx("the terms of text")
    is_classifier = arrays["weights"].ndim == 2
    weights = arrays["weights"] if is_classifier else arrays["weights"][:, None]
    matrix = dense_matrix(graph, arrays, features)
    product = graph.node("MatMul", _with_knots(graph, matrix, arrays["knots"]), graph.constant(weights))
    values = graph.node("Add", product, graph.constant(np.atleast_1d(arrays["bias"])))
    return graph.node("Softmax", values, axis=1) if is_classifier else values


def _with_knots(graph: Graph, matrix: str, knots: Any) -> str:
    """Beside the matrix, how far each of its first columns is beyond each of its knots (columns, knots)."""
    if not knots.size:
        return matrix
    column = np.repeat(np.arange(len(knots)), knots.shape[1])
    beyond = graph.node("Sub", graph.take_columns(matrix, column), graph.constant([knots.ravel()]))
    return graph.columns([matrix, graph.node("Relu", beyond)])
