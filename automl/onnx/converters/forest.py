"""Forests: the mean of their trees, which answer with frequencies of classes or with values."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from automl.onnx.converters.tree_builder import LEAF, LEQ, TreeNodes, Trees
from automl.onnx.graph_builder import Graph
from automl.onnx.inputs import FeatureValues


def forest_to_onnx(graph: Graph, folder: Path, features: FeatureValues) -> str:
    """Return probabilities (n, k), or values (n, 1), of a saved model."""
    with np.load(folder / "forest.npz", allow_pickle=False) as file:
        arrays = dict(file)
    n_classes = int(arrays["n_classes"])
    values = arrays["values"][:, 0, :]
    if n_classes:  # classes that no row of the fold had get a column of zeros
        full = np.zeros((len(values), n_classes), dtype=np.float32)
        full[:, arrays["classes"]] = values
        values = full
    trees = Trees(values.shape[1])
    ends = np.cumsum(arrays["node_counts"])
    for start, end in zip(np.concatenate([[0], ends[:-1]]), ends, strict=True):
        left = arrays["left"][start:end]
        nodes = TreeNodes(
            np.where(left < 0, LEAF, LEQ),
            arrays["feature"][start:end],
            arrays["threshold"][start:end],
            left,
            arrays["right"][start:end],
            arrays["missing_left"][start:end],
        )
        trees.add(nodes, values[start:end])
    return trees.to_onnx(graph, features.matrix(graph), divisor=len(ends))
