"""The search's history through Optuna's eyes: a family's trials as a study, and which parameters mattered."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from automl.models.base import Space
from automl.search.trial import Trial

if TYPE_CHECKING:
    import optuna

MIN_TRIALS = 8
"""Minimum complete trials for importance: with fewer it is guesswork."""


def study_of(trials: Sequence[Trial], family: str, space: Space, *, greater_is_better: bool) -> optuna.Study:
    """Return the family's complete trials as an Optuna study, for its plots and all else that works on studies.

    Args:
        trials: of a search, those of other families among them.
        family: whose trials to take.
        space: its search space; trials outside (restored from another version) are left out.
        greater_is_better: of the metric that was optimised.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(direction="maximize" if greater_is_better else "minimize", study_name=family)
    for trial in trials:
        if trial.model == family and trial.state == "complete" and trial.score is not None and _fits(trial, space):
            frozen = optuna.trial.create_trial(value=trial.score, params=trial.params, distributions=space)
            study.add_trial(frozen)
    return study


def space_to_json(space: Space) -> dict[str, Any]:
    """Return a search space as JSON values, each parameter as Optuna writes it."""
    from optuna.distributions import distribution_to_json

    return {name: json.loads(distribution_to_json(each)) for name, each in space.items()}


def studies_of(review: Mapping[str, Any]) -> list[optuna.Study]:
    """Return the studies of a model's review, one a family with complete trials, that of the best trial first.

    Args:
        review: of a model; one of an earlier version of the engine may know no parameters: then there are none.
    """
    from optuna.distributions import json_to_distribution

    greater = bool(review.get("greater_is_better", True))
    trials = [Trial.from_json(each) for each in review.get("trials", ()) if "params" in each]
    studies = []
    for family, space in review.get("spaces", {}).items():
        known = {name: json_to_distribution(json.dumps(each)) for name, each in space.items()}
        study = study_of(trials, family, known, greater_is_better=greater)
        if study.trials:
            studies.append(study)
    return sorted(studies, key=lambda study: study.best_value, reverse=greater)


def parameter_importance(
    trials: Sequence[Trial], family: str, space: Space, *, greater_is_better: bool
) -> dict[str, float]:
    """Compute each parameter's share in what made trials good (PED-ANOVA, Watanabe et al. 2023), greatest first.

    The result is empty with fewer than 8 complete trials, or where nothing varied.
    """
    from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

    study = study_of(trials, family, space, greater_is_better=greater_is_better)
    if len(study.trials) < MIN_TRIALS or len({trial.value for trial in study.trials}) < 2:
        return {}
    found = get_param_importances(study, evaluator=PedAnovaImportanceEvaluator())
    return {name: float(share) for name, share in found.items()}


def _fits(trial: Trial, space: Space) -> bool:
    return trial.params.keys() == space.keys() and all(
        each._contains(each.to_internal_repr(trial.params[name])) for name, each in space.items()
    )
