"""The search's history through Optuna's eyes: a family's trials as a study, and which parameters mattered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from automl.candidates.base import Space
from automl.trial import Trial

if TYPE_CHECKING:
    import optuna

LEAST_TRIALS = 8
"""With fewer, importance is guesswork."""


def study_of(trials: Sequence[Trial], family: str, space: Space, *, greater_is_better: bool) -> optuna.Study:
    """The family's complete trials as an Optuna study, for its plots and whatever else works on studies.

    Args:
        trials: of a search, those of other families among them.
        family: whose trials to take.
        space: its search space; trials outside (restored from another version) are left out.
        greater_is_better: of the metric that was optimised.
    """
    import optuna

    study = optuna.create_study(direction="maximize" if greater_is_better else "minimize", study_name=family)
    for trial in trials:
        if trial.model == family and trial.state == "complete" and trial.score is not None and _fits(trial, space):
            frozen = optuna.trial.create_trial(value=trial.score, params=trial.params, distributions=space)
            study.add_trial(frozen)
    return study


def parameter_importance(
    trials: Sequence[Trial], family: str, space: Space, *, greater_is_better: bool
) -> dict[str, float]:
    """Share of each parameter in what made trials good (PED-ANOVA, Watanabe et al. 2023), greatest first; empty with
    fewer than 8 complete trials, or where nothing varied."""
    from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

    study = study_of(trials, family, space, greater_is_better=greater_is_better)
    if len(study.trials) < LEAST_TRIALS or len({trial.value for trial in study.trials}) < 2:
        return {}
    found = get_param_importances(study, evaluator=PedAnovaImportanceEvaluator())
    return {name: float(share) for name, share in found.items()}


def _fits(trial: Trial, space: Space) -> bool:
    return trial.params.keys() == space.keys() and all(
        each._contains(each.to_internal_repr(trial.params[name])) for name, each in space.items()
    )
