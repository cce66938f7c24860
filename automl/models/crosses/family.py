"""Families that may be given made columns: their parameter `crosses` says whether."""

from __future__ import annotations

import hashlib
import threading
from abc import abstractmethod
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from automl._typing import Array
from automl.models.attributions import Attributions
from automl.models.base import FitData, FittedModel, ModelFamily, TaskSpec
from automl.models.crosses.features import FeatureCrosses, append_numeric
from automl.preprocessing.text_encoder import EncodedFeatures

MAX_RECENT_BYTES = 200 << 20


class _CrossCache:
    """What was made of the training rows lately: trial after trial is fitted on the same folds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: OrderedDict[bytes, tuple[FeatureCrosses, Array]] = OrderedDict()

    def fit(self, fold: FitData, problem: TaskSpec) -> tuple[FeatureCrosses, Array]:
        """Fit as `FeatureCrosses.fit` does."""
        digest = hashlib.sha256(
            repr((problem.task, problem.n_classes, problem.uses_absolute_error, problem.seed)).encode()
        )
        for array in (fold.y, fold.train.numeric, fold.train.categorical):
            digest.update(np.ascontiguousarray(array).view(np.uint8).data)
        key = digest.digest()
        if fold.repeat is not None and not fold.repeat.crosses:
            return FeatureCrosses.fit(fold, problem)
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
                return self._made[key]
        found = FeatureCrosses.fit(fold, problem)
        if not found[0].pairs:  # perhaps for want of time, of which the next trial may have more
            return found
        with self._lock:
            self._made[key] = found
            while len(self._made) > 1 and sum(made.nbytes for _, made in self._made.values()) > MAX_RECENT_BYTES:
                self._made.popitem(last=False)
        return found


_cross_cache = _CrossCache()


class CrossingFamily(ModelFamily):
    """Fits on the columns as they are, or on these and what `Crosses` makes of them."""

    @abstractmethod
    def fit_columns(self, params: Mapping[str, Any], problem: TaskSpec, fold: FitData) -> FittedModel:
        """Fit on the columns of the fold; `params` without `crosses`."""

    @abstractmethod
    def load_columns(self, folder: Path) -> FittedModel:
        """Load the model that `fit_columns` made and its `save` wrote."""

    def fit(self, params: Mapping[str, Any], problem: TaskSpec, fold: FitData) -> FittedModel:
        own = {name: value for name, value in params.items() if name != "crosses"}
        if not params["crosses"]:
            return self.fit_columns(own, problem, fold)
        crosses, made = _cross_cache.fit(fold, problem)
        train = append_numeric(fold.train, made)
        valid = None if fold.valid is None else crosses.transform(fold.valid)
        model = self.fit_columns(own, problem, replace(fold, train=train, valid=valid))
        is_choosing = not crosses.is_truncated and (fold.repeat is None or fold.repeat.crosses)
        effort = replace(model.effort, crosses=is_choosing)
        return FittedWithCrosses(crosses, model).with_effort(
            effort, is_truncated=model.is_truncated or crosses.is_truncated
        )

    def load(self, folder: Path) -> FittedModel:
        model = self.load_columns(folder)
        if not (folder / "crosses.npz").exists():
            return model
        with np.load(folder / "crosses.npz", allow_pickle=False) as file:
            return FittedWithCrosses(FeatureCrosses.from_arrays(dict(file)), model)


class FittedWithCrosses(FittedModel):
    """A model behind the crosses it was fitted on."""

    def __init__(self, crosses: FeatureCrosses, model: FittedModel) -> None:
        self._crosses = crosses
        self._model = model
        self.rounds = model.rounds

    def predict(self, table: EncodedFeatures) -> Array:
        return self._model.predict(self._crosses.transform(table))

    def attributions(self, table: EncodedFeatures) -> Attributions | None:
        """Halve the contribution of a made column between those it was made of."""
        attributed = self._model.attributions(self._crosses.transform(table))
        if attributed is None:
            return None
        p = table.numeric.shape[1]
        sources = self._crosses.input_columns(p)
        values = np.concatenate([attributed.values[:, :p], attributed.values[:, p + len(sources) :]], axis=1)
        for made, columns in enumerate(sources):
            for column in columns:
                values[:, column] += attributed.values[:, p + made] / len(columns)
        return Attributions(values, attributed.base, attributed.link)

    def save(self, folder: Path) -> None:
        np.savez(folder / "crosses.npz", allow_pickle=False, **self._crosses.to_arrays())
        self._model.save(folder)
