"""Networks: the mean of m of one shape, each with periodic embeddings of numbers and embedded categories."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from automl.onnx.converters.linear import Arrays, dense_matrix
from automl.onnx.graph_builder import Graph
from automl.onnx.inputs import FeatureValues

SELU: dict[str, Any] = {"alpha": 1.6732632, "gamma": 1.0507010}


def neural_to_onnx(graph: Graph, folder: Path, features: FeatureValues) -> str:
    """Return probabilities (n, k), or values (n, 1), of a saved model."""
    with np.load(folder / "network.npz", allow_pickle=False) as file:
        arrays = dict(file)
    parts = {name.removeprefix("net_"): array for name, array in arrays.items() if name.startswith("net_")}
    matrix, indices = _inputs(graph, arrays, features)
    count = len(parts["bias0"])
    outputs = []
    for i in range(count):
        one = {name: array[i] for name, array in parts.items()}
        value = _embedded(graph, one, arrays["periodic"], matrix, indices)
        value = _layers(graph, one, str(arrays["activation"]), value)
        if arrays["is_classifier"]:
            outputs.append(graph.node("Softmax", value, axis=1))
        else:
            outputs.append(graph.node("Clip", value, *(graph.constant(bound) for bound in arrays["bounds"][i])))
    return outputs[0] if count == 1 else graph.node("Mean", *outputs)


def _inputs(graph: Graph, arrays: Arrays, features: FeatureValues) -> tuple[str, list[str]]:
    """Return the dense matrix (n, d), and int64 (n,) of each embedded category; as `NetworkInputs.transform`."""
    embedded = [int(column) for column in arrays["embedded"]]
    indices = []
    for i, column in enumerate(embedded):
        assert features.codes is not None
        code = graph.cast(graph.node("Gather", features.codes, graph.constant(column, np.int64), axis=1), "int64")
        # Missing, -1, and unseen, beyond the labels, both have index 0.
        lookup = np.concatenate([[0], arrays[f"lookup{i}"], [0]])
        place = graph.node("Add", code, graph.constant(1, np.int64))
        indices.append(graph.node("Gather", graph.constant(lookup, np.int64), place))
    kept = [j for j in range(len(features.n_labels)) if j not in embedded]
    codes = None
    if features.codes is not None and kept:
        codes = graph.take_columns(features.codes, kept)
    rest = FeatureValues(features.numeric, codes, features.n_numeric, tuple(features.n_labels[j] for j in kept))
    return dense_matrix(graph, arrays, rest), indices


def _embedded(graph: Graph, one: Arrays, periodic: Any, matrix: str, indices: list[str]) -> str:
    parts = [matrix]
    for position, column in enumerate(periodic):
        number = graph.take_columns(matrix, [int(column)])
        turned = graph.node("Mul", number, graph.constant([2 * np.pi * one["frequency"][position]]))
        waves = graph.node("Cos", graph.node("Add", turned, graph.constant([one["phase"][position]])))
        mixed = graph.node("MatMul", waves, graph.constant(one["mixing"][position]))
        parts.append(graph.node("Add", mixed, graph.constant(one["mixing_bias"][position])))
    parts += [
        graph.node("Gather", graph.constant(one[f"embedding{j}"]), index, axis=0) for j, index in enumerate(indices)
    ]
    return graph.columns(parts)


def _layers(graph: Graph, one: Arrays, activation: str, value: str) -> str:
    depth = sum(name.startswith("weights") for name in one)
    for i in range(depth):
        product = graph.node("MatMul", value, graph.constant(one[f"weights{i}"]))
        value = graph.node("Add", product, graph.constant(one[f"bias{i}"]))
        if i + 1 < depth:
            value = graph.node("Selu", value, **SELU) if activation == "selu" else graph.node("Mish", value)
    return value
