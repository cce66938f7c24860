"""CatBoost's statistics of categories (CTRs) as columns of a graph: a table each, looked up by what was seen together.

A statistic is worked out from how often a category, or several features' values together, occurred with which target.
The saved model finds these counts by a hash of the values; a graph finds the finished statistic by their position in
a table of all values. The hash and the formulas are those of CatBoost's own standalone evaluator.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from automl.onnx.graph_builder import Graph, UnsupportedInOnnx
from automl.onnx.inputs import FeatureValues

MAX_CELLS = 200_000
"""Maximum cells of one table: crossed columns of many labels have more."""
_MAGIC = np.uint64(0x4906BA494954CB65)

Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True)
class _Element:
    """One of the features that a statistic is about.

    Attributes:
        position: graph value, int64 (n,), of the row's value among those listed.
        hashes: uint64 of each listed value.
    """

    position: str
    hashes: Hashes


class CategoricalStatistics:
    """The statistics of one model.

    Args:
        graph: to add to.
        model: as CatBoost writes it in JSON.
        features: what the statistics are about.
        hash_of: the hashes of category codes.
    """

    def __init__(
        self, graph: Graph, model: Mapping[str, Any], features: FeatureValues, hash_of: Mapping[int, int]
    ) -> None:
        self._graph = graph
        self._features = features
        self._hash_of = hash_of
        self._data = model.get("ctr_data") or {}

    def column(self, about: Mapping[str, Any]) -> str:
        """Return float (n, 1), the values of one of the model's statistics.

        Raises:
            UnsupportedInOnnx: its table would be too large.
        """
        elements = [self._element(each) for each in about["elements"]]
        sizes = [len(element.hashes) for element in elements]
        if np.prod([float(size) for size in sizes]) > MAX_CELLS:
            raise UnsupportedInOnnx("statistics of crossed categories with very many labels")
        hashes = np.zeros(1, dtype=np.uint64)
        position = self._graph.constant(0, np.int64)
        for element in elements:
            hashes = _joined(hashes[:, None], element.hashes[None, :]).ravel()
            size = self._graph.constant(len(element.hashes), np.int64)
            position = self._graph.node("Add", self._graph.node("Mul", position, size), element.position)
        table = _values(about, self._data[about["identifier"]], hashes)
        return self._graph.node("Gather", self._graph.constant(table[:, None]), position, axis=0)

    def _element(self, about: Mapping[str, Any]) -> _Element:
        kind, graph = about["combination_element"], self._graph
        if kind == "float_feature":
            value = self._flat(self._features.numeric, about["float_feature_index"])
            beyond = graph.node("Greater", value, graph.constant(about["border"]))
            return _Element(graph.cast(beyond, "int64"), np.arange(2, dtype=np.uint64))
        code = self._flat(self._features.codes, about["cat_feature_index"])
        if kind == "cat_feature_exact_value":
            known = {hash_: code for code, hash_ in self._hash_of.items()}
            same = graph.node("Equal", code, graph.constant(float(known.get(about["value"], -2))))
            return _Element(graph.cast(same, "int64"), np.arange(2, dtype=np.uint64))
        codes = range(-1, self._features.n_labels[about["cat_feature_index"]] + 1)
        hashes = np.array([self._hash_of[code] for code in codes], dtype=np.int64).astype(np.uint64)
        return _Element(graph.node("Add", graph.cast(code, "int64"), graph.constant(1, np.int64)), hashes)

    def _flat(self, matrix: str | None, column: int) -> str:
        assert matrix is not None
        return self._graph.node("Gather", matrix, self._graph.constant(column, np.int64), axis=1)


def _joined(first: Hashes, second: Hashes) -> Hashes:
    with np.errstate(over="ignore"):  # wrapping around is the point
        return np.asarray(_MAGIC * (first + _MAGIC * second), dtype=np.uint64)


def _values(about: Mapping[str, Any], data: Mapping[str, Any], hashes: Hashes) -> npt.NDArray[np.float32]:
    """Compute the statistic of each hash, in CatBoost's own float32."""
    stride = data["hash_stride"]
    entries: Sequence[Any] = data["hash_map"]
    counts_of = {int(entries[i]): entries[i + 1 : i + stride] for i in range(0, len(entries), stride)}
    kind, border = about["ctr_type"], about["target_border_idx"]
    numerators, denominators = np.zeros(len(hashes), np.float32), np.zeros(len(hashes), np.float32)
    for i, hash_ in enumerate(hashes.tolist()):
        counts = counts_of.get(hash_)
        if kind in ("Counter", "FeatureFreq"):
            denominators[i] = data["counter_denominator"]
            numerators[i] = 0 if counts is None else counts[0]
        elif counts is not None and kind in ("BinarizedTargetMeanValue", "FloatTargetMeanValue"):
            numerators[i], denominators[i] = counts
        elif counts is not None:
            numerators[i] = counts[border] if kind == "Buckets" else sum(counts[border + 1 :])
            denominators[i] = sum(counts)
    ratio = (numerators + np.float32(about["prior_numerator"])) / (
        denominators + np.float32(about["prior_denomerator"])
    )
    return np.asarray((ratio + np.float32(about["shift"])) * np.float32(about["scale"]), dtype=np.float32)
