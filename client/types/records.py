"""What the server answers about accounts, datasets and jobs, as frozen dataclasses (models:
model_records.py).

Every record keeps the answer as it came in `raw`, so a newer server's fields are within reach. Times are
aware `datetime`s in UTC; sizes are bytes; durations are seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .base import Record

LOWER_IS_BETTER = frozenset({"log_loss", "rmse", "mae", "rmsle", "mape"})


@dataclass(frozen=True)
class Problem(Record):
    """Why something ended badly, and what would help."""

    reason: str = "UNKNOWN"
    detail: str = ""
    hint: str | None = None
    line: int | None = None
    column: Any = None

    def __str__(self) -> str:
        where = f" (line {self.line})" if self.line is not None else ""
        return " ".join(part for part in (f"{self.detail}{where} [{self.reason}]".strip(), self.hint) if part)


@dataclass(frozen=True)
class User(Record):
    """An account. `quotas` and `use` have the same keys: what is allowed, and what is taken."""

    id: str
    username: str = ""
    role: str = "user"
    created_at: datetime | None = None
    quotas: dict[str, Any] = field(default_factory=dict)
    use: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Account(User):
    """An account, as an administrator sees it. `own_quotas` are those set for it alone."""

    locked: bool = False
    own_quotas: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class AuditLine(Record):
    """Who (the id of an account, or `operator`) did what to what, when and from where."""

    at: datetime | None = None
    actor: str = ""
    action: str = ""
    subject: str = ""
    status: int | None = None
    remote: str = ""
    request_id: str = ""


@dataclass(frozen=True)
class ApiKey(Record):
    """A key for programs. `key`, the secret itself, is there only in the answer that created it."""

    id: str
    name: str = ""
    key: str | None = field(default=None, repr=False)
    scopes: list[str] = field(default_factory=list)
    created_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Activity(Record):
    """One line of the account's history: what was done to which thing (`kind/id`), and how it ended."""

    at: datetime | None = None
    action: str = ""
    subject: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Column(Record):
    """One column of a dataset, as profiled."""

    name: str
    type: str | None = None
    missing: int | None = None
    distinct: int | None = None
    examples: tuple[Any, ...] = ()
    warnings: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Dataset(Record):
    """An uploaded CSV. `rows` and `columns` are known once `state` is `ready`."""

    id: str
    name: str = ""
    state: str = "uploaded"
    size_bytes: int | None = None
    sha256: str | None = None
    rows: int | None = None
    columns: tuple[Column, ...] = ()
    warnings: tuple[Any, ...] = ()
    error: Problem | None = None
    created_at: datetime | None = None

    @property
    def is_over(self) -> bool:
        """Whether the profile is made, for better (`ready`) or worse (`rejected`)."""
        return self.state in {"ready", "rejected"}


@dataclass(frozen=True)
class Preview(Record):
    """The first rows of a dataset: `columns` names them, each row is a tuple of cells in that order."""

    columns: tuple[str, ...] = ()
    rows: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Finding(Record):
    """Something about the data worth knowing before training. `severity`: error, warning or info."""

    severity: str = "info"
    reason: str = ""
    detail: str = ""
    fix: str = ""
    column: str | None = None


@dataclass(frozen=True)
class Findings(Record):
    """What a check of a target found: the task and metric that `auto` would choose, and why."""

    task: str | None = None
    metric: str | None = None
    why: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that would make training fail."""
        return tuple(finding for finding in self.findings if finding.severity == "error")


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
