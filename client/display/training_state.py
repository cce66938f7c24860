"""What is known of a training while it runs, from its events: what live views show."""

from __future__ import annotations

import time
from typing import Any

from ..types.jobs import LOWER_IS_BETTER, Event, Job


class TrainingState:
    """State, phase, trials and time of one job. Feed it with events; its attributes are read, not written."""

    def __init__(self, job: Job, metric: str | None = None) -> None:
        """`metric`: what `auto` will turn out to be, where that is known before the job says so."""
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
        """Take one event in."""
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
        """Seconds since it began; None while it waits."""
        return None if self._started is None else time.monotonic() - self._started

    @property
    def left_s(self) -> float | None:
        """Seconds of its time budget that are left; None where that cannot be said, or is over."""
        if self.elapsed_s is None or self.budget_s is None or self.elapsed_s >= self.budget_s:
            return None
        return self.budget_s - self.elapsed_s

    def best_trials(self) -> list[dict[str, Any]]:
        """The scored trials, best first; newest first as long as nobody knows which way is better."""
        scored = [trial for trial in self.trials.values() if isinstance(trial.get("score"), int | float)]
        if self.metric is None:
            return scored[::-1]
        return sorted(scored, key=lambda trial: float(trial["score"]), reverse=self.metric not in LOWER_IS_BETTER)
