"""Why a trial is not in the ensemble, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from automl._typing import Array
from automl.ensemble.greedy import MAX_ROWS, max_members_for, weighted_mean
from automl.inference.model import Member
from automl.metrics import Metric
from automl.search.model_library import LibraryEntry
from automl.search.trial import Trial

MAX_GAINS = 10
"""Trials, the best ones, of which is found out whether they would have been of use."""
TRIED_WEIGHTS = (0.1, 0.25, 0.5)
NO_GAIN = "no gain for the ensemble"
LITTLE_GAIN = "little gain for the ensemble"
NO_PREDICTIONS = "its predictions are not at hand"
NO_TIME = "no time was left to fit it on the rows that the others know"


@dataclass(frozen=True)
class Outcome:
    """What has come of the choice.

    Attributes:
        library: all entries that there were to choose from, best first, on the rows that the search validated.
        y: (m,) of those rows.
        hurried: names of the trials that were chosen, but for whose further fits there was no time.
        members: those that answer.
        row_ms: what they take for one row together.
        max_row_ms: the limit for it.
    """

    library: Sequence[LibraryEntry]
    y: Array
    hurried: frozenset[str]
    members: Sequence[Member]
    row_ms: float
    max_row_ms: float


def left_out_reasons(trials: Sequence[Trial], outcome: Outcome, metric: Metric) -> dict[str, str]:
    """Return the reason for each complete trial, by name, that is no member.

    Args:
        trials: of the search.
        outcome: what has come of the choice.
        metric: what the choice was to be good at.
    """
    weights = {member.name: member.weight for member in outcome.members}
    known = {entry.trial.name: place for place, entry in enumerate(outcome.library)}
    cap = max_members_for(len(outcome.y))
    voices = [entry for entry in outcome.library if entry.trial.name in weights]
    blend = _blend(voices, weights)
    n_models = max((len(member.models) for member in outcome.members), default=1)
    reasons: dict[str, str] = {}
    for trial in trials:
        name = trial.name
        if trial.state != "complete" or name in weights:
            continue
        if name not in known:
            reasons[name] = NO_PREDICTIONS
        elif trial.row_ms > outcome.max_row_ms:
            reasons[name] = f"{trial.row_ms:.3g} ms a row, limit {outcome.max_row_ms:g} ms"
        elif name in outcome.hurried:
            reasons[name] = NO_TIME
        elif known[name] >= cap:
            reasons[name] = f"behind the {cap} best, more than which {len(outcome.y)} rows cannot tell apart"
        elif known[name] >= MAX_GAINS or not _gains(outcome.library[known[name]], blend, outcome.y, metric):
            reasons[name] = NO_GAIN
        else:
            together_ms = outcome.row_ms + trial.row_ms * max(1.0, n_models / max(1, trial.folds))
            reasons[name] = LITTLE_GAIN
            if together_ms > outcome.max_row_ms:
                reasons[name] = f"{together_ms:.3g} ms a row with the others, limit {outcome.max_row_ms:g} ms"
    return reasons


def _blend(voices: Sequence[LibraryEntry], weights: dict[str, float]) -> Array | None:
    if not voices:
        return None
    shares = np.array([weights[entry.trial.name] for entry in voices])
    return weighted_mean([entry.predictions for entry in voices], shares / shares.sum())


def _gains(entry: LibraryEntry, blend: Array | None, y: Array, metric: Metric) -> bool:
    """Return whether the ensemble would score better with the entry in it, on the rows it was chosen on."""
    if blend is None or entry.trial.is_baseline:
        return False
    part = slice(None, None, -(-len(y) // MAX_ROWS))
    now, own, truth = blend[part], entry.predictions[part], y[part]
    least = metric.signed(truth, now) + 1e-9
    return any(metric.signed(truth, (1 - share) * now + share * own) > least for share in TRIED_WEIGHTS)
