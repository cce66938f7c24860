"""From the pool to the ensemble: who is in it, with which weights, and how good it is on rows it has not seen."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from automl._typing import Array
from automl.ensemble.greedy import SelectionSettings, greedy_weights, weighted_mean
from automl.evaluation.bootstrap import bootstrap_standard_error
from automl.metrics import Metric
from automl.postprocessing import apply_temperature, fit_class_multipliers, fit_temperature
from automl.search.model_library import LibraryEntry

N_OUTER_FOLDS = 3
MAX_GROUPS_DRAWN = 20_000
"""Beyond so many groups a resample draws rows: drawing groups would take too long, and makes no difference."""


@dataclass(frozen=True)
class Ensemble:
    """Members with their weights, and the calibration that goes with them."""

    entries: list[LibraryEntry]
    weights: Array
    temperature: float
    class_multipliers: Array

    @property
    def weighted(self) -> list[tuple[LibraryEntry, float]]:
        """Entries with their weights."""
        return list(zip(self.entries, map(float, self.weights), strict=True))

    def only(self, names: Collection[str]) -> Ensemble:
        """Return the ensemble of some of its members, by name, with their weights to each other."""
        kept = [i for i, entry in enumerate(self.entries) if entry.trial.name in names]
        weights = self.weights[kept] / self.weights[kept].sum()
        return replace(self, entries=[self.entries[i] for i in kept], weights=weights)

    def output(self, predictions: list[Array]) -> Array:
        """Return the ensemble's output from its members' predictions: calibrated (n, k), or values (n,)."""
        blended = weighted_mean(predictions, self.weights)
        return apply_temperature(blended, self.temperature) if blended.ndim == 2 else blended

    def for_metric(self, raw: Array, metric: Metric) -> Array:
        """Return the output in the form that the metric takes: class codes if it scores labels."""
        if raw.ndim == 1 or metric.needs_proba:
            return raw
        return np.asarray((raw * self.class_multipliers).argmax(axis=1))


def select_ensemble(
    entries: list[LibraryEntry],
    y: Array,
    metric: Metric,
    settings: SelectionSettings,
    rows: Array | slice = slice(None),
) -> Ensemble:
    """Select the best ensemble on the given validated rows.

    Args:
        entries: of the pool, best first.
        y: (m,) of all validated rows.
        metric: to be good at.
        settings: limits of cost, members and time.
        rows: which of the validated rows to choose by.
    """
    # The constant says nothing of a row: it is taken alone, where nothing beats it, or not at all.
    entries = [entry for entry in entries if not entry.trial.is_baseline or entry is entries[0]]
    if entries[0].trial.is_baseline:
        entries = entries[:1]
    predictions = [entry.predictions[rows] for entry in entries]
    row_ms = [entry.trial.row_ms for entry in entries]
    weights = greedy_weights(predictions, y[rows], metric, row_ms, settings)
    kept = [i for i, weight in enumerate(weights) if weight > 0]
    choice = Ensemble([entries[i] for i in kept], weights[kept], 1.0, np.ones(0))
    if y.dtype.kind == "f":
        return choice
    blended = choice.output([predictions[i] for i in kept])
    temperature = fit_temperature(blended, y[rows], metric)
    decision = fit_class_multipliers(apply_temperature(blended, temperature), y[rows], metric)
    return Ensemble(choice.entries, choice.weights, temperature, decision)


def nested_cv_score(
    entries: list[LibraryEntry],
    y: Array,
    metric: Metric,
    validation: str,
    settings: SelectionSettings,
    *,
    groups: Array | None = None,
) -> dict[str, Any]:
    """Score the ensemble with its weights chosen on other rows than it is scored on.

    Choosing members and weights on the very rows they are scored on flatters; so the rows are cut into parts, and each
    part is predicted by an ensemble chosen on the others. The standard error is the bootstrap's.

    Args:
        entries: of the pool, best first.
        y: (m,) codes or values of all validated rows.
        metric: the metric to score with.
        settings: limits of cost, members and time, as in `select_ensemble`.
        validation: how the entries' predictions came about, in words.
        groups: (m,) codes of rows that belong together, which then stand in one part and are drawn together.
    """
    rows_apart = np.arange(len(y)) if groups is None else np.unique(groups, return_inverse=True)[1]
    n_parts = min(N_OUTER_FOLDS, int(rows_apart.max()) + 1)
    part = (np.random.default_rng(settings.seed).permutation(int(rows_apart.max()) + 1) % n_parts)[rows_apart]
    scores, errors = [], []
    for index in range(n_parts):
        inside = np.flatnonzero(part == index)
        outside = np.flatnonzero(part != index)
        # Each part may use an equal share of what is left, so that the last one is not cut short.
        share = time.monotonic() + (settings.deadline - time.monotonic()) / (n_parts - index + 1)
        choice = select_ensemble(entries, y, metric, settings.until(share), outside)
        scored = choice.for_metric(choice.output([entry.predictions[inside] for entry in choice.entries]), metric)
        # Scored part by part: the parts' ensembles differ in level, and ranks across them would mean nothing.
        scores.append(metric.score(y[inside], scored))
        drawn = None if groups is None or rows_apart.max() >= MAX_GROUPS_DRAWN else groups[inside]
        errors.append(
            bootstrap_standard_error(metric, y[inside], scored, n_resamples=100, seed=settings.seed, groups=drawn)
        )
    error = float(np.sqrt(np.mean(np.square(errors)) / n_parts))
    known = [score for score in scores if np.isfinite(score)]
    if not known:  # no part holds all that the metric compares
        choice = select_ensemble(entries, y, metric, settings)
        known = [metric.score(y, choice.for_metric(choice.output([e.predictions for e in choice.entries]), metric))]
    mean = float(np.mean(known))
    return {
        "metric": metric.name,
        "mean": mean,
        "standard_error": error if np.isfinite(error) else None,
        "method": f"{validation}, ensemble weights chosen on other rows",
    }
