"""From the pool to the ensemble: who is in it, fitted on what, and how good it is on rows it has not seen."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from automl.candidates.base import Array, FittedModel
from automl.ensemble import blend, greedy_weights
from automl.fitting import Training
from automl.metrics import Metric, bootstrap_standard_error
from automl.model import Member
from automl.output import fit_decision, fit_temperature, temper
from automl.pool import Entry

ROW_MS = 8.0
"""What the models may take for one row where nobody asked for another limit; with cleaning it comes to about 10 ms."""
PARTS = 3
# A refit needs no rounds beyond the best one and scores nothing on the way, but learns from more rows.
REFIT_COST = 0.5
LIKELY_MEMBERS = 3


@dataclass(frozen=True)
class Choice:
    """Members with their weights, and the calibration that goes with them."""

    entries: list[Entry]
    weights: Array
    temperature: float
    decision: Array

    def output(self, predictions: list[Array]) -> Array:
        """What the ensemble answers, given its members' predictions: calibrated (n, k), or values (n,)."""
        blended = blend(predictions, self.weights)
        return temper(blended, self.temperature) if blended.ndim == 2 else blended

    def scored(self, raw: Array, metric: Metric) -> Array:
        """The output as the metric wants it: class codes where it scores labels."""
        if raw.ndim == 1 or metric.needs_proba:
            return raw
        return np.asarray((raw * self.decision).argmax(axis=1))


def choose(
    entries: list[Entry],
    y: Array,
    metric: Metric,
    *,
    max_row_ms: float | None,
    deadline: float,
    seed: int,
    rows: Array | slice = slice(None),
) -> Choice:
    """The best ensemble on the given validated rows.

    Args:
        entries: of the pool, best first.
        y: (m,) of all validated rows.
        metric: to be good at.
        max_row_ms: limit for one row's prediction; None is `ROW_MS`.
        deadline: `time.monotonic()`.
        seed: of samples.
        rows: which of the validated rows to choose by.
    """
    # The constant says nothing of a row: it is taken alone, where nothing beats it, or not at all.
    entries = [entry for entry in entries if entry.trial.model != "constant" or entry is entries[0]]
    if entries[0].trial.model == "constant":
        entries = entries[:1]
    predictions = [entry.predictions[rows] for entry in entries]
    weights = greedy_weights(
        predictions,
        y[rows],
        metric,
        row_ms=[entry.trial.row_ms for entry in entries],
        max_row_ms=ROW_MS if max_row_ms is None else max_row_ms,
        deadline=deadline,
        seed=seed,
    )
    kept = [i for i, weight in enumerate(weights) if weight > 0]
    choice = Choice([entries[i] for i in kept], weights[kept], 1.0, np.ones(0))
    if y.dtype.kind == "f":
        return choice
    blended = choice.output([predictions[i] for i in kept])
    temperature = fit_temperature(blended, y[rows], metric)
    decision = fit_decision(temper(blended, temperature), y[rows], metric)
    return Choice(choice.entries, choice.weights, temperature, decision)


def honest_score(
    entries: list[Entry],
    y: Array,
    metric: Metric,
    n_splits: int,
    *,
    max_row_ms: float | None,
    deadline: float,
    seed: int,
) -> dict[str, Any]:
    """The ensemble's score with its weights chosen on other rows than it is scored on.

    Choosing members and weights on the very rows they are scored on flatters; so the rows are cut into parts, and each
    part is answered by an ensemble chosen on the others. The standard error is the bootstrap's.
    """
    part = np.random.default_rng(seed).permutation(len(y)) % PARTS
    scores, errors = [], []
    for index in range(PARTS):
        inside = np.flatnonzero(part == index)
        outside = np.flatnonzero(part != index)
        # Each part may use an equal share of what is left, so that the last one is not cut short.
        share = time.monotonic() + (deadline - time.monotonic()) / (PARTS - index + 1)
        choice = choose(entries, y, metric, max_row_ms=max_row_ms, deadline=share, seed=seed, rows=outside)
        scored = choice.scored(choice.output([entry.predictions[inside] for entry in choice.entries]), metric)
        # Scored part by part: the parts' ensembles differ in level, and ranks across them would mean nothing.
        scores.append(metric.score(y[inside], scored))
        errors.append(bootstrap_standard_error(metric, y[inside], scored, n_resamples=100, seed=seed))
    error = float(np.sqrt(np.mean(np.square(errors)) / PARTS))
    mean = float(np.mean([score for score in scores if np.isfinite(score)] or [0.0]))
    shown = f"{n_splits}-fold cross-validation" if n_splits > 1 else f"{len(y)} rows held back"
    return {
        "metric": metric.name,
        "mean": mean,
        "standard_error": error if np.isfinite(error) else None,
        "method": f"{shown}, ensemble weights chosen on other rows",
    }


def expected_refit_s(ranked: list[Entry]) -> float:
    """Seconds that fitting again will take if the first few of the pool, ranked best first, make the ensemble."""
    return sum(_refit_s(entry) for entry in ranked[:LIKELY_MEMBERS] if len(entry.models) < 2)


def fit_members(choice: Choice, training: Training, deadline: float) -> tuple[list[Member], list[str]]:
    """The members with the models that are to answer, and warnings.

    Models of two or more folds stay: their mean is better than one of them and costs no further fit. A model of a
    holdout is fitted again on all rows while time allows; so is a member restored from an earlier run, of which only
    predictions were kept. The most weighty member comes first.
    """
    members: list[Member] = []
    warnings: list[str] = []
    for weight, entry in sorted(zip(choice.weights, choice.entries, strict=True), key=lambda pair: -pair[0]):
        trial, models = entry.trial, tuple(entry.models)
        if len(models) < 2:
            models = _again(entry, training, deadline) or models
        if models:
            members.append(Member(trial.name, trial.model, float(weight), models))
        else:
            warnings.append(f"{trial.name} was left out of the ensemble: no time was left to fit it again.")
    total = sum(member.weight for member in members)
    return [Member(m.name, m.family, m.weight / total, m.models) for m in members], warnings


def _refit_s(entry: Entry) -> float:
    return entry.trial.fit_s / max(1, entry.trial.folds) * REFIT_COST


def _again(entry: Entry, training: Training, deadline: float) -> tuple[FittedModel, ...]:
    expected_s = _refit_s(entry)
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
