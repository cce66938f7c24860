"""The loop of a search: propose, run, report, until time, memory, ideas, or the user's patience end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

from automl.errors import OutOfTime
from automl.models import get_family
from automl.resources import Memory
from automl.search.callbacks import Callback
from automl.search.coordination import Coordinator, SingleProcess
from automl.search.model_library import ModelLibrary
from automl.search.refit_cost import estimate_refit_seconds
from automl.search.training_set import TrainingSet
from automl.search.trial import Trial
from automl.search.trial_runner import run_trial
from automl.search.tuner import Tuner
from automl.time_budget import TimeBudget

MODELS_KEPT_WHEN_SHORT = 5
"""Trials whose models are kept when memory is short."""
WAIT_S = 0.25
"""Between looks at what others do, while there is nothing to do but wait for it."""
FIRST_S = 1.5
"""The first model that knows something is there soon, however large the table, if its family can be cut short."""


def run_search(
    training: TrainingSet,
    families: Sequence[str],
    budget: TimeBudget,
    memory: Memory,
    listener: Callback,
    history: Sequence[Trial],
    folder: Path | None,
    peers: Coordinator | None = None,
) -> tuple[ModelLibrary, list[Trial]]:
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
    peers = peers or SingleProcess()
    search = Tuner(families, training.task_spec, training.metric, training.estimate_fit_seconds, shared=peers.shared)
    pool = ModelLibrary(training.metric, training.validation_rows, training.shape, folder)
    for trial in history:
        search.tell(trial)
        if trial.state == "complete" and not pool.restore(trial):
            listener.log(f"The predictions of {trial.name} are not at hand: it guides the search only.")
    while True:
        _sync_with_peers(search, pool, budget, peers)
        # It moves: members restored from predictions alone, and those of a holdout, are fitted again at the end.
        deadline = budget.search_deadline(estimate_refit_seconds(pool.ranked(), training))
        is_first = all(entry.trial.model == "constant" for entry in pool.entries)
        if is_first:
            deadline = budget.deadline  # a first model that knows something is worth more than what follows it
        enough = pool.entries or not peers.is_leader
        if enough and (time.monotonic() >= deadline or training.should_stop()):
            break
        if enough and memory.is_short():
            listener.log("The search ends early: the memory limit is near.")
            break
        proposed = search.ask(deadline - time.monotonic())
        if proposed is None:
            if not (peers.shared and peers.is_leader and any(trial.state == "running" for trial in search.trials)):
                break
            time.sleep(WAIT_S)
            continue
        # The baseline is its leader's to run: a search that has lost it has no result.
        if (proposed.model == "constant" and not peers.is_leader) or not peers.claim_number(proposed):
            search.cancel(proposed)
            if proposed.model == "constant":
                time.sleep(WAIT_S)
            continue
        listener.trial_started(proposed)
        if (
            not _fits_in_memory(memory, training.estimate_memory_bytes(proposed.model), pool)
            and proposed.model != "constant"
        ):
            proposed.state = "failed"
            proposed.reason = f"{proposed.model} needs more memory than is left of {memory.limit_bytes >> 20} MiB"
            search.tell(proposed)
            listener.trial_finished(proposed)
            if any(trial.model == proposed.model and trial.state == "complete" for trial in search.trials):
                listener.log("The search ends early: what fitted before does so no longer.")
                break
            continue
        if is_first and get_family(proposed.model).anytime and len(families) > 2:
            deadline = min(deadline, time.monotonic() + FIRST_S)
        outcome = run_trial(training, proposed, deadline, search.expected_s(proposed.model), search.should_prune)
        search.tell(proposed)
        if outcome is not None:
            pool.add(proposed, *outcome)
        listener.trial_finished(proposed)
    _sync_with_peers(search, pool, budget, peers, last=True)
    if not pool.entries and peers.is_leader:
        reasons = "; ".join(trial.reason for trial in search.trials if trial.reason)
        raise OutOfTime("NO_MODEL", f"No model could be fitted: {reasons or 'nothing was tried'}.", "Give more time.")
    return pool, search.trials


def _sync_with_peers(
    search: Tuner, pool: ModelLibrary, budget: TimeBudget, peers: Coordinator, *, last: bool = False
) -> None:
    """Take in what others have done meanwhile."""
    news = peers.poll(last=last)
    for trial in news.trials:
        search.tell(trial)
    at_hand = set(news.fetched)
    for trial in search.trials if at_hand else ():
        if trial.number in at_hand:
            pool.restore(trial)
    if news.remaining_s is not None:
        budget.set_remaining(news.remaining_s)


def _fits_in_memory(memory: Memory, needed_bytes: int, pool: ModelLibrary) -> bool:
    """Whether a trial's fits would stay within the limit, if need be without the models of all but the best."""
    if not memory.fits(needed_bytes):
        pool.drop_models_beyond(MODELS_KEPT_WHEN_SHORT)
    return memory.fits(needed_bytes)
