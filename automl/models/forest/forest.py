"""Random forests and extremely randomised trees (scikit-learn's), grown in batches so that they keep a deadline."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from automl._typing import Array
from automl.models.attributions import Attributions
from automl.models.base import Effort, FitData, FittedModel, Params, Space, TaskSpec, to_tree_matrix
from automl.models.crosses.family import CrossingFamily
from automl.models.forest.path_attributions import PathAttributions
from automl.preprocessing.text_encoder import EncodedFeatures

N_TREES = 300
N_TREES_PER_FOLD = 75
"""A quarter where the forests of several folds are averaged: one row costs about 3 microseconds a tree."""
MIN_TREES = 50
"""Minimum trees of a forest: fewer are not worth starting."""
BATCH = 10
MAX_LEAVES = 2_500_000
MAX_VALUES = 50_000_000
"""Maximum values of all trees of all folds: leaves get more rows rather than being more, or a bundle would have
hundreds of MB."""
MAX_CLASSES = 200
MIN_ROWS = 10_000

# scikit-learn's names of what a node is -> ours.
_FIELDS = {
    "left_child": "left", "right_child": "right", "feature": "feature", "threshold": "threshold",
    "missing_go_to_left": "missing_left",
}  # fmt: skip


class RandomForest(CrossingFamily):
    """Bagged trees that try every threshold."""

    name = "random_forest"
    library = "scikit-learn"
    portfolio_ranks = (140, 250)
    onnx_converter = "forest:forest_to_onnx"
    max_trials = 25
    default_features = 0.4
    row_s = 1e-7
    """Seconds that one tree takes a row, a column tried, and a level."""

    def supports(self, problem: TaskSpec, table: EncodedFeatures) -> bool:
        return problem.n_classes <= MAX_CLASSES

    def search_space(self, problem: TaskSpec) -> Space:
        criteria = ("gini", "entropy") if problem.is_classification else ("squared_error",)
        return {
            "max_features": FloatDistribution(0.1, 1.0),
            "min_samples_leaf": IntDistribution(1, 32, log=True),
            "criterion": CategoricalDistribution(criteria),
            "crosses": CategoricalDistribution((False, True)),
        }

    def defaults(self, problem: TaskSpec) -> list[Params]:
        # Leaves of one row make probabilities of 0 and 1, which log loss punishes.
        leaf = 2 if problem.is_classification else 1
        criterion = "entropy" if problem.is_classification else "squared_error"
        first = {"max_features": self.default_features, "min_samples_leaf": leaf, "criterion": criterion}
        return [
            {**first, "crosses": not problem.is_classification},
            {**first, "min_samples_leaf": 5, "crosses": problem.is_classification},
        ]

    def estimate_fit_seconds(self, problem: TaskSpec, n_rows: int, n_columns: int) -> float:
        tries = max(1.0, self.default_features * n_columns)
        return 0.1 + MIN_TREES * self._tree_s(n_rows, tries) / problem.n_jobs

    def estimate_memory_bytes(self, problem: TaskSpec, n_rows: int, n_columns: int) -> int:
        k = max(1, problem.n_classes)
        nodes = 2 * min(MAX_LEAVES, MAX_VALUES // k, N_TREES * n_rows)
        return 8 * n_rows * n_columns + nodes * (64 + 8 * k)

    def fit_columns(self, params: Mapping[str, Any], problem: TaskSpec, fold: FitData) -> FittedModel:
        train, y = self._affordable(params, fold, problem.seed)
        repeat = fold.repeat or Effort()
        planned = fold.rounds or (N_TREES if problem.n_splits == 1 else N_TREES_PER_FOLD)
        target = min(planned, int(repeat.rounds or planned))
        leaves = min(MAX_LEAVES, MAX_VALUES // max(1, problem.n_classes))
        fewest = -(-target * problem.n_splits * len(train) // leaves)
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
        matrix = to_tree_matrix(train)
        batch = problem.n_jobs  # the first batch is measured: the others fit into the time
        while forest.n_estimators < target:
            forest.n_estimators = min(forest.n_estimators + batch, target)
            started = time.monotonic()
            forest.fit(matrix, y)
            now = time.monotonic()
            tree_s = (now - started) / batch
            if now + problem.n_jobs * tree_s >= fold.deadline or fold.should_stop():
                break
            batch = min(BATCH, max(problem.n_jobs, int((fold.deadline - now) / tree_s)))
        columns = forest.classes_ if problem.is_classification else None
        fitted = FittedForest([tree.tree_ for tree in forest.estimators_], columns, problem.n_classes)
        rows = len(train) if len(train) < len(fold.train) else None
        rounds = forest.n_estimators if forest.n_estimators < planned else None
        is_truncated = forest.n_estimators < target or (rows is not None and rows != repeat.rows)
        return fitted.with_effort(Effort(rows=rows, rounds=rounds), is_truncated=is_truncated)

    def _affordable(self, params: Mapping[str, Any], fold: FitData, seed: int) -> tuple[EncodedFeatures, Array]:
        """Return the rows, or as many at random as one tree is likely to manage in half of the time."""
        n = len(fold.train)
        if fold.repeat is not None:
            return _sample(fold, min(fold.repeat.rows or n, n), seed)
        tree_s = self._tree_s(n, max(1.0, params["max_features"] * fold.train.n_columns))
        share = (fold.deadline - time.monotonic()) / 2 / tree_s
        return _sample(fold, n if n <= MIN_ROWS or share >= 1 else max(MIN_ROWS, int(share * n)), seed)

    def _tree_s(self, n_rows: int, tries: float) -> float:
        return self.row_s * n_rows * tries * float(np.log2(n_rows + 2))

    def _forest(self, classify: bool, settings: dict[str, Any]) -> Any:
        from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

        return RandomForestClassifier(**settings) if classify else RandomForestRegressor(**settings)

    def load_columns(self, folder: Path) -> FittedModel:
        return FittedForest.load(folder)


class ExtraTrees(RandomForest):
    """Trees on all rows that try one random threshold a column."""

    name = "extra_trees"
    portfolio_ranks = (90, 200)
    default_features = 0.75
    row_s = 2e-8

    def _forest(self, classify: bool, settings: dict[str, Any]) -> Any:
        from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

        return ExtraTreesClassifier(**settings) if classify else ExtraTreesRegressor(**settings)


def _sample(fold: FitData, count: int, seed: int) -> tuple[EncodedFeatures, Array]:
    """Draw so many rows to learn from."""
    if count == len(fold.train):
        return fold.train, fold.y
    rows = np.random.default_rng(seed).choice(len(fold.train), count, replace=False)
    rows.sort()
    return fold.train.take(rows), fold.y[rows]


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
        self._paths: PathAttributions | None = None  # made when first explained: they take as much memory as the trees
        self.rounds = len(trees)

    def predict(self, table: EncodedFeatures) -> Array:
        matrix = to_tree_matrix(table)
        mean = sum(tree.predict(matrix) for tree in self._trees) / len(self._trees)
        if self._classes is None:
            return np.asarray(mean[:, 0])
        full = np.zeros((len(matrix), self._n_classes))
        full[:, self._classes] = mean
        return full

    def attributions(self, table: EncodedFeatures) -> Attributions:
        if self._paths is None:
            self._paths = PathAttributions.of(self._trees)
        values = self._paths.attributions(to_tree_matrix(table))
        base = np.broadcast_to(self._paths.base, (len(table), values.shape[2]))
        if self._classes is None:
            return Attributions(values, base)
        full, full_base = np.zeros((*values.shape[:2], self._n_classes)), np.zeros((len(table), self._n_classes))
        full[:, :, self._classes], full_base[:, self._classes] = values, base
        return Attributions(full, full_base)

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
