"""Predictions of a model from elsewhere explained: by sampling, as nothing is known of what happens in its graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from automl._typing import Array
from automl.inspection.shapley import Explanation, sampling_shapley
from automl.onnx.uploaded.signature import Signature


@dataclass(frozen=True)
class TensorRows:
    """Rows as the graph's inputs take them: tensors (n, columns) by input."""

    tensors: Mapping[str, npt.NDArray[Any]]

    def __len__(self) -> int:
        return len(next(iter(self.tensors.values())))

    def take(self, rows: slice) -> TensorRows:
        """Return some of the rows."""
        return TensorRows({name: tensor[rows] for name, tensor in self.tensors.items()})


@dataclass(frozen=True)
class TensorColumns:
    """The columns of a signature, which are mixed one by one."""

    signature: Signature

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return self.signature.columns

    def coalition_rows(self, row: TensorRows, others: TensorRows, other: Array, taken: Array) -> TensorRows:
        """Make hybrids (m rows) of a row and others, as `FeatureMap.coalition_rows` does."""
        mixed, start = {}, 0
        for given in self.signature.inputs:
            end = start + len(given.columns)
            chosen = taken[:, start] if given.rank == 1 else taken[:, start:end]
            mixed[given.name] = np.where(chosen, row.tensors[given.name], others.tensors[given.name][other])
            start = end
        return TensorRows(mixed)


def explain_by_sampling(predict: Any, signature: Signature, rows: TensorRows, sample: TensorRows) -> list[Explanation]:
    """Explain the predictions for the rows; of classes, each explains the one that is predicted.

    Args:
        predict: returns probabilities (m, k), or values (m,), of m rows.
        signature: of the model.
        rows: to explain.
        sample: rows to compare with, at least one.
    """
    columns = TensorColumns(signature)

    def answer(hybrids: TensorRows) -> Array:
        raw = predict(hybrids)
        return np.asarray(raw[:, None] if raw.ndim == 1 else raw)

    output, multipliers = answer(rows), np.array(signature.multipliers or 1.0)
    explanations = []
    for i, values in enumerate(output):
        chosen = int((values * multipliers).argmax())
        shared = sampling_shapley(answer, rows.take(slice(i, i + 1)), sample, columns)
        contributions = shared.values[0, :, chosen].tolist()
        explanations.append(
            Explanation(
                float(shared.base[0, chosen]),
                float(values[chosen]),
                dict(zip(columns.names, contributions, strict=True)),
            )
        )
    return explanations
