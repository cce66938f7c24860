"""LightGBM's trees: `<=` on numbers, sets of categories."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from automl.onnx.converters.tree_builder import LEQ, TreeBuilder, Trees, rounded_down
from automl.onnx.graph_builder import Graph
from automl.onnx.inputs import FeatureValues


def lightgbm_to_onnx(graph: Graph, folder: Path, features: FeatureValues) -> str:
    """Return probabilities (n, k), or values (n, 1), of a saved model."""
    import lightgbm

    dump = lightgbm.Booster(model_file=str(folder / "model.txt")).dump_model()
    n_outputs = dump["num_tree_per_iteration"]
    trees = Trees(n_outputs)
    for number, tree in enumerate(dump["tree_info"]):
        grown = TreeBuilder()
        _grow(grown, tree["tree_structure"])
        grown.add_to(trees, number % n_outputs)
    values = trees.to_onnx(graph, features.matrix(graph))
    return values if dump["objective"].startswith("regression") else graph.probabilities(values, n_outputs)


def _grow(grown: TreeBuilder, root: dict[str, Any]) -> None:
    waiting = [(grown.node(), root)]
    while waiting:
        node, part = waiting.pop()
        if "leaf_value" in part:
            grown.leaf_value[node] = part["leaf_value"]
            continue
        left, right = grown.node(), grown.node()
        waiting += [(left, part["left_child"]), (right, part["right_child"])]
        feature = part["split_feature"]
        if part["decision_type"] == "==":  # NaN is in no set
            members = [int(code) for code in part["threshold"].split("||")]
            grown.split_on_set(node, feature, members, left, right, missing_inside=False)
            continue
        threshold = float(rounded_down(part["threshold"]))
        # Where training met no NaN, one met later counts as 0.
        missing_left = part["default_left"] if part["missing_type"] == "NaN" else threshold >= 0
        grown.split(node, LEQ, feature, threshold, left, right, missing_left)
