"""What follows the search: ensemble, honest score, importance, and the models that are to answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from automl._typing import Array
from automl.ensemble.bagging import fit_members, fit_remaining_folds
from automl.ensemble.greedy import SelectionSettings
from automl.ensemble.selection import ROW_MS, Ensemble, nested_cv_score, select_ensemble
from automl.fit.prepare import PreparedData
from automl.fit.review import dependence, learning_curve_of, out_of_fold_ensemble, review
from automl.fit.summary import Findings, baseline, leaderboard, summarize
from automl.fit.time_plan import TimePlan
from automl.inference.model import Member, Model
from automl.inspection.permutation_importance import permutation_importance
from automl.preprocessing.features import Features
from automl.search.model_library import LibraryEntry, ModelLibrary
from automl.search.run_context import RunContext
from automl.search.trial import Trial
from automl.spec import FitSpec
from automl.time_budget import TimeBudget
from automl.wording import plural

FIRST_ROW_SHARE = 0.6
"""Share of the limit for one row for members fitted on the first folds only; further folds' models get the rest."""
FIRST_MEMBERS = 5
"""Maximum members chosen on the rows of the first folds: few enough to be fitted on the others too."""


@dataclass(frozen=True)
class FitResult:
    """Hold the model, ready to predict, and what is to be said about it; the model's summary says it too."""

    model: Model
    findings: Findings


def finalize(
    prepared: PreparedData, library: ModelLibrary, trials: Sequence[Trial], spec: FitSpec, run: RunContext
) -> FitResult:
    """Make the model out of the library.

    Args:
        prepared: the table.
        library: what the search left.
        trials: all of the search; the constant's is the baseline.
        spec: the settings of the fit.
        run: its budget is of the whole run; its callback gets the last phase.
    """
    budget, metric = run.budget, prepared.metric
    row_ms = ROW_MS if spec.max_predict_ms is None else spec.max_predict_ms
    settings = SelectionSettings(max_row_ms=row_ms, seed=spec.seed)
    prepared, entries = _with_further_folds(prepared, library.ranked(), settings, budget)
    training = prepared.training
    y = training.y[training.validation_rows]
    groups = None if training.groups is None else training.groups[training.validation_rows]
    plan = TimePlan.begin(budget.remaining_s)
    choice = select_ensemble(entries, y, metric, settings.until(plan.select))
    reported = nested_cv_score(entries, y, metric, training.validation, settings.until(plan.score), groups=groups)
    run.callback.phase("finishing")
    # Before the last fits: models that have seen a row say nothing about how much a column helps on new ones.
    plan = TimePlan.begin(budget.remaining_s)
    importance = _importance(prepared, choice, plan.importance, spec.seed)
    described = review(prepared, choice, trials, deadline=plan.review, seed=spec.seed)
    members, warnings = fit_members(choice.weighted, training, budget.deadline)
    if not members:
        fallback = [entry for entry in entries if entry.models] or entries
        choice = select_ensemble(fallback, y, metric, settings.until(budget.deadline))
        members, warnings = fit_members(choice.weighted, training, TimePlan.begin(budget.remaining_s).last_resort)
        described = review(prepared, choice, trials, deadline=budget.deadline, seed=spec.seed)
    plan = TimePlan.begin(budget.remaining_s)
    described |= dependence(prepared, choice, importance, deadline=plan.dependence, seed=spec.seed)
    described |= learning_curve_of(prepared, choice, deadline=plan.learning, seed=spec.seed)
    described["about"] |= {"time_budget_s": budget.total_s, "elapsed_s": round(budget.elapsed_s, 1)}
    warnings = [*prepared.warnings, *warnings, *_final_warnings(prepared, choice, importance, spec.max_predict_ms)]
    board = leaderboard(trials, members, metric)
    findings = Findings(reported, baseline(trials, metric), board, importance, warnings)
    return FitResult(_build_model(prepared, choice, members, findings, described), findings)


def _with_further_folds(
    prepared: PreparedData, entries: list[LibraryEntry], settings: SelectionSettings, budget: TimeBudget
) -> tuple[PreparedData, list[LibraryEntry]]:
    """Fit what would be chosen on the folds that trials left out, where there are such, while time allows."""
    training = prepared.training
    if len(training.trial_splits) == len(training.splits):
        return prepared, entries
    plan = TimePlan.begin(budget.reserved_s)
    few = replace(
        settings, max_row_ms=FIRST_ROW_SHARE * settings.max_row_ms, max_members=FIRST_MEMBERS, deadline=plan.select
    )
    first = select_ensemble(entries, training.y[training.validation_rows], prepared.metric, few)
    completing = budget.deadline - budget.reserved_s
    done, training = fit_remaining_folds(first.weighted, training, completing, settings.max_row_ms)
    return (replace(prepared, training=training), done) if done else (prepared, entries)


def _importance(prepared: PreparedData, choice: Ensemble, deadline: float, seed: int) -> list[dict[str, Any]]:
    """Compute the importance on the rows of fold 0, by models that have not seen them."""
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
    if all(entry.trial.is_baseline for entry in choice.entries):
        warnings.append("No model did better than the baseline.")
    cost_ms = sum(entry.trial.row_ms for entry in choice.entries)
    if max_predict_ms is not None and cost_ms > max_predict_ms:
        warnings.append(
            f"The fastest model takes {cost_ms:.1f} ms per row, more than the requested {max_predict_ms:g} ms."
        )
    columns = [column["name"] for column in prepared.preprocessor.input_schema]
    reached = {each["feature"] for each in importance}
    if reached and len(reached) < len(columns):
        warnings.append(f"Importance was measured for {len(reached)} of {plural(len(columns), 'column')}: out of time.")
    return warnings


def _build_model(
    prepared: PreparedData, choice: Ensemble, members: Sequence[Member], findings: Findings, described: dict[str, Any]
) -> Model:
    return Model(
        task=prepared.training.task_spec.task,
        preprocessor=prepared.preprocessor,
        encoder=prepared.encoder,
        members=tuple(members),
        scale=prepared.training.scale,
        labels=prepared.target.labels,
        temperature=choice.temperature,
        class_multipliers=tuple(map(float, choice.class_multipliers)),
        sample=prepared.sample,
        summary=summarize(prepared, findings),
        review=described,
    )
