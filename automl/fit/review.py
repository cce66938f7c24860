"""The review of a finished search: what its report is made of, as JSON values."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import numpy as np

from automl._typing import Array
from automl.ensemble.selection import Ensemble
from automl.evaluation import evaluate
from automl.evaluation.bootstrap import report_standard_error
from automl.evaluation.ensemble_gain import ensemble_gain
from automl.evaluation.learning_curve import COST_MARGIN, MIN_ROWS, ScoreWithError, learning_curve
from automl.evaluation.to_json import to_json
from automl.fit.prepare import PreparedData
from automl.inspection.partial_dependence import MAX_COLUMNS, partial_dependence
from automl.models import get_family
from automl.models.base import FittedModel
from automl.preprocessing.features import Features
from automl.search.studies import parameter_importance, space_to_json
from automl.search.trial import Trial

MIN_WEIGHT = 0.1
"""Minimum weight of a member whose learning curve is drawn."""
HALF = 0.5 * COST_MARGIN
"""Share of the seconds of a fit on all rows that a curve needs at least: it has a fit on half of them."""
TIME_WAS_UP = "The time budget was used up."
RESTORED = "The models were restored from an earlier attempt, so there are no unseen rows."
LIBRARIES = ("numpy", "scikit-learn", "optuna")
TRIAL_MEMBERS = (
    *("number", "model", "params", "state", "score", "fold_scores", "folds"),
    *("truncated_folds", "fit_s", "started_at", "reason"),
)


@dataclass(frozen=True)
class OutOfFoldEnsemble:
    """The ensemble as it answers rows that its models have not seen: by the models of fold 0, on what that validates.

    Attributes:
        choice: the members whose models are at hand.
        output: probabilities (n, k) or values (n,) for cleaned rows.
        rows: of the training table.
    """

    choice: Ensemble
    output: Callable[[Features], Array]
    rows: Array


def out_of_fold_ensemble(prepared: PreparedData, choice: Ensemble) -> OutOfFoldEnsemble | None:
    """Return the ensemble on the rows of fold 0; None where no member has a model."""
    training = prepared.training
    present = [(entry, weight) for entry, weight in choice.weighted if entry.models]
    if not present:
        return None
    weights = np.array([weight for _, weight in present])
    known = Ensemble(
        [entry for entry, _ in present], weights / weights.sum(), choice.temperature, choice.class_multipliers
    )

    def output(features: Features) -> Array:
        table = prepared.encoder.encode(features)
        return known.output([training.predict(entry.models[0], table) for entry in known.entries])

    return OutOfFoldEnsemble(known, output, training.splits[0][1])


def review(
    prepared: PreparedData,
    choice: Ensemble,
    trials: Sequence[Trial],
    *,
    deadline: float,
    seed: int,
) -> dict[str, Any]:
    """Return `{about, greater_is_better, evaluation, gain, trials, spaces, parameters}`; see also `dependence`.

    Args:
        prepared: the table.
        choice: the ensemble; its entries' predictions are of `prepared.training.validation_rows`.
        trials: of the search.
        deadline: `time.monotonic()`; the evaluation is made in any case, the rest as far as time goes.
        seed: of samples.
    """
    training, metric = prepared.training, prepared.metric
    y = training.y[training.validation_rows]
    output = choice.output([entry.predictions for entry in choice.entries])
    is_regression = training.task_spec.task == "regression"
    found: dict[str, Any] = {
        "greater_is_better": metric.greater_is_better,
        "trials": [_trial_record(trial) for trial in trials],
        "evaluation": evaluate(
            y,
            output,
            task=training.task_spec.task,
            metric=metric.name,
            classes=prepared.target.classes,
            chosen=None if is_regression else (output * choice.class_multipliers).argmax(axis=1),
            threshold=float(choice.class_multipliers[0] / choice.class_multipliers.sum())
            if len(choice.class_multipliers) == 2
            else None,
            rows=prepared.index[training.validation_rows],
            seed=seed,
        ),
        "spaces": _spaces(prepared, trials),
        "parameters": _parameters(prepared, trials),
        "gain": _gain(prepared, choice, y, deadline),
    }
    found["about"] = {
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "rows": len(training.y),
        "columns": len(prepared.preprocessor.input_schema),
        "validation": training.validation,
        "seed": seed,
        "trials": len(trials),
        "versions": {name: version(name) for name in LIBRARIES},
    }
    return dict(to_json(found))


def dependence(
    prepared: PreparedData, choice: Ensemble, importance: Sequence[dict[str, Any]], *, deadline: float, seed: int
) -> dict[str, Any]:
    """Compute the partial dependence on the columns that matter, as far as time goes.

    Args:
        prepared: the table.
        choice: the ensemble.
        importance: of the columns, greatest first.
        deadline: `time.monotonic()`.
        seed: of the sample of rows.

    Returns:
        `{dependence}`; and `{no_dependence}`, the reason, where some or all columns are left out.
    """
    ensemble = out_of_fold_ensemble(prepared, choice)
    if ensemble is None:
        return {"no_dependence": RESTORED}
    columns = [each["feature"] for each in importance if each["importance"] > 0]
    if not columns:
        return {"no_dependence": "No single column has measurable importance." if importance else TIME_WAS_UP}
    answers = prepared.target.classes or (prepared.preprocessor.target,)
    features = prepared.features.take(ensemble.rows)
    found = partial_dependence(
        ensemble.output, prepared.preprocessor, features, columns, answers, deadline=deadline, seed=seed
    )
    result: dict[str, Any] = {"dependence": found} if found else {}
    if time.monotonic() >= deadline and len(found) < min(MAX_COLUMNS, len(columns)):
        result["no_dependence"] = TIME_WAS_UP
    elif not found:
        result["no_dependence"] = "The important columns are free text."
    return result


def learning_curve_of(prepared: PreparedData, choice: Ensemble, *, deadline: float, seed: int) -> dict[str, Any]:
    """Compute the learning curve of a strong, cheap member on parts of fold 0.

    Args:
        prepared: the table.
        choice: the ensemble.
        deadline: `time.monotonic()`.
        seed: of the order in which rows are added.

    Returns:
        `{learner, learning}`, the member's name and the curve; `{no_learning}`, the reason, where there is none.
    """
    strong = [entry for entry, weight in choice.weighted if weight >= MIN_WEIGHT and entry.models]
    cheapest = min((e for e in strong if not e.trial.is_baseline), key=lambda e: _fold_s(e.trial), default=None)
    if cheapest is None:
        return {"no_learning": RESTORED if not strong else "No model is better than the baseline."}
    training, trial = prepared.training, cheapest.trial
    if time.monotonic() + HALF * _fold_s(trial) > deadline:
        return {"no_learning": TIME_WAS_UP}
    effort = cheapest.models[0].effort
    whole = training.fit_data(0, deadline, lambda: False, effort)
    if len(whole.train) < 2 * MIN_ROWS:
        return {"no_learning": "There are too few rows."}
    rows = training.splits[0][1]
    order = np.random.default_rng(seed).permutation(len(whole.train))

    def scored(model: FittedModel) -> ScoreWithError:
        assert whole.valid is not None
        y, answer = training.y[rows], training.predict(model, whole.valid)
        k = training.task_spec.n_classes
        error = report_standard_error(prepared.metric, y, answer, n_outputs=k, seed=seed)
        return float(prepared.metric.score(y, answer)), error

    def fit_and_score(size: int) -> ScoreWithError | None:
        part = order[:size]
        fold = replace(whole, train=whole.train.take(part), y=whole.y[part])
        model = get_family(trial.model).fit(trial.params, training.task_spec, fold)
        return None if model.is_truncated else scored(model)

    try:
        curve = learning_curve(
            scored(cheapest.models[0]), fit_and_score, len(whole.train), fit_s=_fold_s(trial), deadline=deadline
        )
    except Exception as error:  # Whatever a library throws on a few rows: the model itself is made.
        return {"no_learning": f"{trial.name} could not be fitted on fewer rows: {error}"}
    return {"learner": trial.name, "learning": curve} if len(curve) > 1 else {"no_learning": TIME_WAS_UP}


def _fold_s(trial: Trial) -> float:
    return trial.fit_s / max(trial.folds, 1)


def _trial_record(trial: Trial) -> dict[str, Any]:
    return {name: getattr(trial, name) for name in TRIAL_MEMBERS}


def _spaces(prepared: PreparedData, trials: Sequence[Trial]) -> dict[str, Any]:
    """Return the search space of each family that was tried and has something to search."""
    spaces = {name: get_family(name).search_space(prepared.training.task_spec) for name in {t.model for t in trials}}
    return {name: space_to_json(space) for name, space in sorted(spaces.items()) if space}


def _parameters(prepared: PreparedData, trials: Sequence[Trial]) -> dict[str, Any] | None:
    """Return the importance of the parameters of the family that did best."""
    problem, greater = prepared.training.task_spec, prepared.metric.greater_is_better
    scored = [trial for trial in trials if trial.state == "complete" and trial.score is not None]
    best = max(scored, key=lambda trial: (trial.score or 0.0) * (1 if greater else -1), default=None)
    if best is None:
        return None
    space = get_family(best.model).search_space(problem)
    found = parameter_importance(trials, best.model, space, greater_is_better=greater)
    return {"model": best.model, "importance": found}


def _gain(prepared: PreparedData, choice: Ensemble, y: Array, deadline: float) -> list[dict[str, Any]]:
    def score(weights: Array) -> float:
        part = Ensemble(choice.entries, weights, choice.temperature, choice.class_multipliers)
        output = part.output([entry.predictions for entry in choice.entries])
        return float(prepared.metric.score(y, part.for_metric(output, prepared.metric)))

    trials = [entry.trial for entry in choice.entries]
    names, row_ms = [trial.name for trial in trials], [trial.row_ms for trial in trials]
    return ensemble_gain(names, choice.weights, row_ms, score, deadline=deadline)
