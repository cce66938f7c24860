"""What is tried first: good defaults of every family, the cheap and strong ones before the others.

The lowest `portfolio_ranks` give a valid model within seconds, whatever the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from automl.errors import SpecError
from automl.models import available_families, get_family
from automl.models.base import Params, TaskSpec
from automl.search.training_set import TrainingSet
from automl.search.trial import Trial
from vocabulary import BASELINE

FAMILY_SHARE = 0.1
"""Maximum share of the budget that a family's first fit may take; slower families run only when named explicitly."""
JOINT_FAMILY_SHARE = 0.25
"""The same share for a family that fits its folds together, and its schedule into the available time: its estimate is
the least that it needs."""


def select_families(models: Sequence[str] | None, training: TrainingSet, budget_s: float) -> list[str]:
    """Select the families of a search; the constant is always the first.

    Raises:
        SpecError: `UNKNOWN_MODEL`, `NO_MODELS`, or `MODELS_DO_NOT_SUIT` when none of the named ones can use the table.
    """
    if models is not None:
        check_families(models)
    problem, table = training.task_spec, training.table
    requested = available_families() if models is None else list(dict.fromkeys(models))
    suiting = [name for name in requested if get_family(name).supports(problem, table)]
    if models is None:
        suiting = [name for name in suiting if _is_affordable(name, training, budget_s)] or ["linear"]
    if not suiting:
        raise models_do_not_suit(requested)
    return [BASELINE, *suiting]


def check_families(models: Sequence[str]) -> None:
    """Check the names of families.

    Raises:
        SpecError: `UNKNOWN_MODEL` or `NO_MODELS`.
    """
    if not models:
        raise SpecError(
            "NO_MODELS", "The list of models is empty.", f"Name some of {available_families()}, or leave it out."
        )
    if unknown := [name for name in models if name not in available_families()]:
        raise SpecError(
            "UNKNOWN_MODEL", f"There is no model family {unknown[0]!r}.", f"Use some of {available_families()}."
        )


def models_do_not_suit(models: Sequence[str]) -> SpecError:
    """Make the error for families none of which can use the table."""
    return SpecError(
        "MODELS_DO_NOT_SUIT",
        f"None of {list(models)} can use this dataset: text needs a text column, neighbours a small dataset.",
        "Allow other model families too.",
    )


def _is_affordable(name: str, training: TrainingSet, budget_s: float) -> bool:
    if get_family(name).fits_folds_jointly:
        return training.estimate_fit_seconds(name) <= JOINT_FAMILY_SHARE * budget_s
    table = training.table
    fit_s = get_family(name).estimate_fit_seconds(training.task_spec, len(table), table.n_columns)
    return fit_s <= FAMILY_SHARE * budget_s


def portfolio_trials(names: Sequence[str], problem: TaskSpec) -> list[tuple[str, Params]]:
    """List (family, parameters) in the order in which they are to be tried."""
    ranked = sorted((rank, name, i) for name in names for i, rank in enumerate(get_family(name).portfolio_ranks))
    return [(name, get_family(name).defaults(problem)[i]) for _, name, i in ranked]


def resolve_crosses(name: str, params: Params, trials: Iterable[Trial], sign: float) -> Params:
    """Return the parameters of one of the first trials, by the facts known of the table already.

    Whether made columns help is found out by a pair of trials that differ in nothing else, and then holds for all
    boosters: they help on most tables, but not on all. A fit that was cut short is compared with its like alone.

    Args:
        name: the family.
        params: one of its defaults.
        trials: so far.
        sign: 1 where more is better, -1 where less is.
    """
    if not get_family(name).shares_crosses or "crosses" not in params:
        return params
    scores: dict[str, dict[bool, float]] = {}
    for trial in trials:
        if trial.state == "complete" and trial.score is not None and get_family(trial.model).shares_crosses:
            others = {key: value for key, value in trial.params.items() if key != "crosses"}
            alike = f"{trial.model} {others} {trial.is_truncated}"
            scores.setdefault(alike, {})[trial.params["crosses"]] = sign * trial.score
    pair = next((each for each in scores.values() if len(each) == 2), None)
    return params if pair is None else {**params, "crosses": pair[True] > pair[False]}
