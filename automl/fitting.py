"""Runs trials: every fold of one parameter setting, within its deadline, scored and kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from automl.candidates import candidate
from automl.candidates.base import Array, FittedModel, Fold, Problem
from automl.encode import Encoded
from automl.metrics import Metric
from automl.output import TargetScale
from automl.split import Fold as Split
from automl.trial import Trial

TRIAL_SHARE = 0.35
TRIAL_LEAST_S = 1.0
EXPECTED_MARGIN = 1.5
MAX_REASON = 300


@dataclass(frozen=True)
class Training:
    """What every trial of a run is fitted and scored on.

    Attributes:
        problem: what the families are told.
        metric: what counts.
        table: the n rows.
        y: codes or values in the target's own unit, shape (n,).
        splits: (training rows, validation rows) of each fold.
        scale: between y and what regressors learn.
        should_stop: asked while fitting.
    """

    problem: Problem
    metric: Metric
    table: Encoded
    y: Array
    splits: Sequence[Split]
    scale: TargetScale
    should_stop: Callable[[], bool]

    @property
    def validated(self) -> Array:
        """The rows some fold validates, ascending, shape (m,)."""
        return np.unique(np.concatenate([valid for _, valid in self.splits]))

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the predictions for the validated rows."""
        k = self.problem.n_classes
        return (len(self.validated), k) if k else (len(self.validated),)

    def run(
        self, trial: Trial, deadline: float, expected_s: float, is_far_behind: Callable[[float], bool]
    ) -> tuple[Array, list[FittedModel]] | None:
        """Fit and score all folds, writing the outcome into the trial.

        Args:
            trial: to run; its state, scores and times are set.
            deadline: `time.monotonic()` at which the search ends.
            expected_s: what the trial may be expected to take. It gets half as much again, or a third of the remaining
                time if that is more: boosters that would take longer end with the trees they have.
            is_far_behind: asked with the score of fold 0, whether to prune.

        Returns:
            The validated rows' predictions and one model a fold, or None unless the trial is complete.
        """
        trial.folds = len(self.splits)
        now = time.monotonic()
        allowance_s = max(TRIAL_SHARE * (deadline - now), EXPECTED_MARGIN * expected_s, TRIAL_LEAST_S)
        last = min(deadline, now + allowance_s)
        sums, counts = np.zeros(self.shape), np.zeros(self.shape[0])
        rows_of = np.full(len(self.table), -1, dtype=np.intp)
        rows_of[self.validated] = np.arange(self.shape[0])
        models: list[FittedModel] = []
        try:
            for index, (train, valid) in enumerate(self.splits):
                now = time.monotonic()
                # The constant is what there is when all else fails: it runs even when time is up.
                if trial.model != "constant" and (now >= deadline or self.should_stop()):
                    trial.state = "stopped"
                    trial.reason = f"the search ended after {index} of {trial.folds} folds"
                    return None
                held = self.table.take(valid)
                fold_deadline = now + max((last - now) / (trial.folds - index), 0.0)
                model = self._fit(trial, train, fold_deadline, held, valid)
                fitted = time.monotonic()
                prediction = self.predict(model, held)
                if not np.isfinite(prediction).all():
                    raise ArithmeticError("predictions are not finite")
                trial.fit_s += fitted - now
                trial.predict_s += time.monotonic() - fitted
                trial.row_ms += _row_ms(model, held)
                score = float(self.metric.score(self.y[valid], prediction))
                if np.isfinite(score):  # AUC is not where a class is absent
                    trial.fold_scores.append(score)
                sums[rows_of[valid]] += prediction
                counts[rows_of[valid]] += 1
                models.append(model)
                if index == 0 and trial.folds > 1 and is_far_behind(score):
                    trial.state, trial.reason = "pruned", "far behind the others after one fold"
                    return None
        except Exception as error:  # whatever a library throws must cost this trial only
            trial.state = "failed"
            trial.reason = f"{type(error).__name__}: {error}"[:MAX_REASON]
            return None
        predictions = sums / counts.reshape(-1, *[1] * (sums.ndim - 1))
        trial.state = "complete"
        pooled = trial.fold_scores or [self.metric.score(self.y[self.validated], predictions)]
        trial.score = float(np.nan_to_num(np.mean(pooled)))
        rounds = [model.rounds for model in models if model.rounds]
        trial.rounds = round(float(np.mean(rounds))) if rounds else None
        return predictions, models

    def predict(self, model: FittedModel, table: Encoded) -> Array:
        """Probabilities (n, k), or values (n,) in the target's unit."""
        prediction = model.predict(table)
        return prediction if self.problem.is_classification else self.scale.inverse(prediction)

    def refit(self, trial: Trial, deadline: float) -> FittedModel:
        """The trial's parameters fitted on all rows, for as many rounds as were best on the folds."""
        fold = Fold(
            self.table,
            self._targets(slice(None)),
            deadline,
            rounds=trial.rounds,
            # A stop ends the search, not the making of its result.
            should_stop=lambda: False,
        )
        return candidate(trial.model).fit(trial.params, self.problem, fold)

    def _fit(self, trial: Trial, train: Array, deadline: float, held: Encoded, valid: Array) -> FittedModel:
        y = self._targets(train)
        fold = Fold(self.table.take(train), y, deadline, held, self._targets(valid), should_stop=self.should_stop)
        # Groups or times may leave one class only to learn from, which most libraries refuse.
        alone = self.problem.is_classification and len(np.unique(y)) == 1
        return candidate("constant" if alone else trial.model).fit({} if alone else trial.params, self.problem, fold)

    def _targets(self, rows: Array | slice) -> Array:
        return self.y[rows] if self.problem.is_classification else self.scale.forward(self.y[rows])


def _row_ms(model: FittedModel, table: Encoded) -> float:
    """Milliseconds for a single row; the best of three, as other work disturbs."""
    row = table.take(slice(0, 1))
    times = []
    for _ in range(3):
        started = time.perf_counter()
        model.predict(row)
        times.append(time.perf_counter() - started)
    return min(times) * 1e3
