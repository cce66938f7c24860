"""XGBoost's trees: `<` on numbers, sets of categories that go right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from automl.onnx.converters.tree_builder import LT, TreeBuilder, Trees
from automl.onnx.graph_builder import Graph
from automl.onnx.inputs import FeatureValues

CATEGORICAL = 1


def xgboost_to_onnx(graph: Graph, folder: Path, features: FeatureValues) -> str:
    """Return probabilities (n, k), or values (n, 1), of a saved model."""
    import xgboost

    booster = xgboost.Booster(model_file=str(folder / "model.ubj"))
    learner = json.loads(booster.save_raw("json"))["learner"]
    model = learner["gradient_booster"]["model"]
    # The base is kept as what is predicted: for two classes that is a probability.
    base = np.array(json.loads(learner["learner_model_param"]["base_score"]), dtype=np.float64)
    is_binary = learner["objective"]["name"] == "binary:logistic"
    if is_binary:
        base = np.log(base) - np.log1p(-base)
    trees = Trees(len(base))
    for output, tree in zip(model["tree_info"], model["trees"], strict=True):
        _grow(tree).add_to(trees, output)
    values = trees.to_onnx(graph, features.matrix(graph), base)
    return graph.probabilities(values, len(base)) if is_binary or len(base) > 1 else values


def _grow(tree: dict[str, Any]) -> TreeBuilder:
    grown = TreeBuilder()
    n_nodes = len(tree["left_children"])
    for _ in range(n_nodes):
        grown.node()
    sets = {
        node: tree["categories"][start : start + size]
        for node, start, size in zip(
            tree["categories_nodes"], tree["categories_segments"], tree["categories_sizes"], strict=True
        )
    }
    for node in range(n_nodes):
        left, right = tree["left_children"][node], tree["right_children"][node]
        value = tree["split_conditions"][node]
        if left < 0:
            grown.leaf_value[node] = value
            continue
        feature, missing_left = tree["split_indices"][node], bool(tree["default_left"][node])
        if tree["split_type"][node] == CATEGORICAL:
            grown.split_on_set(node, feature, sets[node], right, left, missing_inside=not missing_left)
        else:
            grown.split(node, LT, feature, value, left, right, missing_left)
    return grown
