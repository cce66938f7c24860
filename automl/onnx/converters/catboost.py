"""CatBoost's symmetric trees: `>` on numbers, single categories, and statistics of categories."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from automl.onnx.converters.catboost_statistics import CategoricalStatistics
from automl.onnx.converters.tree_builder import EQ, GT, TreeBuilder, Trees
from automl.onnx.graph_builder import Graph
from automl.onnx.inputs import FeatureValues

Question = tuple[int, int, float, bool]
"""Mode, column of the matrix, value, and whether NaN answers yes."""


def catboost_to_onnx(graph: Graph, folder: Path, features: FeatureValues) -> str:
    """Return probabilities (n, k), or values (n, 1), of a saved model.

    Raises:
        UnsupportedInOnnx: a statistic of categories is about too many of them.
    """
    model = _read(folder / "model.cbm", features)
    scale, base = model["scale_and_bias"]
    about = model["features_info"]
    # Category codes have hashes, which have a sign where they stand in the splits.
    hash_of = {
        int(entry["value"]): int(np.uint32(entry["hash"]).astype(np.int32))
        for entry in about.get("cat_features_hash", [])
    }
    statistics = CategoricalStatistics(graph, model, features, hash_of)
    columns = [each for each in (features.numeric, features.codes) if each is not None]
    width = features.n_numeric + len(features.n_labels)
    place_of: dict[int, int] = {}
    for number in _used(model, about):
        columns.append(statistics.column(about["ctrs"][number]))
        place_of[number] = width + len(place_of)
    questions = _Questions(about, features.n_numeric, hash_of, place_of)
    trees = Trees(len(base))
    for tree in model["oblivious_trees"]:
        leaves = np.array(tree["leaf_values"]).reshape(-1, len(base)) * scale
        _grow(trees, [questions.of(split) for split in tree.get("splits") or []], leaves)
    values = trees.to_onnx(graph, graph.columns(columns), base)
    return graph.probabilities(values, len(base)) if (folder / "classifier").exists() else values


class _Questions:
    """What splits ask.

    Args:
        about: the model's `features_info`.
        n_numeric: numeric columns of the matrix; category codes stand behind them.
        hash_of: the hashes of category codes.
        place_of: the columns of the matrix that hold statistics, by their number.
    """

    def __init__(
        self, about: dict[str, Any], n_numeric: int, hash_of: dict[int, int], place_of: dict[int, int]
    ) -> None:
        self._n_numeric = n_numeric
        self._code_of = {hash_: code for code, hash_ in hash_of.items()}
        self._statistic_of = _statistics_by_split(about)
        self._place_of = place_of
        self._missing_is_large = {
            each["feature_index"] for each in about.get("float_features", []) if each["nan_value_treatment"] == "AsTrue"
        }

    def of(self, split: dict[str, Any]) -> Question:
        """Convert one split to a question."""
        if split["split_type"] == "FloatFeature":
            index = split["float_feature_index"]
            return GT, index, split["border"], index in self._missing_is_large
        if split["split_type"] == "OneHotFeature":
            code = self._code_of.get(split["value"], -2)
            return EQ, self._n_numeric + split["cat_feature_index"], float(code), False
        return GT, self._place_of[self._statistic_of[split["split_index"]]], split["border"], False


def _statistics_by_split(about: dict[str, Any]) -> dict[int, int]:
    """Return the statistic of each split, by number: splits of numbers, of single categories, of each statistic."""
    count = sum(len(each.get("borders") or []) for each in about.get("float_features", []))
    count += sum(len(each.get("values") or []) for each in about.get("categorical_features", []))
    found: dict[int, int] = {}
    for number, each in enumerate(about.get("ctrs", [])):
        for _ in each["borders"]:
            found[count] = number
            count += 1
    return found


def _used(model: dict[str, Any], about: dict[str, Any]) -> list[int]:
    """Return the statistics that some split uses."""
    statistic_of = _statistics_by_split(about)
    splits = (split for tree in model["oblivious_trees"] for split in tree.get("splits") or [])
    return sorted({statistic_of[split["split_index"]] for split in splits if split["split_type"] == "OnlineCtr"})


def _read(path: Path, features: FeatureValues) -> dict[str, Any]:
    from catboost import CatBoost, FeaturesData, Pool

    booster = CatBoost()
    booster.load_model(str(path))
    pool = None
    if features.n_labels:  # a table with every category in it shows what the hashes in the file stand for
        names = np.array([[str(code).encode()] for code in range(-1, max(features.n_labels) + 1)], dtype=object)
        numbers = np.zeros((len(names), features.n_numeric), dtype=np.float32) if features.n_numeric else None
        pool = Pool(FeaturesData(numbers, np.repeat(names, len(features.n_labels), axis=1)))
    with tempfile.TemporaryDirectory() as scratch:
        written = Path(scratch) / "model.json"
        booster.save_model(str(written), format="json", pool=pool)
        found: dict[str, Any] = json.loads(written.read_text(encoding="utf-8"))
    return found


def _grow(trees: Trees, questions: list[Question], leaves: Any) -> None:
    """Grow the tree without its splits that change nothing: most leaves of deep trees are empty."""
    grown = TreeBuilder()
    values: list[Any] = []

    def grow(node: int, level: int, leaves: Any) -> None:
        if (leaves == leaves[0]).all():
            values.append((node, leaves[0]))
            return
        # The last question decides the highest bit of a leaf's number.
        half = len(leaves) // 2
        true, false = grown.node(), grown.node()
        mode, feature, value, missing_true = questions[level - 1]
        grown.split(node, mode, feature, value, true, false, missing_true)
        grow(true, level - 1, leaves[half:])
        grow(false, level - 1, leaves[:half])

    grow(grown.node(), len(questions), leaves)
    filled = np.zeros((len(grown.mode), leaves.shape[1]))
    for node, value in values:
        filled[node] = value
    trees.add(grown.nodes, filled)
