"""The time that models still to be fitted after the search will take."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from automl.search.model_library import LibraryEntry
from automl.search.training_set import TrainingSet

REFIT_COST = 0.5
"""Cost of a fit on all rows as a fraction of a fold's: more rows, but no rounds beyond the best one and no scores."""
EXPECTED_MEMBERS = 3
"""Members of the ensemble that the estimate assumes."""
N_CONSIDERED = 6
"""Number of top-ranked entries whose median cost estimates the cost of a member."""


def estimate_refit_seconds(ranked: Sequence[LibraryEntry], training: TrainingSet) -> float:
    """Estimate the seconds of the fits that remain if some of the best entries make the ensemble.

    Args:
        ranked: entries of the model library, best first.
        training: says how many folds there are.
    """
    likely = ranked[:N_CONSIDERED]
    costs = [refit_seconds(e) if must_refit(e, training) else _remaining_folds_seconds(e, training) for e in likely]
    return float(np.median(costs)) * min(EXPECTED_MEMBERS, len(costs)) if costs else 0.0


def must_refit(entry: LibraryEntry, training: TrainingSet) -> bool:
    """Return whether the entry needs a model fitted on all rows before it can predict."""
    # The windows of time before the last one know too little of it.
    return not entry.models or len(training.splits) == 1 or training.is_time_ordered


def refit_seconds(entry: LibraryEntry) -> float:
    """Estimate the seconds of one fit on all rows."""
    return entry.trial.fit_s / max(1, entry.trial.folds) * REFIT_COST


def fold_seconds(entry: LibraryEntry) -> float:
    """Return the mean seconds that one fold took, fit and prediction."""
    return (entry.trial.fit_s + entry.trial.predict_s) / max(1, entry.trial.folds)


def _remaining_folds_seconds(entry: LibraryEntry, training: TrainingSet) -> float:
    return fold_seconds(entry) * (len(training.splits) - len(entry.models))
