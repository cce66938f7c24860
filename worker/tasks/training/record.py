"""Write a training's record for its user: events, progress and the best score so far."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import Any

from core.domain.ids import now
from core.domain.records import Json
from core.domain.trainings import Job, Progress, TrialRow
from core.jobs.events import EventLog
from core.storage import rows
from worker.supervisor import TaskSupervisor

PROGRESS_EVERY_S = 2.0


class TrainingRecord:
    """The events and the progress of one attempt at a training.

    Attributes:
        progress: the progress written last, with the counts since.
        progress_at: when it was written, by the monotonic clock.
        greater_is_better: which scores are better; None until the child has read the table.
        lowest, highest: of the scores so far: which of them is the best is known by then only.
    """

    def __init__(self, supervisor: TaskSupervisor, job: Job) -> None:
        self.supervisor = supervisor
        self.lease = supervisor.lease
        self.tables = supervisor.service.ports.tables
        self.progress_key = rows.key("progress", job.user_id, job.id)
        self.events = EventLog(self.tables, job.user_id, job.id)
        self.progress = Progress(self.lease.epoch)
        self.progress_at = 0.0
        self.greater_is_better: bool | None = None
        self.lowest, self.highest = math.inf, -math.inf

    def resume(self) -> None:
        """Show task, metric and best score of the attempt before until this one knows them."""
        raw = self.supervisor.retry_until_written(lambda: self.tables.get(self.progress_key))
        if raw is not None:
            earlier = rows.load(Progress, raw)
            self.progress = replace(
                self.progress, task=earlier.task, metric=earlier.metric, best_score=earlier.best_score
            )

    def set_metric(self, task: str, metric: str, *, greater_is_better: bool) -> None:
        """Write what is predicted, how it is scored, and the best of the scores so far."""
        self.greater_is_better = greater_is_better
        self.write_progress(task=task, metric=metric, best_score=self._best_score())

    def append_event(self, kind: str, data: Json) -> None:
        """Append an event to the job's log."""
        at = now()
        self.supervisor.retry_until_written(lambda: self.events.append(kind, data, self.lease.epoch, at))

    def write_progress(self, **changes: Any) -> None:
        """Write the progress, with changes to it."""
        self.progress_at = time.monotonic()
        self.progress = replace(self.progress, **{"elapsed_s": round(self.lease.spent_s, 1), **changes})
        value = rows.dump(self.progress)
        self.supervisor.retry_until_written(lambda: self.tables.put(self.progress_key, value))

    def write_progress_if_due(self) -> None:
        """Write the progress, if the last write is a while ago."""
        if time.monotonic() - self.progress_at > PROGRESS_EVERY_S:
            self.write_progress()

    def record_trial(self, trial: TrialRow) -> None:
        """Append the event of a trial that has ended, and count it."""
        data = {
            "number": trial.number, "model": trial.model, "params": trial.params, "state": trial.state,
            "score": trial.score, "fit_s": trial.fit_s, "started_at": trial.started_at,
            "truncated_folds": trial.truncated_folds,
        }  # fmt: skip
        self.append_event("trial", data)
        self.count_trial(trial)

    def count_trial(self, trial: TrialRow) -> None:
        """Count a trial that has ended. The progress is not written yet."""
        if trial.state == "complete" and trial.score is not None:
            self.lowest, self.highest = min(self.lowest, trial.score), max(self.highest, trial.score)
        trials_done = self.progress.trials_done + 1
        self.progress = replace(self.progress, trials_done=trials_done, best_score=self._best_score())

    def _best_score(self) -> float | None:
        if self.greater_is_better is None:
            return self.progress.best_score
        best = self.highest if self.greater_is_better else self.lowest
        return best if math.isfinite(best) else None
