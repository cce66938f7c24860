"""What a forest's answer owes to each column: along its path a row's node values change, at each split by one column.

Exact and additive, at the cost of a prediction. For trees that split at random these are the Shapley values (Sutera et
al. 2021, "From global to local MDI variable importances for random forests and when they are Shapley values"); forests
that choose among some random columns come near them, while exact values would take seconds for deep trees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from automl._typing import Array


@dataclass(frozen=True)
class PathAttributions:
    """The nodes of all trees in one row.

    Attributes:
        roots: intp (t,), positions among the m nodes.
        left, right: intp (m,), positions of the next nodes; -1 at leaves.
        feature: (m,) column that the node tests.
        threshold: (m,) rows up to it go left.
        missing_left: bool (m,), whether NaN goes left.
        values: (m, k), the mean answer of the training rows at each node.
    """

    roots: Array
    left: Array
    right: Array
    feature: Array
    threshold: Array
    missing_left: Array
    values: Array

    @classmethod
    def of(cls, trees: list[Any]) -> PathAttributions:
        """Build the attributions of scikit-learn's bare trees."""
        counts = [tree.node_count for tree in trees]
        first = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.intp)
        offset = np.repeat(first, counts)
        nodes = np.concatenate([tree.__getstate__()["nodes"] for tree in trees])
        is_leaf = nodes["left_child"] < 0
        return cls(
            first,
            np.where(is_leaf, -1, nodes["left_child"] + offset),
            np.where(is_leaf, -1, nodes["right_child"] + offset),
            nodes["feature"].astype(np.int32),
            nodes["threshold"].astype(np.float64),
            nodes["missing_go_to_left"].astype(bool),
            np.concatenate([tree.value[:, 0, :] for tree in trees]),
        )

    def attributions(self, matrix: Array) -> Array:
        """Return (n, p, k) for rows (n, p): means over the trees of what each column changed."""
        total = np.zeros((*matrix.shape, self.values.shape[1]))
        for row, changes in zip(matrix, total, strict=True):
            node = self.roots[self.left[self.roots] >= 0]
            while len(node):
                feature = self.feature[node]
                cell = row[feature]
                is_left = np.where(np.isnan(cell), self.missing_left[node], cell <= self.threshold[node])
                following = np.where(is_left, self.left[node], self.right[node])
                np.add.at(changes, feature, self.values[following] - self.values[node])
                node = following[self.left[following] >= 0]
        return total / len(self.roots)

    @property
    def base(self) -> Array:
        """(k,), the mean answer at the roots."""
        return np.asarray(self.values[self.roots].mean(axis=0))
