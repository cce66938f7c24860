"""What a child process tells its worker: signs of life, what happens, what it asks, and how its task ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from core.domain.records import Json


@dataclass(frozen=True)
class Heartbeat:
    """The process lives, whatever it computes."""


@dataclass(frozen=True)
class Ready:
    """Everything is imported."""


@dataclass(frozen=True)
class FitStarted:
    """From now on time counts against the budget."""


@dataclass(frozen=True)
class PhaseStarted:
    """A phase of the training begins."""

    phase: str


@dataclass(frozen=True)
class Prepared:
    """The table has been looked at: what is searched for, and which scores are better."""

    task: str
    metric: str
    greater_is_better: bool


@dataclass(frozen=True)
class LogLine:
    """One line for the reader of the job's log."""

    text: str


@dataclass(frozen=True)
class TrialStarted:
    """A trial begins, with its parameters."""

    trial: Json


@dataclass(frozen=True)
class TrialFinished:
    """A trial has ended; the predictions of a complete one lie in the folder."""

    trial: Json


@dataclass(frozen=True)
class PollUpdates:
    """Ask what other processes of the search have done; `last` when nothing more will be asked."""

    last: bool


@dataclass(frozen=True)
class ClaimNumber:
    """Ask for the number of a trial."""

    trial: Json


@dataclass(frozen=True)
class ProfileResult:
    """The profile, and the name of its report in the folder."""

    profile: Json
    report: str


@dataclass(frozen=True)
class CheckResult:
    """What is wrong with the dataset for the target."""

    checks: Json


@dataclass(frozen=True)
class FileResult:
    """The name in the folder of what was asked for."""

    file: str


@dataclass(frozen=True)
class TrainResult:
    """The model: names of files in the folder, and what its row tells of it. Without documents, where those failed."""

    bundle: str
    summary: Json
    task: str
    metric: str
    report: str | None = None
    evaluation: str | None = None


@dataclass(frozen=True)
class HelpFinished:
    """The search that another process leads needs no more trials."""


@dataclass(frozen=True)
class TaskError:
    """The task cannot be done, whoever tries; worded for its user."""

    reason: str
    detail: str
    hint: str = ""
    line: int | None = None
    column: str | None = None


@dataclass(frozen=True)
class MemoryExhausted:
    """An allocation failed."""


@dataclass(frozen=True)
class DiskFull:
    """A file could not be written for want of room."""

    detail: str


Result: TypeAlias = ProfileResult | CheckResult | FileResult | TrainResult | HelpFinished
TaskEnd: TypeAlias = Result | TaskError | MemoryExhausted | DiskFull
SearchEvent: TypeAlias = FitStarted | PhaseStarted | Prepared | LogLine | TrialStarted | TrialFinished
Question: TypeAlias = PollUpdates | ClaimNumber
FromChild: TypeAlias = Heartbeat | Ready | SearchEvent | Question | TaskEnd
