"""What follows the search: ensemble, honest score, importance, and the models that are to answer."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from automl.ensemble.bagging import fit_members, fit_remaining_folds
from automl.ensemble.selection import ROW_MS, Ensemble, nested_cv_score, select_ensemble
from automl.fit.prepare import PreparedData
from automl.fit.review import dependence, learning_curve_of, out_of_fold_ensemble, review
from automl.fit.summary import leaderboard, summarize
from automl.inference.model import Member, Model
from automl.inspection.permutation_importance import permutation_importance
from automl.models.base import Array
from automl.preprocessing.features import Features
from automl.search.callbacks import Callback
from automl.search.model_library import ModelLibrary
from automl.search.trial import Trial
from automl.time_budget import TimeBudget

CHOOSE_SHARE = 0.25
SCORE_SHARE = 0.25
EXPLAIN_SHARE = 0.3
"""Of what is left when each begins; whatever they leave over goes to the models."""
EXPLAIN_MAX_S = 5.0
DEPENDENCE_SHARE = 0.5
LEARNING_SHARE = 0.7
"""Of what is left once the models are made; the learning curve is the first to be left out."""
FIRST_ROW_SHARE = 0.6
"""Of the limit for one row, for members fitted on the first folds only: the rest is for models of further folds."""
FIRST_MEMBERS = 5
"""Chosen on the rows of the first folds: few enough to be fitted on the others too."""
LAST_RESORT_S = 2.0


@dataclass(frozen=True)
class FitResult:
    """The model and all that is to be said about it.

    Attributes:
        model: ready to predict; its summary holds all of the below.
        reported: `{metric, mean, standard_error, method}` of the ensemble on rows it had not seen.
        baseline: the same of the constant.
        leaderboard: one entry a complete trial, best first.
        importance: `{feature, importance}`, greatest first.
        warnings: what a careful user should know.
    """

    model: Model
    reported: dict[str, Any]
    baseline: dict[str, Any]
    leaderboard: list[dict[str, Any]]
    importance: list[dict[str, Any]]
    warnings: list[str]


def finalize(
    prepared: PreparedData,
    pool: ModelLibrary,
    trials: Sequence[Trial],
    budget: TimeBudget,
    listener: Callback,
    *,
    max_predict_ms: float | None,
    seed: int,
) -> FitResult:
    """Make the model out of the pool.

    Args:
        prepared: the table.
        pool: what the search left.
        trials: all of the search; the constant's is the baseline.
        budget: of the whole run.
        listener: told of the last phase.
        max_predict_ms: limit for the prediction of one row; None is `selection.ROW_MS`.
        seed: of samples and shuffles.
    """
    training, metric = prepared.training, prepared.metric
    entries, y = pool.ranked(), training.y[pool.rows]
    row_ms = ROW_MS if max_predict_ms is None else max_predict_ms
    settings: dict[str, Any] = {"max_row_ms": row_ms, "seed": seed}
    if len(training.trial_splits) < len(training.splits):
        choosing = time.monotonic() + CHOOSE_SHARE * budget.reserved_s
        first = select_ensemble(
            entries,
            y,
            metric,
            max_row_ms=FIRST_ROW_SHARE * row_ms,
            max_members=FIRST_MEMBERS,
            deadline=choosing,
            seed=seed,
        )
        completing = budget.deadline - budget.reserved_s
        done, training = fit_remaining_folds(first.weighted, training, completing, row_ms)
        if done:
            prepared = replace(prepared, training=training)
            entries, y = done, training.y[training.validation_rows]
    choice = select_ensemble(entries, y, metric, deadline=_share(budget, CHOOSE_SHARE), **settings)
    scoring = _share(budget, SCORE_SHARE)
    groups = None if training.groups is None else training.groups[training.validation_rows]
    reported = nested_cv_score(entries, y, metric, training.validation, deadline=scoring, groups=groups, **settings)
    listener.phase("finishing")
    # Before the last fits: models that have seen a row say nothing about how much a column helps on new ones.
    importance = _importance(prepared, choice, _explanation_deadline(budget), seed)
    told = review(prepared, choice, trials, deadline=_explanation_deadline(budget), seed=seed)
    members, warnings = fit_members(choice.weighted, training, budget.deadline)
    if not members:
        fallback = [entry for entry in entries if entry.models] or entries
        choice = select_ensemble(fallback, y, metric, deadline=budget.deadline, **settings)
        members, warnings = fit_members(choice.weighted, training, time.monotonic() + LAST_RESORT_S)
        told = review(prepared, choice, trials, deadline=budget.deadline, seed=seed)
    told |= dependence(prepared, choice, importance, deadline=_share(budget, DEPENDENCE_SHARE), seed=seed)
    told |= learning_curve_of(prepared, choice, deadline=_share(budget, LEARNING_SHARE), seed=seed)
    told["about"] |= {"time_budget_s": budget.total_s, "elapsed_s": round(budget.elapsed_s, 1)}
    doubts = _final_warnings(prepared, choice, importance, max_predict_ms)
    warnings = [*prepared.warnings, *warnings, *doubts]
    return _build_result(prepared, choice, members, trials, reported, importance, warnings, told)


def _share(budget: TimeBudget, share: float) -> float:
    return time.monotonic() + share * budget.remaining_s


def _explanation_deadline(budget: TimeBudget) -> float:
    return min(_share(budget, EXPLAIN_SHARE), time.monotonic() + EXPLAIN_MAX_S)


def _importance(prepared: PreparedData, choice: Ensemble, deadline: float, seed: int) -> list[dict[str, Any]]:
    """On the rows of fold 0, by models that have not seen them."""
    ensemble = out_of_fold_ensemble(prepared, choice)
    if ensemble is None:
        return []

    def predict(features: Features) -> Array:
        return ensemble.choice.for_metric(ensemble.output(features), prepared.metric)

    training, rows = prepared.training, ensemble.rows
    return permutation_importance(
        predict,
        prepared.preprocessor,
        prepared.features.take(rows),
        training.y[rows],
        prepared.metric,
        deadline=deadline,
        seed=seed,
    )


def _final_warnings(
    prepared: PreparedData, choice: Ensemble, importance: Sequence[dict[str, Any]], max_predict_ms: float | None
) -> list[str]:
    warnings = []
    if all(entry.trial.model == "constant" for entry in choice.entries):
        warnings.append("No model did better than always giving the same answer.")
    cost_ms = sum(entry.trial.row_ms for entry in choice.entries)
    if max_predict_ms is not None and cost_ms > max_predict_ms:
        warnings.append(
            f"The fastest model takes {cost_ms:.1f} ms for a row, more than the {max_predict_ms:g} ms asked for."
        )
    columns = [column["name"] for column in prepared.preprocessor.input_schema]
    reached = {each["feature"] for each in importance}
    if reached and len(reached) < len(columns):
        warnings.append(f"Importance was measured for {len(reached)} of {len(columns)} columns: time was up.")
    return warnings


def _build_result(
    prepared: PreparedData,
    choice: Ensemble,
    members: Sequence[Member],
    trials: Sequence[Trial],
    reported: dict[str, Any],
    importance: list[dict[str, Any]],
    warnings: list[str],
    told: dict[str, Any],
) -> FitResult:
    training, metric, plan = prepared.training, prepared.metric, prepared.preprocessor
    constant = next(trial for trial in trials if trial.model == "constant")
    baseline = {
        "metric": metric.name,
        "mean": constant.score,
        "standard_error": None,
        "method": "the same answer for every row, on the same splits",
    }
    board = leaderboard(trials, members, metric)
    model = Model(
        task=training.task_spec.task,
        preprocessor=plan,
        encoder=prepared.encoder,
        members=tuple(members),
        scale=training.scale,
        labels=prepared.target.labels,
        temperature=choice.temperature,
        class_multipliers=tuple(map(float, choice.class_multipliers)),
        sample=prepared.sample,
        summary=summarize(
            task=training.task_spec.task,
            metric=metric,
            plan=plan,
            classes=prepared.target.classes,
            reported=reported,
            baseline=baseline,
            board=board,
            importance=importance,
            warnings=warnings,
        ),
        review=told,
    )
    return FitResult(model, reported, baseline, board, importance, warnings)
