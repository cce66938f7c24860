"""The loop of a search: propose, run, report, until time, memory, ideas, or the user's patience end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from automl.ensemble.bagging import expected_finish_s
from automl.errors import OutOfTime
from automl.memory import Memory
from automl.models import candidate
from automl.search.callbacks import Listener
from automl.search.coordination import Alone, Peers
from automl.search.model_library import Pool
from automl.search.training_set import Training
from automl.search.trial import Trial
from automl.search.trial_runner import run_trial
from automl.search.tuner import Search
from automl.time_budget import Budget

FEW_WITH_MODELS = 5
"""Trials whose models are kept when memory is short."""
WAIT_S = 0.25
"""Between looks at what others do, while there is nothing to do but wait for it."""
FIRST_S = 1.5
"""The first model that knows something is there soon, however large the table, if its family can be cut short."""


def run_search(
    training: Training,
    families: Sequence[str],
    budget: Budget,
    memory: Memory,
    listener: Listener,
    history: Sequence[Trial],
    folder: Path | None,
    peers: Peers | None = None,
) -> tuple[Pool, list[Trial]]:
    """The pool of what was fitted and all trials by number. The pool is never empty where this process leads.

    Args:
        training: what the trials are fitted and scored on.
        families: to choose from, the constant among them.
        budget: of the whole run; the search leaves enough of it for what follows.
        memory: ends the search when it is short.
        listener: told of every trial; may end the search.
        history: trials of an earlier run, to continue after.
        folder: of the trials' predictions, or None.
        peers: who else searches; None is nobody.

    Raises:
        OutOfTime: `NO_MODEL`, when not even the constant could be scored.
    """
    peers = peers or Alone()
    search = Search(families, training.problem, training.metric, training.projected_s, shared=peers.shared)
    pool = Pool(training.metric, training.validated, training.shape, folder)
    for trial in history:
        search.report(trial)
        if trial.state == "complete" and not pool.restore(trial):
            listener.log(f"The predictions of {trial.name} are not at hand: it guides the search only.")
    while True:
        _read_on(search, pool, budget, peers)
        # It moves: members restored from predictions alone, and those of a holdout, are fitted again at the end.
        deadline = budget.search_deadline(expected_finish_s(pool.ranked(), training))
        is_first = all(entry.trial.model == "constant" for entry in pool.entries)
        if is_first:
            deadline = budget.deadline  # a first model that knows something is worth more than what follows it
        enough = pool.entries or not peers.leads
        if enough and (time.monotonic() >= deadline or training.should_stop()):
            break
        if enough and memory.is_short():
            listener.log("The search ends early: the memory limit is near.")
            break
        proposed = search.propose(deadline - time.monotonic())
        if proposed is None:
            if not (peers.shared and peers.leads and any(trial.state == "running" for trial in search.trials)):
                break
            time.sleep(WAIT_S)
            continue
        # The baseline is its leader's to run: a search that has lost it has no result.
        if (proposed.model == "constant" and not peers.leads) or not peers.reserve(proposed):
            search.retract(proposed)
            if proposed.model == "constant":
                time.sleep(WAIT_S)
            continue
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
        if is_first and candidate(proposed.model).anytime and len(families) > 2:
            deadline = min(deadline, time.monotonic() + FIRST_S)
        outcome = run_trial(training, proposed, deadline, search.expected_s(proposed.model), search.is_far_behind)
        search.report(proposed)
        if outcome is not None:
            pool.add(proposed, *outcome)
        listener.trial_finished(proposed)
    _read_on(search, pool, budget, peers, last=True)
    if not pool.entries and peers.leads:
        reasons = "; ".join(trial.reason for trial in search.trials if trial.reason)
        raise OutOfTime("NO_MODEL", f"No model could be fitted: {reasons or 'nothing was tried'}.", "Give more time.")
    return pool, search.trials


def _read_on(search: Search, pool: Pool, budget: Budget, peers: Peers, *, last: bool = False) -> None:
    """Take in what others have done meanwhile."""
    news = peers.news(last=last)
    for trial in news.trials:
        search.report(trial)
    at_hand = set(news.at_hand)
    for trial in search.trials if at_hand else ():
        if trial.number in at_hand:
            pool.restore(trial)
    if news.left_s is not None:
        budget.set_left(news.left_s)


def _has_room(memory: Memory, needed_bytes: int, pool: Pool) -> bool:
    """Whether a trial's fits would stay within the limit, if need be without the models of all but the best."""
    if not memory.fits(needed_bytes):
        pool.keep_models(FEW_WITH_MODELS)
    return memory.fits(needed_bytes)
