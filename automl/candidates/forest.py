"""Random forests and extremely randomised trees (scikit-learn's), grown in batches so that they keep a deadline."""

from __future__ import annotations

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from automl.candidates.base import Array, Candidate, FittedModel, Fold, Params, Problem, Space, tree_matrix
from automl.encode import Encoded

N_TREES = 300
N_TREES_PER_FOLD = 150
"""Half as many where the forests of several folds are averaged: one row costs about 3 microseconds a tree."""
BATCH = 10
MAX_LEAVES = 2_500_000
"""Of all trees of all folds: leaves get more rows rather than being more, or a bundle would have hundreds of MB."""
PARALLEL_ROWS = 2_000


# scikit-learn's names of what a node is -> ours.
_FIELDS = {
    "left_child": "left",
    "right_child": "right",
    "feature": "feature",
    "threshold": "threshold",
    "missing_go_to_left": "missing_left",
}


class RandomForest(Candidate):
    """Bagged trees that try every threshold."""

    name = "random_forest"
    library = "scikit-learn"
    max_trials = 25
    default_features = 0.4

    def search_space(self, problem: Problem) -> Space:
        criteria = ("gini", "entropy") if problem.is_classification else ("squared_error",)
        return {
            "max_features": FloatDistribution(0.1, 1.0),
            "min_samples_leaf": IntDistribution(1, 32, log=True),
            "criterion": CategoricalDistribution(criteria),
        }

    def defaults(self, problem: Problem) -> list[Params]:
        # Leaves of one row make probabilities of 0 and 1, which log loss punishes.
        leaf = 2 if problem.is_classification else 1
        criterion = "entropy" if problem.is_classification else "squared_error"
        first = {"max_features": self.default_features, "min_samples_leaf": leaf, "criterion": criterion}
        return [first, {**first, "min_samples_leaf": 5}]

    def fit(self, params: Mapping[str, Any], problem: Problem, fold: Fold) -> FittedModel:
        target = fold.rounds or (N_TREES if problem.n_splits == 1 else N_TREES_PER_FOLD)
        fewest = -(-target * problem.n_splits * len(fold.train) // MAX_LEAVES)
        settings = {
            "n_estimators": 0,
            "criterion": params["criterion"],
            "max_features": params["max_features"],
            "min_samples_leaf": max(int(params["min_samples_leaf"]), fewest),
            "n_jobs": problem.n_jobs,
            "random_state": problem.seed,
            "warm_start": True,
        }
        forest = self._forest(problem.is_classification, settings)
        matrix = tree_matrix(fold.train)
        while forest.n_estimators < target:
            forest.n_estimators = min(forest.n_estimators + BATCH, target)
            started = time.monotonic()
            forest.fit(matrix, fold.y)
            now = time.monotonic()
            if now + (now - started) >= fold.deadline or fold.should_stop():
                break
        columns = forest.classes_ if problem.is_classification else None
        return FittedForest([tree.tree_ for tree in forest.estimators_], columns, problem.n_classes)

    def _forest(self, classify: bool, settings: dict[str, Any]) -> Any:
        from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

        return RandomForestClassifier(**settings) if classify else RandomForestRegressor(**settings)

    def load(self, folder: Path) -> FittedModel:
        return FittedForest.load(folder)


class ExtraTrees(RandomForest):
    """Trees on all rows that try one random threshold a column."""

    name = "extra_trees"
    default_features = 0.75

    def _forest(self, classify: bool, settings: dict[str, Any]) -> Any:
        from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

        return ExtraTreesClassifier(**settings) if classify else ExtraTreesRegressor(**settings)


class FittedForest(FittedModel):
    """The bare trees: without the estimators around them one row costs microseconds a tree.

    Args:
        trees: `sklearn.tree._tree.Tree` objects.
        classes: int codes of the classes in the trees' order, or None for regression.
        n_classes: width of the probabilities.
    """

    def __init__(self, trees: list[Any], classes: Array | None, n_classes: int) -> None:
        self._trees = trees
        self._classes = classes
        self._n_classes = n_classes
        self.rounds = len(trees)

    def predict(self, table: Encoded) -> Array:
        matrix = tree_matrix(table)
        if len(matrix) < PARALLEL_ROWS:
            total = self._sum(matrix, self._trees)
        else:
            # Trees let go of Python's lock while they predict.
            with ThreadPoolExecutor(2) as pool:
                total = sum(pool.map(lambda part: self._sum(matrix, part), (self._trees[::2], self._trees[1::2])))
        mean = total / len(self._trees)
        if self._classes is None:
            return np.asarray(mean[:, 0])
        full = np.zeros((len(matrix), self._n_classes))
        full[:, self._classes] = mean
        return full

    @staticmethod
    def _sum(matrix: Array, trees: list[Any]) -> Any:
        return sum(tree.predict(matrix) for tree in trees)

    def save(self, folder: Path) -> None:
        nodes = np.concatenate([tree.__getstate__()["nodes"] for tree in self._trees])
        # Rows are float32: rounded down to float32, a threshold parts them just the same.
        thresholds = nodes["threshold"].astype(np.float32)
        above = thresholds > nodes["threshold"]
        thresholds[above] = np.nextafter(thresholds[above], np.float32(-np.inf))
        np.savez(
            folder / "forest.npz",
            allow_pickle=False,
            left=nodes["left_child"].astype(np.int32),
            right=nodes["right_child"].astype(np.int32),
            feature=nodes["feature"].astype(np.int16),
            threshold=thresholds,
            missing_left=nodes["missing_go_to_left"].astype(np.uint8),
            values=np.concatenate([tree.value for tree in self._trees]).astype(np.float32),
            node_counts=np.array([tree.node_count for tree in self._trees]),
            depths=np.array([tree.max_depth for tree in self._trees]),
            n_features=np.array(self._trees[0].n_features),
            classes=np.empty(0, dtype=np.int64) if self._classes is None else self._classes,
            n_classes=np.array(self._n_classes),
        )

    @classmethod
    def load(cls, folder: Path) -> FittedForest:
        """Rebuild the trees from their arrays, through the same door as scikit-learn's own unpickling."""
        from sklearn.tree._tree import NODE_DTYPE, Tree

        with np.load(folder / "forest.npz", allow_pickle=False) as file:
            arrays = dict(file)
        ends = np.cumsum(arrays["node_counts"])[:-1]
        values = arrays["values"].astype(np.float64)
        all_nodes = np.zeros(len(values), dtype=NODE_DTYPE)
        for name, stored in _FIELDS.items():
            all_nodes[name] = arrays[stored]
        widths = np.array([values.shape[2]], dtype=np.intp)
        trees = []
        for nodes, value, depth in zip(
            np.split(all_nodes, ends), np.split(values, ends), arrays["depths"], strict=True
        ):
            tree = Tree(int(arrays["n_features"]), widths, 1)
            tree.__setstate__(
                {
                    "max_depth": int(depth),
                    "node_count": len(nodes),
                    "nodes": np.ascontiguousarray(nodes),
                    "values": np.ascontiguousarray(value),
                }
            )
            trees.append(tree)
        classes = arrays["classes"] if arrays["n_classes"] else None
        return cls(trees, classes, int(arrays["n_classes"]))
