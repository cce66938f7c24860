"""What a model family is to the search: a space to draw from, good defaults, and a fit that keeps its deadline."""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from optuna.distributions import BaseDistribution

from automl._typing import Array
from automl.models.attributions import Attributions
from automl.preprocessing.text_encoder import EncodedFeatures
from vocabulary import Task

Params = dict[str, Any]
Space = dict[str, BaseDistribution]


ALIKE_SHARE = 0.8
"""Share of the rows, rounds or landmarks of another fit from which a fit that was cut short is still like it."""


@dataclass(frozen=True)
class TaskSpec:
    """The settings that all fits of one run share.

    Attributes:
        task: binary, multiclass or regression.
        n_classes: number of classes; 0 for regression.
        metric: name of the metric to optimise.
        n_jobs: threads a fit may use.
        seed: random seed.
        uses_absolute_error: regression is to minimise absolute rather than squared errors.
        n_splits: fits whose mean is one member; 1 where a member is a single fit.
    """

    task: Task
    n_classes: int
    metric: str
    n_jobs: int = 1
    seed: int = 0
    uses_absolute_error: bool = False
    n_splits: int = 1

    @property
    def is_classification(self) -> bool:
        return self.task != "regression"


@dataclass(frozen=True)
class Effort:
    """What a fit came to that chose it by the time there was: a fit on other rows is as good only with as much.

    Attributes:
        rows: training rows it took; None is all of them.
        rounds: rounds, trees, epochs or passes after which the time ended it; None where its own rule did.
        learning_rate: of its steps.
        landmarks: rows that a kernel compares with.
        crosses: whether columns to cross were looked for.
    """

    rows: int | None = None
    rounds: float | None = None
    learning_rate: float | None = None
    landmarks: int | None = None
    crosses: bool = True

    def is_far_below(self, other: Effort) -> bool:
        """Return whether it is so much less of anything that the two fits are not alike."""
        pairs = ((self.rows, other.rows), (self.rounds, other.rounds), (self.landmarks, other.landmarks))
        return any(own is not None and own < ALIKE_SHARE * (math.inf if its is None else its) for own, its in pairs)


@dataclass(frozen=True)
class FitData:
    """The rows of one fit.

    Attributes:
        train, y: what to learn from; y is int64 codes or standardised float64 values.
        valid, y_valid: rows to stop early on, or None (a refit on all rows).
        deadline: `time.monotonic()` at which the fit must be over; it returns what it has by then.
        should_stop: called now and then; True ends the fit as the deadline does.
        rounds: for a refit of an iterative family, how many rounds were best.
        repeat: make the effort of an earlier fit again, whatever time there is for it; None is to choose by the time.
    """

    train: EncodedFeatures
    y: Array
    deadline: float
    valid: EncodedFeatures | None = None
    y_valid: Array | None = None
    rounds: int | None = None
    should_stop: Callable[[], bool] = lambda: False
    repeat: Effort | None = None

    def is_over(self) -> bool:
        """Return whether the fit must end now."""
        return time.monotonic() >= self.deadline or self.should_stop()


class FittedModel(ABC):
    """One fit of one family. Immutable; `predict` may be called from many threads."""

    rounds: int | None = None
    """Iterations it took, where the family is iterative."""

    effort: Effort = Effort()
    """What it came to by the time there was. Known after `fit`, not after `load`."""

    is_truncated: bool = False
    """Whether time or a stop ended the fit before it was as far as it was to go. Known after `fit`."""

    def with_effort(self, effort: Effort, *, is_truncated: bool) -> Self:
        """Note what the fit came to; for families, at its end."""
        self.effort, self.is_truncated = effort, is_truncated
        return self

    @abstractmethod
    def predict(self, table: EncodedFeatures) -> Array:
        """Predict probabilities of shape (n, n_classes), or values of shape (n,), as float32 or float64."""

    def attributions(self, table: EncodedFeatures) -> Attributions | None:
        """Return exact shares of the columns of `to_tree_matrix` in the output; None without a quick way to them."""
        return None

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write the model into the (existing, empty) folder; no pickles."""


def deciding_effort(models: Sequence[FittedModel]) -> Effort:
    """Return the effort that fits of the same trial are to make: that of the last one that was not cut short.

    Where all were, it is that of the one that got furthest.
    """
    whole = [model for model in models if not model.is_truncated]
    return whole[-1].effort if whole else max(models, key=lambda model: model.effort.rounds or 0.0).effort


class ModelFamily(ABC):
    """A model family."""

    name: str
    """As users write it, and the name of its file or class."""

    library: str
    """The distribution whose version decides whether a saved model loads."""

    portfolio_ranks: tuple[int, ...] = ()
    """A rank for each of the first `defaults`: a search begins with those of all its families, the lowest first."""

    onnx_converter: str | None = None
    """`module:function` of `automl.onnx.converters` that adds its models to a graph, where there is one."""

    shares_crosses: bool = False
    """Whether it uses crosses or not as another such family has found out for the table."""

    min_seconds: float = 0.0
    """Not worth starting with less time than this left."""

    max_trials: int = 1000
    """After so many its space holds nothing new."""

    anytime: bool = False
    """Whether a fit that is cut short, however early, is a fair model all the same."""

    fits_folds_jointly: bool = False
    """Whether `fit_folds` fits all folds of a trial at once, for less than they cost one by one."""

    refit_is_cheap: bool = False
    """Whether a fit on all rows costs next to nothing and answers instead of the folds' models."""

    def supports(self, problem: TaskSpec, table: EncodedFeatures) -> bool:
        """Return whether the family can use such data."""
        return True

    @abstractmethod
    def search_space(self, problem: TaskSpec) -> Space:
        """Return the ranges of all parameters; the keys of every parameter dictionary of this family."""

    @abstractmethod
    def defaults(self, problem: TaskSpec) -> list[Params]:
        """Return the first parameter dictionaries to try, best first, all inside the search space."""

    @abstractmethod
    def fit(self, params: Mapping[str, Any], problem: TaskSpec, fold: FitData) -> FittedModel:
        """Fit within the deadline."""

    def fit_folds(self, params: Mapping[str, Any], problem: TaskSpec, folds: Sequence[FitData]) -> list[FittedModel]:
        """Fit one model a fold; families with `fits_folds_jointly` fit them at once, by the folds' common deadline."""
        return [self.fit(params, problem, fold) for fold in folds]

    def merge_fold_models(self, models: Sequence[FittedModel]) -> Sequence[FittedModel]:
        """Merge a trial's fold models into fewer models with the same mean prediction, if possible."""
        return models

    def estimate_fit_seconds(self, problem: TaskSpec, n_rows: int, n_columns: int) -> float:
        """Estimate the seconds of one fit by the first defaults on a number of training rows.

        Only called before the family has been measured on the table at hand.
        """
        return self.min_seconds

    def estimate_memory_bytes(self, problem: TaskSpec, n_rows: int, n_columns: int) -> int:
        """Estimate the peak memory of one fit, beside the table: by default two float32 copies."""
        return 8 * n_rows * n_columns

    @abstractmethod
    def load(self, folder: Path) -> FittedModel:
        """Load the model that `FittedModel.save` wrote."""


def to_tree_matrix(table: EncodedFeatures, dtype: type = np.float32) -> Array:
    """Put numbers and category codes side by side, (n, p + q); missing and unseen categories are NaN."""
    matrix = np.empty((len(table), table.numeric.shape[1] + table.categorical.shape[1]), dtype=dtype)
    p = table.numeric.shape[1]
    matrix[:, :p] = table.numeric
    matrix[:, p:] = table.categorical
    for j, labels in enumerate(table.categories):
        codes = matrix[:, p + j]
        codes[(codes < 0) | (codes >= len(labels))] = np.nan
    return matrix
