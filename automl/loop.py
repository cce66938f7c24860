"""The loop of a search: propose, run, report, until time, memory, ideas, or the user's patience end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from automl.budget import Budget
from automl.errors import OutOfTime
from automl.fitting import Training
from automl.listener import Listener
from automl.memory import Memory
from automl.pool import Pool
from automl.search import Search
from automl.selection import expected_refit_s
from automl.trial import Trial


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
    search = Search(families, training.problem, training.metric)
    pool = Pool(training.metric, training.validated, training.shape, folder)
    for trial in history:
        search.report(trial)
        if trial.state == "complete" and not pool.restore(trial):
            listener.log(f"The predictions of {trial.name} are not at hand: it guides the search only.")
    while True:
        # It moves: members restored from predictions alone, and those of a holdout, are fitted again at the end.
        deadline = budget.search_deadline(expected_refit_s(pool.ranked()))
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
        outcome = training.run(proposed, deadline, search.expected_s(proposed.model), search.is_far_behind)
        search.report(proposed)
        if outcome is not None:
            pool.add(proposed, *outcome)
        listener.trial_finished(proposed)
    if not pool.entries:
        reasons = "; ".join(trial.reason for trial in search.trials if trial.reason)
        raise OutOfTime("NO_MODEL", f"No model could be fitted: {reasons or 'nothing was tried'}.", "Give more time.")
    return pool, search.trials
