"""The records of trainings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .base import Record
from .problem import Problem

LOWER_IS_BETTER = frozenset({"log_loss", "rmse", "mae", "rmsle", "mape"})


@dataclass(frozen=True)
class Progress(Record):
    """How far a job is."""

    elapsed_s: float | None = None
    eta_s: float | None = None
    trials_done: int = 0
    best_score: float | None = None


@dataclass(frozen=True)
class Job(Record):
    """A training. States: queued, running, stopping, cancelling; at last succeeded, failed or cancelled."""

    id: str
    dataset_id: str = ""
    target: str = ""
    name: str | None = None
    task: str | None = None
    metric: str | None = None
    time_budget_s: float | None = None
    state: str = "queued"
    phase: str | None = None
    attempt: int | None = None
    queue_position: int | None = None
    created_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    progress: Progress = Progress()
    model_id: str | None = None
    error: Problem | None = None

    @property
    def is_over(self) -> bool:
        """Whether the state is final."""
        return self.state in {"succeeded", "failed", "cancelled"}


@dataclass(frozen=True)
class EveryJob(Job):
    """Somebody's training, as an administrator sees it."""

    user_id: str = ""
    username: str = ""


@dataclass(frozen=True)
class Trial(Record):
    """One model tried. `score` is the metric's own value (an error stays positive), None if there is none."""

    number: int
    model: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    score: float | None = None
    fit_s: float | None = None
    state: str = ""
    started_at: datetime | None = None


@dataclass(frozen=True)
class Event:
    """One thing that happened to a job: `kind` is state, phase, trial, log or done. `id` is where to
    resume."""

    id: str | None
    kind: str
    data: dict[str, Any]
