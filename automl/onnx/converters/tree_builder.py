"""Decision trees in plain arrays, and the one ONNX operator that runs all of a graph's that read the same matrix."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import helper, numpy_helper

from automl._typing import Array
from automl.onnx.graph_builder import Graph, UnsupportedInOnnx

MAX_NODES = 3_000_000
"""Maximum nodes of one file: it has some 40 bytes a node, and writing it takes ten times as many of memory."""

LEAF, LEQ, LT, GT, EQ = range(5)
_MODES = np.array([b"LEAF", b"BRANCH_LEQ", b"BRANCH_LT", b"BRANCH_GT", b"BRANCH_EQ"], dtype=object)


@dataclass(frozen=True)
class TreeNodes:
    """Hold the m nodes of one tree, the root first.

    Attributes:
        mode: (m,) comparison of a row's feature with the value; LEAF compares nothing.
        feature, value: (m,) of the questions.
        true, false: (m,) the next node.
        missing_true: (m,) whether NaN goes the way of true.
    """

    mode: npt.ArrayLike
    feature: npt.ArrayLike
    value: npt.ArrayLike
    true: npt.ArrayLike
    false: npt.ArrayLike
    missing_true: npt.ArrayLike


class Trees:
    """Trees whose leaves add up: `add` one after the other, then `express` them.

    Args:
        n_outputs: numbers that come of a row.
    """

    def __init__(self, n_outputs: int) -> None:
        self.n_outputs = n_outputs
        self._trees: list[dict[str, Array]] = []

    def add(self, nodes: TreeNodes, leaf_values: npt.ArrayLike, output: int | None = None) -> None:
        """Add a tree.

        Args:
            nodes: m of them.
            leaf_values: (m, n_outputs), or (m,) where the tree has one output.
            output: which one that is.
        """
        mode = np.asarray(nodes.mode, dtype=np.uint8)
        leaf_values = np.asarray(leaf_values, dtype=np.float32)
        leaves = np.flatnonzero(mode == LEAF)
        if leaf_values.ndim == 1:
            node, outputs = leaves, np.full(len(leaves), output or 0)
            weights = leaf_values[leaves]
        else:
            node = np.repeat(leaves, self.n_outputs)
            outputs = np.tile(np.arange(self.n_outputs), len(leaves))
            weights = leaf_values[leaves].ravel()
        inner = mode != LEAF
        self._trees.append(
            {
                "mode": mode,
                "feature": np.where(inner, np.asarray(nodes.feature, dtype=np.int64), 0),
                "value": np.where(inner, np.asarray(nodes.value, dtype=np.float32), np.float32(0)),
                "true": np.where(inner, np.asarray(nodes.true, dtype=np.int64), 0),
                "false": np.where(inner, np.asarray(nodes.false, dtype=np.int64), 0),
                "missing_true": np.where(inner, np.asarray(nodes.missing_true, dtype=np.int64), 0),
                "target_node": node,
                "target": outputs,
                "weight": weights,
            }
        )

    def to_onnx(self, graph: Graph, matrix: str, base: npt.ArrayLike | None = None, divisor: float = 1.0) -> str:
        """Add the sums (n, n_outputs) over all trees for the rows of a float matrix.

        Args:
            graph: that the node goes into.
            matrix: (n, p) of features.
            base: (n_outputs,) added to the sums.
            divisor: of the leaves' values.

        Raises:
            UnsupportedInOnnx: the file would be too large.
        """
        graph.n_tree_nodes += sum(len(tree["mode"]) for tree in self._trees)
        if graph.n_tree_nodes > MAX_NODES:
            raise UnsupportedInOnnx(f"trees of more than {MAX_NODES:,} nodes")
        scaled = [{**tree, "weight": tree["weight"] / divisor} for tree in self._trees]
        bases = np.zeros(self.n_outputs) if base is None else np.asarray(base, dtype=np.float64)
        return graph.once(("forest", matrix), lambda: _Forest(graph, matrix)).add(scaled, bases)


class _Forest:
    """All trees of a graph that read one matrix: an operator for each model would take longer than its trees."""

    def __init__(self, graph: Graph, matrix: str) -> None:
        self._matrix = matrix
        self._trees: list[dict[str, Array]] = []
        self._bases: list[npt.NDArray[np.float64]] = []
        graph.later(self._nodes)

    def add(self, trees: Sequence[dict[str, Array]], bases: npt.NDArray[np.float64]) -> str:
        """Add a model's trees, and return the name of its sums (n, len(bases))."""
        first = sum(map(len, self._bases))
        self._trees += [{**tree, "target": tree["target"] + first} for tree in trees]
        self._bases.append(bases)
        return self._name(len(self._bases) - 1)

    def _name(self, model: int) -> str:
        return f"/trees of {self._matrix}.{model}"

    def _nodes(self) -> list[Any]:
        names = [self._name(model) for model in range(len(self._bases))]
        if len(names) == 1:
            return [self._operator(names[0])]
        whole = self._name(len(names))
        widths = np.array([len(bases) for bases in self._bases], dtype=np.int64)
        sizes = f"{whole} widths"
        return [
            self._operator(whole),
            helper.make_node("Constant", [], [sizes], value=numpy_helper.from_array(widths)),
            helper.make_node("Split", [whole, sizes], names, axis=1),
        ]

    def _operator(self, output: str) -> Any:
        fields = {name: np.concatenate([tree[name] for tree in self._trees]) for name in self._trees[0]}
        sizes = [len(tree["mode"]) for tree in self._trees]
        targets = [len(tree["target"]) for tree in self._trees]
        index = np.arange(len(self._trees))
        bases = np.concatenate(self._bases)
        return helper.make_node(
            "TreeEnsembleRegressor",
            [self._matrix],
            [output],
            domain="ai.onnx.ml",
            n_targets=len(bases),
            nodes_treeids=np.repeat(index, sizes).tolist(),
            nodes_nodeids=np.concatenate([np.arange(size) for size in sizes]).tolist(),
            nodes_modes=_MODES[fields["mode"]].tolist(),
            nodes_featureids=fields["feature"].tolist(),
            nodes_values=fields["value"].tolist(),
            nodes_truenodeids=fields["true"].tolist(),
            nodes_falsenodeids=fields["false"].tolist(),
            nodes_missing_value_tracks_true=fields["missing_true"].tolist(),
            target_treeids=np.repeat(index, targets).tolist(),
            target_nodeids=fields["target_node"].tolist(),
            target_ids=fields["target"].tolist(),
            target_weights=fields["weight"].tolist(),
            **({"base_values": bases.tolist()} if bases.any() else {}),
        )


class TreeBuilder:
    """One tree under construction, node by node, for the families whose splits test sets of categories."""

    def __init__(self) -> None:
        self.mode: list[int] = []
        self.feature: list[int] = []
        self.value: list[float] = []
        self.true: list[int] = []
        self.false: list[int] = []
        self.missing_true: list[bool] = []
        self.leaf_value: list[float] = []

    def node(self) -> int:
        """Add a node, a leaf of value 0 until changed."""
        for numbers in (self.mode, self.feature, self.true, self.false):
            numbers.append(0)
        self.value.append(0.0)
        self.missing_true.append(False)
        self.leaf_value.append(0.0)
        return len(self.mode) - 1

    def split(
        self, node: int, mode: int, feature: int, value: float, true: int, false: int, missing_true: bool
    ) -> None:
        """Make the node a question."""
        self.mode[node], self.feature[node], self.value[node] = mode, feature, value
        self.true[node], self.false[node], self.missing_true[node] = true, false, missing_true

    def split_on_set(
        self, node: int, feature: int, members: Collection[int], inside: int, outside: int, missing_inside: bool
    ) -> None:
        """Make the node the question whether a code is one of the members: a chain of nodes, one a member."""
        remaining = sorted(members)
        if not remaining:  # nothing is a member: either way leads outside
            self.split(node, EQ, feature, -2.0, inside, outside, missing_inside)
            return
        for position, member in enumerate(remaining):
            following = self.node() if position + 1 < len(remaining) else outside
            self.split(node, EQ, feature, float(member), inside, following, missing_inside)
            node = following

    @property
    def nodes(self) -> TreeNodes:
        """The nodes so far."""
        return TreeNodes(self.mode, self.feature, self.value, self.true, self.false, self.missing_true)

    def add_to(self, trees: Trees, output: int | None = None) -> None:
        """Add the finished tree to the others."""
        trees.add(self.nodes, self.leaf_value, output)


def rounded_down(thresholds: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Round float64 thresholds to float32 so that `x <= threshold` parts float32 numbers just the same."""
    exact = np.asarray(thresholds, dtype=np.float64)
    with np.errstate(over="ignore"):
        short = exact.astype(np.float32)
    above = short > exact
    short[above] = np.nextafter(short[above], np.float32(-np.inf))
    return short
