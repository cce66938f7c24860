"""The scaled dense matrix of `candidates.dense.DenseEncoder` as a graph."""

from __future__ import annotations

from typing import Any

import numpy as np

from automl.models.dense_encoder import MAX_ABS_INPUT, MAX_ABS_SCALED, SOFT_CLIP
from automl.onnx.graph_builder import Graph
from automl.onnx.inputs import FeatureValues

Arrays = dict[str, Any]


def dense_matrix(graph: Graph, arrays: Arrays, features: FeatureValues) -> str:
    """(n, p + marked + all levels) float, no NaN.

    Args:
        graph: to add to.
        arrays: as `DenseEncoder.to_arrays` gives them.
        features: what to encode.
    """
    parts = []
    if features.numeric is not None:
        gone = graph.node("IsNaN", features.numeric)
        centre, far = (
            graph.constant([arrays["centre"]]),
            [graph.constant(-MAX_ABS_INPUT), graph.constant(MAX_ABS_INPUT)],
        )
        filled = graph.node("Where", gone, centre, features.numeric)
        distance = graph.node("Clip", graph.node("Sub", filled, centre), *far)
        steepest = [graph.constant(-MAX_ABS_SCALED), graph.constant(MAX_ABS_SCALED)]
        scaled = graph.node("Clip", graph.node("Mul", distance, graph.constant([arrays["scale"]])), *steepest)
        relative = graph.node("Div", scaled, graph.constant(SOFT_CLIP))
        bent = graph.node("Add", graph.node("Mul", relative, relative), graph.constant(1.0))
        parts.append(graph.node("Div", scaled, graph.node("Sqrt", bent)))
        if len(arrays["marked"]):
            parts.append(graph.cast(graph.take_columns(gone, arrays["marked"]), "float"))
    if features.codes is not None:
        counts = arrays["level_counts"]
        column = np.repeat(np.arange(len(counts)), counts)
        if len(column):
            codes = graph.take_columns(features.codes, column)
            parts.append(graph.cast(graph.node("Equal", codes, graph.constant([arrays["levels"]])), "float"))
    return graph.columns(parts)
