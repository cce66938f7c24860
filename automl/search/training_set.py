"""What the trials of a run are fitted and scored on, and single fits of it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from automl._typing import Array
from automl.metrics import Metric
from automl.models import get_family
from automl.models.base import Effort, FitData, FittedModel, TaskSpec
from automl.postprocessing import TargetScaler
from automl.preprocessing.text_encoder import EncodedFeatures
from automl.search.splits import Split as Split
from automl.search.trial import Trial

MAX_ROUNDING = 1e-5
"""Maximum error by which kept predictions may be rounded, in deviations of the target."""


@dataclass(frozen=True)
class FittedFold:
    """One fold of a trial.

    Attributes:
        model: fitted on the fold's training rows.
        prediction: for its validation rows, probabilities (v, k) or values (v,) in the target's unit.
        fit_s, predict_s: what either took.
    """

    model: FittedModel
    prediction: Array
    fit_s: float
    predict_s: float


@dataclass(frozen=True)
class TrainingSet:
    """What every trial of a run is fitted and scored on.

    Attributes:
        problem: the facts that the families get.
        metric: what counts.
        table: the n rows.
        y: codes or values in the target's own unit, shape (n,).
        splits: (training rows, validation rows) of each fold.
        scale: between y and what regressors learn.
        should_stop: called while fitting, in the thread that runs the search only.
        first: how many of the splits a trial is fitted on; members of the ensemble may get the others later. None: all.
        is_time_ordered: the splits are windows of time, of which each learns from more than the one before.
        groups: (n,) codes of rows that belong together, if any do.
        grouping: what was kept together by them, in words: "groups", "repeated rows"; "" for nothing.
    """

    task_spec: TaskSpec
    metric: Metric
    table: EncodedFeatures
    y: Array
    splits: Sequence[Split]
    scale: TargetScaler
    should_stop: Callable[[], bool]
    n_trial_folds: int | None = None
    is_time_ordered: bool = False
    groups: Array | None = None
    grouping: str = ""

    @property
    def trial_splits(self) -> Sequence[Split]:
        """Those that every trial is fitted on."""
        return self.splits[: self.n_trial_folds]

    @property
    def validation(self) -> str:
        """How scores come about, in words."""
        n, first = len(self.splits), len(self.trial_splits)
        if n == 1:
            method = f"{len(self.validation_rows)} rows held back"
        elif self.is_time_ordered:
            method = f"{n} windows of time"
        else:
            method = f"{n}-fold cross-validation" if first == n else f"{first} folds of a {n}-fold cross-validation"
        if self.is_time_ordered:
            method += ", judged on later rows"
        return f"{method}, {self.grouping} kept together" if self.grouping else method

    @property
    def validation_rows(self) -> Array:
        """The rows that a trial's folds validate, ascending, shape (m,)."""
        return np.unique(np.concatenate([valid for _, valid in self.trial_splits]))

    @property
    def prediction_dtype(self) -> npt.DTypeLike:
        """Type in which predictions are kept: float64 where float32 would round away what distinguishes targets."""
        if self.task_spec.is_classification:
            return np.float32
        step = float(np.abs(self.y).max()) * float(np.finfo(np.float32).eps)
        return np.float64 if step > MAX_ROUNDING * float(self.y.std()) else np.float32

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the predictions for the validated rows."""
        k = self.task_spec.n_classes
        return (len(self.validation_rows), k) if k else (len(self.validation_rows),)

    def estimate_fit_seconds(self, family: str) -> float:
        """Estimate the seconds of the first trial of a family."""
        rows = [len(train) for train, _ in self.trial_splits]
        if get_family(family).fits_folds_jointly:
            return get_family(family).estimate_fit_seconds(self.task_spec, sum(rows), self.table.n_columns)
        at_once = min(self.task_spec.n_jobs, len(rows))
        problem = replace(self.task_spec, n_jobs=self.task_spec.n_jobs // at_once)
        one_s = get_family(family).estimate_fit_seconds(problem, max(rows), self.table.n_columns)
        return one_s * math.ceil(len(rows) / at_once)

    def estimate_memory_bytes(self, family: str) -> int:
        """Estimate the peak memory of a trial of the family."""
        rows = [len(train) for train, _ in self.trial_splits]
        at_once = len(rows) if get_family(family).fits_folds_jointly else min(self.task_spec.n_jobs, len(rows))
        return at_once * get_family(family).estimate_memory_bytes(self.task_spec, max(rows), self.table.n_columns)

    def fit_data(
        self, index: int, deadline: float, should_stop: Callable[[], bool], repeat: Effort | None = None
    ) -> FitData:
        """Return the rows of one fold as the families take them."""
        train, valid = self.splits[index]
        return FitData(
            self.table.take(train),
            self._targets(train),
            deadline,
            self.table.take(valid),
            self._targets(valid),
            should_stop=should_stop,
            repeat=repeat,
        )

    def fit(self, trial: Trial, fold: FitData, n_jobs: int) -> FittedFold:
        """Fit one fold on so many threads, and predict what it validates."""
        started = time.monotonic()
        # Groups or times may leave one class only to learn from, which most libraries refuse.
        alone = self.task_spec.is_classification and len(np.unique(fold.y)) == 1
        family, params = (get_family("constant"), {}) if alone else (get_family(trial.model), trial.params)
        model = family.fit(params, replace(self.task_spec, n_jobs=n_jobs), fold)
        return self.validate(model, fold, time.monotonic() - started)

    def validate(self, model: FittedModel, fold: FitData, fit_s: float) -> FittedFold:
        """Return the model with its predictions for the rows that the fold validates.

        Raises:
            ArithmeticError: what it says is not finite.
        """
        started = time.monotonic()
        assert fold.valid is not None
        prediction = self.predict(model, fold.valid)
        if not np.isfinite(prediction).all():
            raise ArithmeticError("predictions are not finite")
        return FittedFold(model, prediction, fit_s, time.monotonic() - started)

    def predict(self, model: FittedModel, table: EncodedFeatures) -> Array:
        """Predict probabilities (n, k), or values (n,) in the target's unit."""
        prediction = model.predict(table)
        return prediction if self.task_spec.is_classification else self.scale.inverse_transform(prediction)

    def refit(self, trial: Trial, deadline: float, repeat: Effort | None = None) -> FittedModel:
        """Fit the trial's parameters on all rows, for as many rounds as were best on the folds.

        Args:
            trial: family and parameters.
            deadline: `time.monotonic()`.
            repeat: what the folds' fits came to; None is to choose by the time.
        """
        fold = FitData(
            self.table,
            self._targets(slice(None)),
            deadline,
            rounds=trial.rounds,
            # A stop ends the search, not the making of its result.
            should_stop=lambda: False,
            repeat=repeat,
        )
        return get_family(trial.model).fit(trial.params, self.task_spec, fold)

    def _targets(self, rows: Array | slice) -> Array:
        return self.y[rows] if self.task_spec.is_classification else self.scale.transform(self.y[rows])
