"""The baseline: what is best when nothing is known of a row."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from automl._typing import Array
from automl.models.attributions import Attributions
from automl.models.base import FitData, FittedModel, ModelFamily, Params, Space, TaskSpec
from automl.preprocessing.text_encoder import EncodedFeatures


class Constant(ModelFamily):
    """Class frequencies; the mean, or the median where absolute errors count."""

    name = "constant"
    library = "numpy"
    portfolio_ranks = (0,)
    onnx_converter = "linear:constant_to_onnx"
    max_trials = 1

    def search_space(self, problem: TaskSpec) -> Space:
        return {}

    def defaults(self, problem: TaskSpec) -> list[Params]:
        return [{}]

    def fit(self, params: Mapping[str, Any], problem: TaskSpec, fold: FitData) -> FittedModel:
        if problem.is_classification:
            counts = np.bincount(fold.y, minlength=problem.n_classes) + 1e-3
            return FittedConstant(counts / counts.sum())
        return FittedConstant(np.asarray(np.median(fold.y) if problem.uses_absolute_error else np.mean(fold.y)))

    def load(self, folder: Path) -> FittedModel:
        return FittedConstant(np.load(folder / "value.npy", allow_pickle=False))


class FittedConstant(FittedModel):
    """The same answer for every row: an array of shape (n_classes,) or ()."""

    def __init__(self, value: Array) -> None:
        self._value = value

    def predict(self, table: EncodedFeatures) -> Array:
        return np.broadcast_to(self._value, (len(table), *self._value.shape)).copy()

    def attributions(self, table: EncodedFeatures) -> Attributions:
        base = self.predict(table).reshape(len(table), -1)
        n_columns = table.numeric.shape[1] + table.categorical.shape[1]
        return Attributions(np.zeros((len(table), n_columns, base.shape[1])), base)

    def save(self, folder: Path) -> None:
        np.save(folder / "value.npy", self._value, allow_pickle=False)
