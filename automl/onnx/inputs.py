"""The features as values of a graph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from automl.onnx.graph_builder import Graph


@dataclass(frozen=True)
class FeatureValues:
    """What `features.Features` is in Python.

    Attributes:
        numeric: float (n, p), or None where p is 0.
        codes: float (n, q) of category codes, -1 missing, k unseen; or None where q is 0.
        n_numeric: p.
        n_labels: for each of the q columns its number of labels, k.
    """

    numeric: str | None
    codes: str | None
    n_numeric: int
    n_labels: tuple[int, ...]

    @property
    def any(self) -> str:
        """Some value of n rows."""
        value = self.numeric or self.codes
        assert value is not None
        return value

    def matrix(self, graph: Graph) -> str:
        """Build `models.base.to_tree_matrix`: numbers, then codes, NaN for missing and unseen ones."""
        return self.any if self.codes is None else graph.once(self, lambda: self._matrix(graph))

    def _matrix(self, graph: Graph) -> str:
        assert self.codes is not None
        counts = graph.constant([self.n_labels])
        unknown = graph.node(
            "Or",
            graph.node("Less", self.codes, graph.constant(0.0)),
            graph.node("GreaterOrEqual", self.codes, counts),
        )
        codes = graph.node("Where", unknown, graph.constant(np.nan), self.codes)
        return codes if self.numeric is None else graph.columns([self.numeric, codes])
