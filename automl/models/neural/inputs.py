"""What a network takes: scaled numbers and small categories as one matrix, large categories as indices to embed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from automl.models.dense_encoder import DenseEncoder
from automl.preprocessing.text_encoder import EncodedFeatures

MAX_ONE_HOT = 9
"""Maximum labels of a one-hot column; categories of more labels are embedded (RealMLP's bound)."""
MAX_PERIODIC = 100
"""Maximum numeric columns for periodic embeddings, whose cost would otherwise outgrow the network's."""


MIN_COUNT = 3
"""Minimum training rows of a label with its own embedding: for fewer it would only separate these rows."""


@dataclass(frozen=True)
class NetworkInputs:
    """Fitted on features alone, and therefore shared by the folds.

    Attributes:
        encoder: of the numbers and the small categories.
        periodic: columns of the matrix, int32, that have periodic embeddings: numbers of three values or more.
        embedded: category columns, int32, that are embedded.
        lookups: for each of these the index of each label, int32; 0 for rare ones, as for those missing or unseen.
    """

    encoder: DenseEncoder
    periodic: npt.NDArray[np.int32]
    embedded: npt.NDArray[np.int32]
    lookups: tuple[npt.NDArray[np.int32], ...]

    @classmethod
    def fit(cls, table: EncodedFeatures) -> NetworkInputs:
        """Learn scales and levels."""
        large = [j for j, labels in enumerate(table.categories) if len(labels) > MAX_ONE_HOT]
        embedded = np.array(large, dtype=np.int32)
        numeric = table.numeric
        periodic = np.empty(0, dtype=np.int32)
        if numeric.shape[1] <= MAX_PERIODIC:
            columns = [j for j in range(numeric.shape[1]) if _has_three_values(numeric[:, j])]
            periodic = np.array(columns, dtype=np.int32)
        lookups = tuple(_lookup(table.categorical[:, j], len(table.categories[j])) for j in large)
        return cls(DenseEncoder.fit(_without(table, embedded)), periodic, embedded, lookups)

    @property
    def sizes(self) -> npt.NDArray[np.int32]:
        """Embeddings of each embedded column, index 0 included."""
        return np.array([lookup.max(initial=0) + 1 for lookup in self.lookups], dtype=np.int32)

    def transform(self, table: EncodedFeatures) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int32]]:
        """Return the matrix of shape (n, d), without NaN, and indices of shape (n, embedded)."""
        indices = np.zeros((len(table), len(self.lookups)), dtype=np.int32)
        for i, (j, lookup) in enumerate(zip(self.embedded, self.lookups, strict=True)):
            codes = table.categorical[:, j]
            known = (codes >= 0) & (codes < len(lookup))
            indices[known, i] = lookup[codes[known]]
        matrix = self.encoder.transform(_without(table, self.embedded) if len(self.embedded) else table)
        return matrix, indices

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return plain arrays, for an npz file."""
        lookups = {f"lookup{i}": lookup for i, lookup in enumerate(self.lookups)}
        return {**self.encoder.to_arrays(), "periodic": self.periodic, "embedded": self.embedded, **lookups}

    @classmethod
    def from_arrays(cls, arrays: dict[str, npt.NDArray[Any]]) -> NetworkInputs:
        """Restore the object from what `to_arrays` returned."""
        lookups = tuple(arrays[f"lookup{i}"] for i in range(len(arrays["embedded"])))
        return cls(DenseEncoder.from_arrays(arrays), arrays["periodic"], arrays["embedded"], lookups)


def _lookup(codes: npt.NDArray[np.int32], n_labels: int) -> npt.NDArray[np.int32]:
    counts = np.bincount(codes[(codes >= 0) & (codes < n_labels)], minlength=n_labels)
    frequent = counts >= MIN_COUNT
    return np.where(frequent, np.cumsum(frequent), 0).astype(np.int32)


def _has_three_values(column: npt.NDArray[np.float32]) -> bool:
    finite = column[np.isfinite(column)]
    return len(finite) > 0 and bool(((finite != finite.min()) & (finite != finite.max())).any())


def _without(table: EncodedFeatures, columns: npt.NDArray[np.int32]) -> EncodedFeatures:
    """Return the table without those category columns."""
    kept = [j for j in range(len(table.categories)) if j not in columns]
    return replace(table, categorical=table.categorical[:, kept], categories=tuple(table.categories[j] for j in kept))
