"""Columns made of other columns (`candidates.crosses`): arithmetic, and tables looked up by category codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from automl.onnx.graph_builder import Graph
from automl.onnx.inputs import FeatureValues

OPERATORS = ("Sub", "Add", "Mul", "Div")


def with_crosses(graph: Graph, arrays: Mapping[str, Any], features: FeatureValues) -> FeatureValues:
    """Return the features with the made columns after the numeric ones.

    Args:
        graph: to add to.
        arrays: as `Crosses.to_arrays` gives them.
        features: the columns that they are made of.
    """
    columns = [] if features.numeric is None else [features.numeric]
    added = 0
    for i, operation, j in arrays["pairs"]:
        assert features.numeric is not None
        pair = [graph.take_columns(features.numeric, [int(which)]) for which in (i, j)]
        made = graph.node(OPERATORS[operation], *pair)
        nothing = graph.node("Or", graph.node("IsNaN", made), graph.node("IsInf", made))
        columns.append(graph.node("Where", nothing, graph.constant(np.nan), made))
        added += 1
    for number in range(sum(name.startswith("columns") for name in arrays)):
        counts = arrays[f"counts{number}"]
        table = np.concatenate([arrays[f"means{number}"], counts[..., None]], axis=-1)
        table = table.reshape(counts.size, -1).astype(np.float32)
        columns.append(graph.node("Gather", graph.constant(table), _cell(graph, arrays, number, features), axis=0))
        added += table.shape[1]
    return replace(features, numeric=graph.columns(columns), n_numeric=features.n_numeric + added)


def _cell(graph: Graph, arrays: Mapping[str, Any], number: int, features: FeatureValues) -> str:
    """Return int64 (n,), the position of each row in the flattened table: missing, the labels, unseen."""
    assert features.codes is not None
    sizes = arrays[f"counts{number}"].shape
    cell = graph.constant(0, np.int64)
    for column, size in zip(arrays[f"columns{number}"], sizes, strict=True):
        code = graph.cast(graph.node("Gather", features.codes, graph.constant(int(column), np.int64), axis=1), "int64")
        place = graph.node("Add", code, graph.constant(1, np.int64))
        place = graph.node("Clip", place, graph.constant(0, np.int64), graph.constant(size - 1, np.int64))
        cell = graph.node("Add", graph.node("Mul", cell, graph.constant(size, np.int64)), place)
    return cell
