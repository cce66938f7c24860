"""What follows the search: ensemble, honest score, importance, and the models that are to answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from automl._typing import Array
from automl.ensemble.bagging import fit_members, fit_remaining_folds
from automl.ensemble.greedy import SelectionSettings
from automl.ensemble.left_out import Outcome, left_out_reasons
from automl.ensemble.selection import Ensemble, nested_cv_score, select_ensemble
from automl.fit.prepare import PreparedData
from automl.fit.reference import OutOfFold, out_of_fold_output
from automl.fit.review import dependence, learning_curve_of, out_of_fold_ensemble, review
from automl.fit.summary import Findings, baseline, leaderboard, summarize
from automl.fit.time_plan import TimePlan
from automl.inference.model import Member, Model
from automl.inspection.permutation_importance import permutation_importance
from automl.preprocessing.features import Features
from automl.search.model_library import LibraryEntry, ModelLibrary
from automl.search.row_cost import confirm_row_ms, measure_row_ms
from automl.search.run_context import RunContext
from automl.search.training_set import TrainingSet
from automl.search.trial import Trial
from automl.spec import FitSpec
from automl.time_budget import TimeBudget
from automl.wording import plural

FIRST_ROW_SHARE = 0.6
"""Share of the limit for one row that members fitted on the first folds only take together, if there are several;
further folds' models get the rest."""
FIRST_MEMBERS = 5
"""Maximum members chosen on the rows of the first folds: few enough to be fitted on the others too."""


@dataclass(frozen=True)
class FitResult:
    """Hold the model, ready to predict, and what is to be said about it; the model's summary says it too."""

    model: Model
    findings: Findings
    out_of_fold: OutOfFold


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
    settings, ranked, first = SelectionSettings(max_row_ms=spec.max_row_ms, seed=spec.seed), library.ranked(), prepared
    confirm_row_ms(ranked, prepared.training.table, spec.max_row_ms)
    prepared, entries, hurried = _with_further_folds(prepared, ranked, settings, budget)
    training = prepared.training
    y = training.y[training.validation_rows]
    plan = TimePlan.begin(budget.remaining_s)
    choice = select_ensemble(entries, y, metric, settings.until(plan.select))
    reported = _reported_score(entries, training, settings.until(plan.score))
    run.callback.phase("finishing")
    # Before the last fits: models that have seen a row say nothing about how much a column helps on new ones.
    plan = TimePlan.begin(budget.remaining_s)
    importance = _importance(prepared, choice, plan.importance, spec.seed)
    described = review(prepared, choice, trials, deadline=plan.review, seed=spec.seed)
    names = {entry.trial.name for entry in choice.entries}
    members, warnings = fit_members(choice.weighted, training, budget.deadline)
    if len(members) < len(choice.entries):
        # What is said must be of the members there are.
        last = settings.until(budget.deadline)
        if members:
            choice = choice.only({member.name for member in members})
        else:
            choice = select_ensemble([entry for entry in entries if entry.models] or entries, y, metric, last)
            members, warnings = fit_members(choice.weighted, training, TimePlan.begin(budget.remaining_s).last_resort)
        reported = _reported_score(choice.entries, training, last)
        described = review(prepared, choice, trials, deadline=budget.deadline, seed=spec.seed)
    row_ms, y = _member_row_ms(members, training), first.training.y[first.training.validation_rows]
    outcome = Outcome(ranked, y, frozenset(hurried | names), members, sum(row_ms.values()), spec.max_row_ms)
    board = leaderboard(trials, members, metric, row_ms, left_out_reasons(trials, outcome, metric))
    plan = TimePlan.begin(budget.remaining_s)
    described |= dependence(prepared, choice, importance, deadline=plan.dependence, seed=spec.seed)
    described |= learning_curve_of(prepared, choice, deadline=plan.learning, seed=spec.seed)
    described["about"] |= {"time_budget_s": budget.total_s, "elapsed_s": round(budget.elapsed_s, 1)}
    warnings = [*prepared.warnings, *warnings, *_final_warnings(prepared, choice, importance, row_ms, spec)]
    findings = Findings(reported, baseline(trials, metric), board, importance, warnings)
    model = _build_model(prepared, choice, members, findings, described, spec)
    return FitResult(model, findings, out_of_fold_output(training, choice))


def _reported_score(entries: list[LibraryEntry], training: TrainingSet, settings: SelectionSettings) -> dict[str, Any]:
    rows = training.validation_rows
    groups = None if training.groups is None else training.groups[rows]
    return nested_cv_score(entries, training.y[rows], training.metric, training.validation, settings, groups=groups)


def _with_further_folds(
    prepared: PreparedData, entries: list[LibraryEntry], settings: SelectionSettings, budget: TimeBudget
) -> tuple[PreparedData, list[LibraryEntry], set[str]]:
    """Fit what would be chosen on the folds that trials left out, where there are such, while time allows.

    Returns:
        The table with the folds that are used, the entries to choose from, and the names of those chosen for it for
        which there was no time.
    """
    training = prepared.training
    if len(training.trial_splits) == len(training.splits):
        return prepared, entries, set()
    plan = TimePlan.begin(budget.reserved_s)
    few = replace(settings, together_share=FIRST_ROW_SHARE, max_members=FIRST_MEMBERS, deadline=plan.select)
    first = select_ensemble(entries, training.y[training.validation_rows], prepared.metric, few)
    completing = budget.deadline - budget.reserved_s
    done, training = fit_remaining_folds(first.weighted, training, completing, settings.max_row_ms)
    if not done:
        return prepared, entries, set()
    left = {entry.trial.name for entry in first.entries} - {entry.trial.name for entry in done}
    return replace(prepared, training=training), done, left


def _member_row_ms(members: Sequence[Member], training: TrainingSet) -> dict[str, float]:
    """Measure what one row takes each member, by name."""
    return {member.name: measure_row_ms(member.family, member.models, training.table) for member in members}


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
    prepared: PreparedData,
    choice: Ensemble,
    importance: Sequence[dict[str, Any]],
    row_ms: Mapping[str, float],
    spec: FitSpec,
) -> list[str]:
    warnings = []
    if all(entry.trial.is_baseline for entry in choice.entries):
        warnings.append("No model did better than the baseline.")
    if len(row_ms) == 1 and sum(row_ms.values()) > spec.max_row_ms:
        [cost_ms] = row_ms.values()
        warnings.append(
            f"The fastest model takes {cost_ms:.1f} ms per row, more than the limit of {spec.max_row_ms:g} ms."
        )
    columns = [column["name"] for column in prepared.preprocessor.input_schema]
    reached = {each["feature"] for each in importance}
    if reached and len(reached) < len(columns):
        warnings.append(f"Importance was measured for {len(reached)} of {plural(len(columns), 'column')}: out of time.")
    return warnings


def _build_model(
    prepared: PreparedData,
    choice: Ensemble,
    members: Sequence[Member],
    findings: Findings,
    described: dict[str, Any],
    spec: FitSpec,
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
        summary=summarize(prepared, findings, spec),
        review=described,
    )
