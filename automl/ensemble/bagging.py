"""The models that answer for the ensemble's members: of more folds while time allows, or fitted again on all rows."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from automl.inference.model import Member
from automl.models import get_family
from automl.models.base import FittedModel, deciding_effort
from automl.search.fold_runner import fit_folds
from automl.search.model_library import LibraryEntry
from automl.search.refit_cost import fold_seconds, must_refit, refit_seconds
from automl.search.training_set import FittedFold, TrainingSet

TIME_SAFETY_FACTOR = 1.1
"""Factor on the expected seconds of a fit that must be left before it is begun: fits vary."""
MIN_KEPT_WEIGHT = 0.9
"""Keep the first ensemble unless the members completed in time hold at least this weight in it: what it loses with
others is more than what more rows to choose by bring."""


def fit_remaining_folds(
    weighted: Sequence[tuple[LibraryEntry, float]], training: TrainingSet, deadline: float, max_row_ms: float
) -> tuple[list[LibraryEntry], TrainingSet]:
    """Fit the members on as many folds as time and the limit for a row allow, the same for all of them.

    A further fold is fitted as those that decided were, with the same effort; where the clock ends it before, it is
    dropped with all others of that member, which keeps the folds it had.

    Args:
        weighted: entries of the first folds, with their weights.
        training: what to fit on.
        deadline: `time.monotonic()`.
        max_row_ms: what all models together may take for one row.

    Returns:
        Entries with one model a fold and predictions for all rows that these folds validate, and the training with
        these folds as its first. No entries unless they hold `MIN_KEPT_WEIGHT` together: then the given ones answer,
        with the further models, the weightiest first, that there was time for.
    """
    order = [entry for entry, _ in sorted(weighted, key=lambda pair: -pair[1]) if not must_refit(entry, training)]
    first = len(training.trial_splits)
    fold_s = TIME_SAFETY_FACTOR * sum(map(fold_seconds, order))
    by_time = first + int((deadline - time.monotonic()) / max(fold_s, 1e-6))
    by_row = int(min(max_row_ms / max(sum(map(_model_ms, order)), 1e-6), len(training.splits)))
    whole = replace(training, n_trial_folds=min(by_time, by_row))
    done = []
    if len(whole.trial_splits) > first:
        done = [made for entry in order if (made := _fit_more_folds(entry, training, whole, deadline)) is not None]
    else:
        pair = replace(training, n_trial_folds=min(2 * first, by_row))
        for entry in order if by_row > first else ():
            _take_models(entry, _fit_more_folds(entry, training, pair, deadline))
        return [], training
    kept = {made.trial.number: made for made in done}
    if sum(weight for entry, weight in weighted if entry.trial.number in kept) >= MIN_KEPT_WEIGHT:
        return done, whole
    for entry in order:
        _take_models(entry, kept.get(entry.trial.number))
    return [], training


def fit_members(
    weighted: Sequence[tuple[LibraryEntry, float]], training: TrainingSet, deadline: float
) -> tuple[list[Member], list[str]]:
    """Return the members with their final models, the most weighty first, and warnings.

    The models of the folds stay: their mean is better than one of them and costs no further fit. A model of a holdout
    is fitted again on all rows while time allows; so are a member restored from an earlier run, of which only
    predictions were kept, and one whose fit is nothing but keeping the rows: it predicts so many times faster. A fit
    that the clock ended early never takes the place of a whole one.

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
        if not models:
            warnings.append(f"{trial.name} is not in the ensemble: no time was left to refit it.")
            continue
        if not entry.models and models[0].is_truncated and not trial.is_truncated:
            warnings.append(f"The time ended the last fit of {trial.name} early: it may be worse than its score.")
        merged = get_family(trial.model).merge_fold_models(models)
        members.append(Member(trial.name, trial.model, weight, tuple(merged)))
    total = sum(member.weight for member in members)
    return [replace(member, weight=member.weight / total) for member in members], warnings


def _model_ms(entry: LibraryEntry) -> float:
    return entry.trial.row_ms / max(1, entry.trial.folds)


def _take_models(entry: LibraryEntry, wider: LibraryEntry | None) -> None:
    """Let the models of further folds answer too, if there are any; what the entry predicted stays."""
    if wider is not None:
        entry.models, entry.trial = wider.models, wider.trial


def _fit_more_folds(
    entry: LibraryEntry, training: TrainingSet, wider: TrainingSet, deadline: float
) -> LibraryEntry | None:
    """Return the entry with the wider training's folds; None if time did not do for all of them or a fit failed."""
    trial = entry.trial
    lacking = range(len(entry.models), len(wider.trial_splits))
    if training.should_stop() or time.monotonic() + TIME_SAFETY_FACTOR * fold_seconds(entry) * len(lacking) >= deadline:
        return None
    found: list[FittedFold] = []
    last = deadline - trial.predict_s / max(1, trial.folds)  # scoring follows the last fit
    try:
        effort = deciding_effort(entry.models)
        with contextlib.closing(fit_folds(training, trial, lacking, last, effort)) as fitted:
            for fold in fitted:
                if fold is None or fold.model.is_truncated:
                    return None
                found.append(fold)
    except Exception:  # the models there are must do
        return None
    predictions = np.zeros(wider.shape, dtype=entry.predictions.dtype)
    predictions[np.searchsorted(wider.validation_rows, training.validation_rows)] = entry.predictions
    for index, fold in zip(lacking, found, strict=True):
        predictions[np.searchsorted(wider.validation_rows, wider.splits[index][1])] = fold.prediction
    models = [*entry.models, *(fold.model for fold in found)]
    row_ms = _model_ms(entry) * len(models)
    return LibraryEntry(replace(trial, folds=len(models), row_ms=row_ms), predictions, models)


def _refit_on_all_rows(entry: LibraryEntry, training: TrainingSet, deadline: float) -> tuple[FittedModel, ...]:
    """Return the model fitted on all rows; none if there is no time for it."""
    now = time.monotonic()
    # A restored member has no model to fall back on: it may try as long as there is any time.
    if now >= deadline or (entry.models and now + refit_seconds(entry) > deadline):
        return ()
    try:
        model = training.refit(entry.trial, deadline, deciding_effort(entry.models) if entry.models else None)
    except Exception:  # the holdout's model, or the other members, must do
        return ()
    return () if entry.models and model.is_truncated else (model,)
