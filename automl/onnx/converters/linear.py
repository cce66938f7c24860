"""The constant, linear models, and the scaled dense matrix that these and other families read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from automl.models.dense_encoder import MAX_ABS_INPUT, MAX_ABS_SCALED, SOFT_CLIP
from automl.onnx.graph_builder import Graph, UnsupportedInOnnx
from automl.onnx.inputs import FeatureValues

Arrays = dict[str, Any]


def dense_matrix(graph: Graph, arrays: Arrays, features: FeatureValues) -> str:
    """Build the matrix of `models.dense_encoder.DenseEncoder`: (n, p + marked + all levels) float, no NaN.

    Args:
        graph: to add to.
        arrays: as `DenseEncoder.to_arrays` gives them.
        features: what to encode.
    """
    parts = []
    if features.numeric is not None:
        gone = graph.node("IsNaN", features.numeric)
        centre, far = (
            graph.constant([arrays["center"]]),
            [graph.constant(-MAX_ABS_INPUT), graph.constant(MAX_ABS_INPUT)],
        )
        filled = graph.node("Where", gone, centre, features.numeric)
        distance = graph.node("Clip", graph.node("Sub", filled, centre), *far)
        steepest = [graph.constant(-MAX_ABS_SCALED), graph.constant(MAX_ABS_SCALED)]
        scaled = graph.node("Clip", graph.node("Mul", distance, graph.constant([arrays["scale"]])), *steepest)
        relative = graph.node("Div", scaled, graph.constant(SOFT_CLIP))
        bent = graph.node("Add", graph.node("Mul", relative, relative), graph.constant(1.0))
        parts.append(graph.node("Div", scaled, graph.node("Sqrt", bent)))
        if len(arrays["missing_indicators"]):
            parts.append(graph.cast(graph.take_columns(gone, arrays["missing_indicators"]), "float"))
    if features.codes is not None:
        counts = arrays["level_counts"]
        column = np.repeat(np.arange(len(counts)), counts)
        if len(column):
            codes = graph.take_columns(features.codes, column)
            parts.append(graph.cast(graph.node("Equal", codes, graph.constant([arrays["levels"]])), "float"))
    return graph.columns(parts)


def constant_to_onnx(graph: Graph, folder: Path, features: FeatureValues) -> str:
    """Add a saved constant: probabilities (n, k), or values (n, 1)."""
    value = np.load(folder / "value.npy", allow_pickle=False)
    return graph.rows_of(features.any, np.atleast_1d(value))


def linear_to_onnx(graph: Graph, folder: Path, features: FeatureValues) -> str:
    """Add a saved linear model: probabilities (n, k), or values (n, 1).

    Raises:
        UnsupportedInOnnx: it reads the terms of text.
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
    """Append to the matrix how far each of its first columns is beyond each of its knots (columns, knots)."""
    if not knots.size:
        return matrix
    column = np.repeat(np.arange(len(knots)), knots.shape[1])
    beyond = graph.node("Sub", graph.take_columns(matrix, column), graph.constant([knots.ravel()]))
    return graph.columns([matrix, graph.node("Relu", beyond)])
