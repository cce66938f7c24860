"""The loop of a search: propose, run, report, until time, memory, ideas, or the user's patience end."""

from __future__ import annotations

import time
from collections.abc import Sequence

from automl.errors import OutOfTime
from automl.models import get_family
from automl.search.model_library import ModelLibrary
from automl.search.refit_cost import estimate_refit_seconds
from automl.search.run_context import RunContext
from automl.search.training_set import TrainingSet
from automl.search.trial import Trial
from automl.search.trial_runner import run_trial
from automl.search.tuner import Tuner

MODELS_KEPT_WHEN_SHORT = 5
"""Number of trials whose models are kept when memory is short."""
WAIT_S = 0.25
"""Seconds between polls of the other processes while there is nothing to do but wait for them."""
FIRST_S = 1.5
"""Maximum seconds of the first fit, if its family can be cut short: a model is there soon, however large the table."""


def run_search(training: TrainingSet, families: Sequence[str], run: RunContext) -> tuple[ModelLibrary, list[Trial]]:
    """Fill the library and return it with all trials by number; it is never empty where this process leads.

    Args:
        training: what the trials are fitted and scored on.
        families: to choose from, the constant among them.
        run: time, memory, and the other processes.

    Raises:
        OutOfTime: `NO_MODEL`, when not even the constant could be scored.
    """
    loop = _SearchLoop(training, families, run)
    loop.restore(run.history)
    while loop.step():
        pass
    loop.sync(last=True)
    library, trials = loop.library, loop.tuner.trials
    if not run.coordinator.may_end(has_model=bool(library.entries)):
        reasons = "; ".join(trial.reason for trial in trials if trial.reason)
        raise OutOfTime(
            "NO_MODEL", f"No model could be fitted: {reasons or 'nothing was tried'}.", "Use a larger time budget."
        )
    return library, trials


class _SearchLoop:
    def __init__(self, training: TrainingSet, families: Sequence[str], run: RunContext) -> None:
        self._training = training
        self._run = run
        self._can_choose = len(families) > 2
        self.library = ModelLibrary(
            training.metric, training.validation_rows, training.shape, run.folder, training.prediction_dtype
        )
        self.tuner = Tuner(
            families,
            training.task_spec,
            training.metric,
            training.estimate_fit_seconds,
            seed_by_number=run.coordinator.seeds_by_number,
        )

    def restore(self, history: Sequence[Trial]) -> None:
        """Take in the trials of an earlier run."""
        for trial in history:
            self.tuner.tell(trial)
            if trial.state == "complete" and not self.library.restore(trial):
                self._run.callback.log(f"The predictions of {trial.name} are not available: it only guides the search.")

    def sync(self, *, last: bool = False) -> None:
        """Take in what others have done meanwhile."""
        updates = self._run.coordinator.poll(last=last)
        for trial in updates.trials:
            self.tuner.tell(trial)
        fetched = set(updates.fetched)
        for trial in self.tuner.trials if fetched else ():
            if trial.number in fetched:
                self.library.restore(trial)
        if updates.remaining_s is not None:
            self._run.budget.set_remaining(updates.remaining_s)

    def step(self) -> bool:
        """Run the next trial, or wait for others; False when the search is over."""
        self.sync()
        deadline = self._deadline()
        if self._is_over(deadline):
            return False
        trial = self.tuner.ask(deadline - time.monotonic())
        if trial is None:
            if not self._run.coordinator.awaits_others(self.tuner.trials):
                return False
            time.sleep(WAIT_S)
            return True
        if not self._run.coordinator.claim(trial):
            self.tuner.cancel(trial)
            if trial.is_baseline:
                time.sleep(WAIT_S)
            return True
        self._run.callback.trial_started(trial)
        if not self._fits_in_memory(trial) and not trial.is_baseline:
            return self._pass_over(trial)
        self._fit(trial, deadline)
        return True

    @property
    def _is_first(self) -> bool:
        """Whether no model yet knows anything of the table."""
        return all(entry.trial.is_baseline for entry in self.library.entries)

    def _deadline(self) -> float:
        budget = self._run.budget
        if self._is_first:
            return budget.deadline  # a first model that knows something is worth more than what follows it
        # It moves: members restored from predictions alone, and those of a holdout, are fitted again at the end.
        return budget.search_deadline(estimate_refit_seconds(self.library.ranked(), self._training))

    def _is_over(self, deadline: float) -> bool:
        if not self._run.coordinator.may_end(has_model=bool(self.library.entries)):
            return False
        if time.monotonic() >= deadline or self._training.should_stop():
            return True
        if self._run.memory.is_short():
            self._run.callback.log("The search ends early: the memory limit is near.")
            return True
        return False

    def _fits_in_memory(self, trial: Trial) -> bool:
        """Return whether a trial's fits would stay within the limit, if need be with only the best entries' models."""
        needed_bytes = self._training.estimate_memory_bytes(trial.model)
        if not self._run.memory.fits(needed_bytes):
            self.library.drop_models_beyond(MODELS_KEPT_WHEN_SHORT)
        return self._run.memory.fits(needed_bytes)

    def _pass_over(self, trial: Trial) -> bool:
        """Fail a trial that memory does not suffice for; False where one of its family did fit in before."""
        limit = f"{self._run.memory.limit_bytes >> 20} MiB"
        trial.state, trial.reason = "failed", f"{trial.model} needs more memory than is left of {limit}"
        self.tuner.tell(trial)
        self._run.callback.trial_finished(trial)
        if any(other.model == trial.model and other.state == "complete" for other in self.tuner.trials):
            self._run.callback.log("The search ends early: models that fitted before no longer do.")
            return False
        return True

    def _fit(self, trial: Trial, deadline: float) -> None:
        if self._is_first and self._can_choose and get_family(trial.model).anytime:
            deadline = min(deadline, time.monotonic() + FIRST_S)
        expected_s = self.tuner.expected_s(trial.model)
        outcome = run_trial(self._training, trial, deadline, expected_s, self.tuner.should_prune)
        self.tuner.tell(trial)
        if outcome is not None:
            self.library.add(trial, *outcome)
        self._run.callback.trial_finished(trial)
