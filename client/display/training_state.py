"""Keep the state of a training up to date from its events, for live views."""

from __future__ import annotations

import time
from typing import Any

from ..types.jobs import LOWER_IS_BETTER, Event, Job


class TrainingState:
    """Hold state, phase, trials and time of one job, updated with events; its attributes are for reading only."""

    def __init__(self, job: Job, metric: str | None = None) -> None:
        """Begin with the job as it is.

        Args:
            job: The job to follow.
            metric: The metric that `auto` will become, if that is known before the job says so.
        """
        self.job_id = job.id
        self.target = job.target
        self.metric = job.metric if job.metric not in {None, "auto"} else metric
        self.budget_s = job.time_budget_s
        self.state = job.state
        self.phase = job.phase
        self.trials: dict[Any, dict[str, Any]] = {}
        self.note = ""
        self._started = time.monotonic() - (job.progress.elapsed_s or 0.0) if job.state != "queued" else None

    def update(self, event: Event) -> None:
        """Take in one event."""
        data = event.data
        self.metric = data.get("metric") or self.metric
        if event.kind in {"state", "done"}:
            self.state = str(data.get("state") or self.state)
            if self.state == "running" and self._started is None:
                self._started = time.monotonic()
        elif event.kind == "phase":
            self.phase = str(data.get("phase") or "")
        elif event.kind == "trial":
            self.trials[data.get("number")] = data
        elif event.kind == "log":
            self.note = str(data.get("text") or data.get("message") or "")

    @property
    def elapsed_s(self) -> float | None:
        """Return the seconds since the job began; None while it is queued."""
        return None if self._started is None else time.monotonic() - self._started

    @property
    def remaining_s(self) -> float | None:
        """Return the seconds left of the time budget; None if the job is queued, has no budget or has used it up."""
        if self.elapsed_s is None or self.budget_s is None or self.elapsed_s >= self.budget_s:
            return None
        return self.budget_s - self.elapsed_s

    def best_trials(self) -> list[dict[str, Any]]:
        """Return the scored trials, best first; newest first while the metric, and so its direction, is unknown."""
        scored = [trial for trial in self.trials.values() if isinstance(trial.get("score"), int | float)]
        if self.metric is None:
            return scored[::-1]
        return sorted(scored, key=lambda trial: float(trial["score"]), reverse=self.metric not in LOWER_IS_BETTER)
