"""Describe trainings: their state, their progress and the models tried."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .base import Record
from .problem import Problem

LOWER_IS_BETTER = frozenset({"log_loss", "rmse", "mae", "rmsle", "mape"})


@dataclass(frozen=True)
class Progress(Record):
    """Report how far a job is.

    Attributes:
        elapsed_s: Seconds since the job began.
        eta_s: Estimated seconds until it ends.
        trials_done: Number of models tried.
        best_score: Best score so far, in the job's metric.

    Example:
        >>> job.progress.elapsed_s > 0
        True
    """

    elapsed_s: float | None = None
    eta_s: float | None = None
    trials_done: int = 0
    best_score: float | None = None


@dataclass(frozen=True)
class Job(Record):
    """Describe a training.

    Attributes:
        id: Id of the job.
        dataset_id: Id of the dataset it learns from; "" while that is fetched.
        source_id: Id of the source it was started with, None if with a dataset.
        waiting_for: {for, detail, state, bytes} while its source is fetched first.
        target: Name of the column to predict.
        name: Name that the user gave the job.
        task: binary, multiclass or regression; `auto` until that is decided.
        metric: Name of the metric that is optimized; `auto` until that is decided.
        time_budget_s: Seconds of fitting.
        state: queued, running, stopping or cancelling; at last succeeded, failed or cancelled.
        phase: What a running job does at the moment.
        attempt: Number of the current attempt, counted from 1; a lost worker makes another one.
        queue_position: Number of jobs that begin before this one, while it is queued.
        created_at: Time at which it was queued, in UTC.
        started_at: Time at which it began, in UTC.
        finished_at: Time at which it ended, in UTC.
        progress: How far it is.
        model_id: Id of the model, once the job has succeeded.
        error: Why it failed, None if it did not.

    Example:
        >>> job.state, job.is_over, job.target
        ('succeeded', True, 'smoker')
        >>> job.progress.trials_done > 0
        True
    """

    id: str
    dataset_id: str = ""
    source_id: str | None = None
    waiting_for: dict[str, Any] | None = None
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
        """Return whether the state is final."""
        return self.state in {"succeeded", "failed", "cancelled"}


@dataclass(frozen=True)
class EveryJob(Job):
    """Describe any account's training as an administrator sees it.

    Attributes:
        user_id: Id of the account that started it.
        username: Name of that account.
    """

    user_id: str = ""
    username: str = ""


@dataclass(frozen=True)
class Trial(Record):
    """Describe one model that a job tried.

    Attributes:
        number: Number of the trial, counted from 0.
        model: Name of the model family.
        params: Hyperparameters.
        score: Value of the job's metric (an error stays positive), None if there is none.
        fit_s: Seconds that fitting took.
        state: How it ended: `complete`, `pruned` (not promising), `stopped` (out of time) or `failed`.
        started_at: Time at which it began, in UTC.
        truncated_folds: Number of folds whose fit time ended early; the score is that of such fits.

    Example:
        >>> trials = list(client.trials(job))
        >>> trials[0].number, trials[0].fit_s > 0
        (0, True)
    """

    number: int
    model: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    score: float | None = None
    fit_s: float | None = None
    state: str = ""
    started_at: datetime | None = None
    truncated_folds: int = 0


@dataclass(frozen=True)
class Event:
    """Describe one thing that happened to a job.

    Attributes:
        id: Id after which `Client.events` can resume, None if the event has none.
        kind: state, phase, trial, log or done.
        data: What happened, by kind: `state`, `phase`, `text`, or the fields of a `Trial`.

    Example:
        >>> *_, last = client.events(job)
        >>> last.kind, last.data["state"]
        ('done', 'succeeded')
    """

    id: str | None
    kind: str
    data: dict[str, Any]
