"""The models that answer for the ensemble's members: of more folds while time allows, or fitted again on all rows."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from automl.inference.model import Member
from automl.models import get_family
from automl.models.base import FittedModel
from automl.search.fold_runner import fit_folds
from automl.search.model_library import LibraryEntry
from automl.search.refit_cost import fold_seconds, must_refit, refit_seconds
from automl.search.training_set import TrainingSet

TIME_SAFETY_FACTOR = 1.1
"""Factor on the expected seconds of a fit that must be left before it is begun: fits vary."""
EXTRA_TIME_FACTOR = 1.25
MIN_SECONDS = 1.0
MIN_KEPT_WEIGHT = 0.6
"""Keep the first ensemble unless the members completed in time hold at least this weight in it."""


def fit_remaining_folds(
    weighted: Sequence[tuple[LibraryEntry, float]], training: TrainingSet, deadline: float, max_row_ms: float
) -> tuple[list[LibraryEntry], TrainingSet]:
    """Fit the members on as many folds as time and the limit for a row allow, the same for all of them.

    Args:
        weighted: entries of the first folds, with their weights.
        training: what to fit on.
        deadline: `time.monotonic()`.
        max_row_ms: what all models together may take for one row.

    Returns:
        Entries with one model a fold and predictions for all rows that these folds validate, and the training with
        these folds as its first. No entries unless they hold `ENOUGH_WEIGHT` together: then the given ones answer,
        with the further models, the weightiest first, that there was time for.
    """
    order = [entry for entry, _ in sorted(weighted, key=lambda pair: -pair[1]) if not must_refit(entry, training)]
    fold_s = TIME_SAFETY_FACTOR * sum(map(fold_seconds, order))
    by_time = len(training.trial_splits) + int((deadline - time.monotonic()) / max(fold_s, 1e-6))
    by_row = int(max_row_ms / max(sum(map(_model_ms, order)), 1e-6))
    whole = replace(training, n_trial_folds=min(by_time, by_row, len(training.splits)))
    done = []
    if len(whole.trial_splits) > len(training.trial_splits):
        done = [made for entry in order if (made := _fit_more_folds(entry, training, whole, deadline)) is not None]
    else:
        pair = replace(training, n_trial_folds=min(2 * len(training.trial_splits), len(training.splits)))
        for entry in order if by_row > len(training.trial_splits) else ():
            wider = _fit_more_folds(entry, training, pair, deadline)
            entry.models = entry.models if wider is None else wider.models
        return [], training
    kept = {made.trial.number for made in done}
    if sum(weight for entry, weight in weighted if entry.trial.number in kept) >= MIN_KEPT_WEIGHT:
        return done, whole
    models = {made.trial.number: made.models for made in done}
    for entry in order:
        entry.models = models.get(entry.trial.number, entry.models)
    return [], training


def fit_members(
    weighted: Sequence[tuple[LibraryEntry, float]], training: TrainingSet, deadline: float
) -> tuple[list[Member], list[str]]:
    """Return the members with their final models, the most weighty first, and warnings.

    The models of the folds stay: their mean is better than one of them and costs no further fit. A model of a holdout
    is fitted again on all rows while time allows; so are a member restored from an earlier run, of which only
    predictions were kept, and one whose fit is nothing but keeping the rows: it predicts so many times faster.

    Args:
        weighted: entries with their weights.
        training: what to fit on.
        deadline: `time.monotonic()`.
    """
    members: list[Member] = []
    warnings: list[str] = []
    for entry, weight in sorted(weighted, key=lambda pair: -pair[1]):
        trial, models = entry.trial, tuple(entry.models)
        if must_refit(entry, training) or get_family(trial.model).refit_is_cheap:
            models = _refit_on_all_rows(entry, training, deadline) or models
        if models:
            members.append(
                Member(trial.name, trial.model, weight, tuple(get_family(trial.model).merge_fold_models(models)))
            )
        else:
            warnings.append(f"{trial.name} is not in the ensemble: no time was left to refit it.")
    total = sum(member.weight for member in members)
    return [replace(member, weight=member.weight / total) for member in members], warnings


def _model_ms(entry: LibraryEntry) -> float:
    return entry.trial.row_ms / max(1, entry.trial.folds)


def _fit_more_folds(
    entry: LibraryEntry, training: TrainingSet, wider: TrainingSet, deadline: float
) -> LibraryEntry | None:
    """Return the entry with the wider training's folds; None if there is no time or a fit failed."""
    trial = entry.trial
    lacking = range(len(entry.models), len(wider.trial_splits))
    now, expected_s = time.monotonic(), TIME_SAFETY_FACTOR * fold_seconds(entry) * len(lacking)
    if training.should_stop() or now + expected_s >= deadline:
        return None
    # As much time as the first folds had, for boosters choose their steps by it; scoring follows the last fit.
    last = min(deadline - trial.predict_s / max(1, trial.folds), now + max(EXTRA_TIME_FACTOR * expected_s, MIN_SECONDS))
    try:
        fitted = list(fit_folds(training, trial, lacking, last))
    except Exception:  # the models there are must do
        return None
    found = [fold for fold in fitted if fold is not None]
    if len(found) < len(lacking):
        return None
    predictions = np.zeros(wider.shape, dtype=entry.predictions.dtype)
    predictions[np.searchsorted(wider.validation_rows, training.validation_rows)] = entry.predictions
    for index, fold in zip(lacking, found, strict=True):
        predictions[np.searchsorted(wider.validation_rows, wider.splits[index][1])] = fold.prediction
    models = [*entry.models, *(fold.model for fold in found)]
    row_ms = _model_ms(entry) * len(models)
    return LibraryEntry(replace(trial, folds=len(models), row_ms=row_ms), predictions, models)


def _refit_on_all_rows(entry: LibraryEntry, training: TrainingSet, deadline: float) -> tuple[FittedModel, ...]:
    """Return the model fitted on all rows, or None if there is no time for it."""
    expected_s = refit_seconds(entry)
    now = time.monotonic()
    # A restored member has no model to fall back on: it may try as long as there is any time.
    if now >= deadline or (entry.models and now + expected_s > deadline):
        return ()
    started = now
    try:
        model = training.refit(entry.trial, deadline)
    except Exception:  # the holdout's model, or the other members, must do
        return ()
    # Cut short by the deadline, it would be worse than what the holdout gave.
    if entry.models and time.monotonic() >= deadline and time.monotonic() - started > expected_s:
        return ()
    return (model,)
