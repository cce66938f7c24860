"""The search of a training, in the parent: which trials it has, and where they are kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from core.domain.records import Json
from core.domain.trainings import Job, TrialRow
from core.errors import LeaseLost
from core.jobs.train_task import trials_prefix
from core.storage import rows
from worker.errors import TaskFailed
from worker.messages.from_child import TrialFinished, TrialStarted
from worker.messages.to_child import TrainRequest
from worker.supervisor import TaskSupervisor
from worker.tasks.requests import remaining_s
from worker.tasks.training.record import TrainingRecord
from worker.tasks.training.trial_log import TrialLog

Handlers = Mapping[type[Any], Callable[[Any], None]]


class Search(Protocol):
    """The interface of a search that a training needs."""

    def begin(self, request: TrainRequest) -> TrainRequest:
        """Return the request with the trials of earlier attempts."""
        ...

    def handlers(self) -> Handlers:
        """Return the handler of each message of the search, by its type."""
        ...

    def poll(self) -> None:
        """Check the other workers. Called several times a second."""

    def enter_phase(self, phase: str) -> None:
        """Note the phase that has begun."""


class SingleProcessSearch:
    """A search of which one child runs all trials."""

    def __init__(self, supervisor: TaskSupervisor, record: TrainingRecord, job: Job) -> None:
        self.supervisor = supervisor
        self.record = record
        self.job = job
        self.tables = record.tables
        self.trials = TrialLog(self.tables, supervisor.ref, supervisor.lease.epoch)

    def begin(self, request: TrainRequest) -> TrainRequest:
        """Return the request with the trials of earlier attempts and the rest of the time."""
        history, spent_s = self._read_history(), self.supervisor.lease.claimed.task_state.spent_s
        return replace(request, history=history, budget_s=remaining_s(request.budget_s, spent_s))

    def handlers(self) -> Handlers:
        """Return the handlers of trials' beginnings and ends."""
        return {TrialStarted: self.start_trial, TrialFinished: self.finish_trial}

    def poll(self) -> None:
        """Do nothing: there are no others."""

    def enter_phase(self, phase: str) -> None:
        """Do nothing: every phase is the same."""

    def start_trial(self, message: TrialStarted) -> None:
        """Reserve the number with its parameters."""
        if not self.supervisor.retry_until_written(lambda: self.trials.reserve(message.trial)):
            raise LeaseLost(f"trial {message.trial['number']} is somebody else's")

    def finish_trial(self, message: TrialFinished) -> None:
        """Write the result of the trial and its event at once."""
        self.record.record_trial(finish_own_trial(self.supervisor, self.trials, message.trial))
        self.record.write_progress()

    def _read_history(self) -> list[Json]:
        """Return the finished trials of earlier attempts, their predictions fetched; those in flight are lost."""
        history = []
        for row in rows.scan_all(self.tables, rows.prefix("trial", self.job.user_id, self.job.id)):
            trial = rows.load(TrialRow, row.value)
            if trial.state == "running":
                lost = self.trials.mark_lost(trial.number, row.value)
                if lost is None:
                    raise LeaseLost(f"trial {trial.number} is somebody else's")
                trial = lost
            elif trial.blob:
                self._fetch_predictions(trial.blob, f"trial-{trial.number}.npz")
            history.append(trial.payload)
            self.record.count_trial(trial)
        if history:
            self.record.write_progress()
        return history

    def _fetch_predictions(self, blob: str, name: str) -> None:
        try:
            self.supervisor.fetch(blob, name)
        except TaskFailed:  # The search can go on by the trial's score alone.
            (self.supervisor.folder / name).unlink()


def store_trial(supervisor: TaskSupervisor, trials: TrialLog, trial: Json) -> TrialRow | None:
    """Keep the trial's predictions and write its result; None if another worker has declared it lost."""
    file = supervisor.folder / f"trial-{trial['number']}.npz"
    blob = f"{trials_prefix(supervisor.ref)}{trial['number']}-e{trials.epoch}" if file.exists() else None
    if blob:
        supervisor.upload(blob, file)
    return supervisor.retry_until_written(lambda: trials.finish(trial, blob))


def finish_own_trial(supervisor: TaskSupervisor, trials: TrialLog, trial: Json) -> TrialRow:
    """Store a trial of the leader. Raises LeaseLost if another worker has declared it lost."""
    row = store_trial(supervisor, trials, trial)
    if row is None:
        raise LeaseLost(f"trial {trial['number']} is somebody else's")
    return row
