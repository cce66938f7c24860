"""The loop of a search: propose, run, report, until time, memory, ideas, or the user's patience end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from automl.bagging import expected_finish_s
from automl.budget import Budget
from automl.errors import OutOfTime
from automl.fitting import Training
from automl.listener import Listener
from automl.memory import Memory
from automl.pool import Pool
from automl.running import run_trial
from automl.search import Search
from automl.trial import Trial

FEW_WITH_MODELS = 5
"""Trials whose models are kept when memory is short."""


def run_search(
    training: Training,
    families: Sequence[str],
    budget: Budget,
    memory: Memory,
    listener: Listener,
    history: Sequence[Trial],
    folder: Path | None,
) -> tuple[Pool, list[Trial]]:
    """The pool of what was fitted, never empty, and all trials by number.

    Args:
        training: what the trials are fitted and scored on.
        families: to choose from, the constant among them.
        budget: of the whole run; the search leaves enough of it for what follows.
        memory: ends the search when it is short.
        listener: told of every trial; may end the search.
        history: trials of an earlier run, to continue after.
        folder: of the trials' predictions, or None.

    Raises:
        OutOfTime: `NO_MODEL`, when not even the constant could be scored.
    """
    search = Search(families, training.problem, training.metric, training.projected_s)
    pool = Pool(training.metric, training.validated, training.shape, folder)
    for trial in history:
        search.report(trial)
        if trial.state == "complete" and not pool.restore(trial):
            listener.log(f"The predictions of {trial.name} are not at hand: it guides the search only.")
    while True:
        # It moves: members restored from predictions alone, and those of a holdout, are fitted again at the end.
        deadline = budget.search_deadline(expected_finish_s(pool.ranked(), training))
        if all(entry.trial.model == "constant" for entry in pool.entries):
            deadline = budget.deadline  # a first model that knows something is worth more than what follows it
        if pool.entries and (time.monotonic() >= deadline or training.should_stop()):
            break
        if pool.entries and memory.is_short():
            listener.log("The search ends early: the memory limit is near.")
            break
        proposed = search.propose(deadline - time.monotonic())
        if proposed is None:
            break
        listener.trial_started(proposed)
        if not _has_room(memory, training.needed_bytes(proposed.model), pool) and proposed.model != "constant":
            proposed.state = "failed"
            proposed.reason = f"{proposed.model} needs more memory than is left of {memory.limit_bytes >> 20} MiB"
            search.report(proposed)
            listener.trial_finished(proposed)
            if any(trial.model == proposed.model and trial.state == "complete" for trial in search.trials):
                listener.log("The search ends early: what fitted before does so no longer.")
                break
            continue
        outcome = run_trial(training, proposed, deadline, search.expected_s(proposed.model), search.is_far_behind)
        search.report(proposed)
        if outcome is not None:
            pool.add(proposed, *outcome)
        listener.trial_finished(proposed)
    if not pool.entries:
        reasons = "; ".join(trial.reason for trial in search.trials if trial.reason)
        raise OutOfTime("NO_MODEL", f"No model could be fitted: {reasons or 'nothing was tried'}.", "Give more time.")
    return pool, search.trials


def _has_room(memory: Memory, needed_bytes: int, pool: Pool) -> bool:
    """Whether a trial's fits would stay within the limit, if need be without the models of all but the best."""
    if not memory.fits(needed_bytes):
        pool.keep_models(FEW_WITH_MODELS)
    return memory.fits(needed_bytes)
