"""The run of one trial: its folds, within its share of the time, pruned when far behind, scored and written down."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence

import numpy as np

from automl._typing import Array
from automl.models import get_family
from automl.models.base import FittedModel, deciding_effort
from automl.search.fold_runner import fit_folds
from automl.search.row_cost import measure_row_ms
from automl.search.training_set import FittedFold, TrainingSet
from automl.search.trial import Trial

TRIAL_SHARE = 0.25
"""Share of the remaining time that a trial on all folds may take."""
TRIAL_SHARE_IN_PART = 0.2
"""The same share for a trial on the first folds only; the other folds will take twice as long."""
TRIAL_SHARE_OF_HOLDOUT = 0.35
"""The same share for a trial on a holdout, where few trials are finished at all."""
TRIAL_SHARE_JOINT = 0.35
"""The same share for a trial of all folds at once, which takes no more than it can use."""
MIN_TRIAL_S = 1.0
EXPECTED_MARGIN = 1.5
MAX_REASON = 300


def run_trial(
    training: TrainingSet,
    trial: Trial,
    deadline: float,
    expected_s: float,
    should_prune: Callable[[Trial], bool],
) -> tuple[Array, list[FittedModel]] | None:
    """Fit and score the trial's folds, writing the outcome into it.

    Args:
        training: what to fit and score on.
        trial: to run; its state, scores and times are set.
        deadline: `time.monotonic()` at which the search ends.
        expected_s: what the trial may be expected to take. It gets half as much again, or a share of the
            remaining time if that is more: boosters that would take longer end with the trees they have.
        should_prune: called after each fold but the last; True prunes the trial.

    Returns:
        The validated rows' predictions and one model a fold, or None unless the trial is complete.
    """
    trial.folds = len(training.trial_splits)
    started = time.monotonic()
    last = min(deadline, started + _allowance_s(training, trial, deadline - started, expected_s))
    fitted: list[FittedFold] = []
    try:
        fitted = _fit_all(training, trial, last, should_prune)
        if trial.state == "running":
            _repeat_short_folds(training, trial, fitted, deadline)
    except Exception as error:  # whatever a library throws must cost this trial only
        trial.state = "failed"
        trial.reason = f"{type(error).__name__}: {error}"[:MAX_REASON]
    _note_times(trial, fitted, time.monotonic() - started)
    if trial.state != "running":
        return None
    trial.truncated_folds = sum(fold.model.is_truncated for fold in fitted)
    if trial.is_truncated:
        trial.reason = f"time ended the fit of {trial.truncated_folds} of {trial.folds} folds early"
    return _complete(training, trial, fitted)


def _fit_all(
    training: TrainingSet, trial: Trial, deadline: float, should_prune: Callable[[Trial], bool]
) -> list[FittedFold]:
    """Fit fold after fold; the trial's state is another than running where that ended before the last."""
    fitted: list[FittedFold] = []
    with contextlib.closing(fit_folds(training, trial, range(trial.folds), deadline)) as folds:
        for fold in folds:
            if fold is None:
                trial.state = "stopped"
                trial.reason = f"the search ended after {len(fitted)} of {trial.folds} folds"
                break
            fitted.append(fold)
            trial.truncated_folds += fold.model.is_truncated
            trial.fold_scores += _fold_scores(training, [fold], len(fitted) - 1)
            if len(fitted) < trial.folds and should_prune(trial):
                trial.state, trial.reason = "pruned", f"pruned, far behind the others after {len(fitted)} folds"
                break
    return fitted


def _repeat_short_folds(training: TrainingSet, trial: Trial, fitted: list[FittedFold], deadline: float) -> None:
    """Fit folds again that the clock cut off far below the others, as far as time goes."""
    effort = deciding_effort([fold.model for fold in fitted])
    for index, fold in enumerate(fitted):
        if not fold.model.is_truncated or not fold.model.effort.is_far_below(effort):
            continue
        longest_s = max(each.fit_s + each.predict_s for each in fitted)
        if training.should_stop() or time.monotonic() + longest_s > deadline:
            return
        [again] = fit_folds(training, trial, [index], deadline, effort)
        if again is None or again.model.is_truncated:
            return
        fitted[index] = again


def _complete(training: TrainingSet, trial: Trial, fitted: Sequence[FittedFold]) -> tuple[Array, list[FittedModel]]:
    models = [fold.model for fold in fitted]
    predictions = _pooled(training, fitted)
    trial.state, trial.fold_scores = "complete", _fold_scores(training, fitted)
    scores = trial.fold_scores or [training.metric.score(training.y[training.validation_rows], predictions)]
    trial.score = float(np.nan_to_num(np.mean(scores)))
    trial.row_ms = measure_row_ms(trial.model, models, training.table)
    rounds = [model.rounds for model in models if model.rounds]
    trial.rounds = round(float(np.mean(rounds))) if rounds else None
    return predictions, models


def _fold_scores(training: TrainingSet, fitted: Sequence[FittedFold], first: int = 0) -> list[float]:
    """Score folds from the first on, where the metric is defined: AUC is not where a class is absent."""
    truths = (training.y[valid] for _, valid in training.trial_splits[first:])
    scores = [float(training.metric.score(y, fold.prediction)) for y, fold in zip(truths, fitted, strict=False)]
    return [score for score in scores if np.isfinite(score)]


def _allowance_s(training: TrainingSet, trial: Trial, remaining_s: float, expected_s: float) -> float:
    if get_family(trial.model).fits_folds_jointly:
        return max(TRIAL_SHARE_JOINT * remaining_s, expected_s)
    share = TRIAL_SHARE_IN_PART if trial.folds < len(training.splits) else TRIAL_SHARE
    share = TRIAL_SHARE_OF_HOLDOUT if len(training.splits) == 1 else share
    return max(share * remaining_s, EXPECTED_MARGIN * expected_s, MIN_TRIAL_S)


def _note_times(trial: Trial, fitted: Sequence[FittedFold], elapsed_s: float) -> None:
    """Share out by the clock on the wall: folds that run side by side count once."""
    fit_s, predict_s = sum(fold.fit_s for fold in fitted), sum(fold.predict_s for fold in fitted)
    trial.predict_s = elapsed_s * predict_s / max(fit_s + predict_s, 1e-9)
    trial.fit_s = elapsed_s - trial.predict_s


def _pooled(training: TrainingSet, fitted: Sequence[FittedFold]) -> Array:
    """Return the mean prediction for every validated row, shape `training.shape`."""
    rows = training.validation_rows
    sums, counts = np.zeros(training.shape), np.zeros(len(rows))
    row_of = np.full(len(training.table), -1, dtype=np.intp)
    row_of[rows] = np.arange(len(rows))
    for fold, (_, valid) in zip(fitted, training.trial_splits, strict=True):
        sums[row_of[valid]] += fold.prediction
        counts[row_of[valid]] += 1
    return np.asarray(sums / counts.reshape(-1, *[1] * (sums.ndim - 1)))
