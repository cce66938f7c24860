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

from automl.models.attributions import Contributions
from automl.models.base import Array, Candidate, FittedModel, Fold, Problem
from automl.models.crosses.features import Crosses, extend
from automl.preprocessing.text_encoder import Encoded

MAX_RECENT_BYTES = 200 << 20


class _Recent:
    """What was made of the training rows lately: trial after trial is fitted on the same folds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: OrderedDict[bytes, tuple[Crosses, Array]] = OrderedDict()

    def fit(self, fold: Fold, problem: Problem) -> tuple[Crosses, Array]:
        """As `Crosses.fit`."""
        digest = hashlib.sha256(repr((problem.task, problem.n_classes, problem.absolute, problem.seed)).encode())
        for array in (fold.y, fold.train.numeric, fold.train.categorical):
            digest.update(np.ascontiguousarray(array).view(np.uint8).data)
        key = digest.digest()
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
                return self._made[key]
        found = Crosses.fit(fold, problem)
        if not found[0].pairs:  # perhaps for want of time, of which the next trial may have more
            return found
        with self._lock:
            self._made[key] = found
            while len(self._made) > 1 and sum(made.nbytes for _, made in self._made.values()) > MAX_RECENT_BYTES:
                self._made.popitem(last=False)
        return found


_recent = _Recent()


class Crossing(Candidate):
    """Fits on the columns as they are, or on these and what `Crosses` makes of them."""

    @abstractmethod
    def fit_columns(self, params: Mapping[str, Any], problem: Problem, fold: Fold) -> FittedModel:
        """Fit on the columns of the fold; `params` without `crosses`."""

    @abstractmethod
    def load_columns(self, folder: Path) -> FittedModel:
        """What the `save` of `fit_columns`'s model wrote."""

    def fit(self, params: Mapping[str, Any], problem: Problem, fold: Fold) -> FittedModel:
        own = {name: value for name, value in params.items() if name != "crosses"}
        if not params["crosses"]:
            return self.fit_columns(own, problem, fold)
        crosses, made = _recent.fit(fold, problem)
        train = extend(fold.train, made)
        valid = None if fold.valid is None else crosses.transform(fold.valid)
        return FittedCrosses(crosses, self.fit_columns(own, problem, replace(fold, train=train, valid=valid)))

    def load(self, folder: Path) -> FittedModel:
        model = self.load_columns(folder)
        if not (folder / "crosses.npz").exists():
            return model
        with np.load(folder / "crosses.npz", allow_pickle=False) as file:
            return FittedCrosses(Crosses.from_arrays(dict(file)), model)


class FittedCrosses(FittedModel):
    """A model behind the crosses it was fitted on."""

    def __init__(self, crosses: Crosses, model: FittedModel) -> None:
        self._crosses = crosses
        self._model = model
        self.rounds = model.rounds

    def predict(self, table: Encoded) -> Array:
        return self._model.predict(self._crosses.transform(table))

    def contributions(self, table: Encoded) -> Contributions | None:
        """What a made column contributes is halved between those it was made of."""
        told = self._model.contributions(self._crosses.transform(table))
        if told is None:
            return None
        p = table.numeric.shape[1]
        sources = self._crosses.sources(p)
        values = np.concatenate([told.values[:, :p], told.values[:, p + len(sources) :]], axis=1)
        for made, columns in enumerate(sources):
            for column in columns:
                values[:, column] += told.values[:, p + made] / len(columns)
        return Contributions(values, told.base, told.link)

    def save(self, folder: Path) -> None:
        np.savez(folder / "crosses.npz", allow_pickle=False, **self._crosses.to_arrays())
        self._model.save(folder)
