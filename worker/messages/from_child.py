"""Messages from a child process to its worker: signs of life, events, questions, and how its task ends."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from core.domain.records import Json
from worker.messages.of_assemblies import AssembleResult
from worker.messages.of_features import FeaturesResult
from worker.messages.of_kept_requests import CompactResult, ForgetResult, GatherResult, MonitorResult


@dataclass(frozen=True)
class Heartbeat:
    """A sign of life, whatever the process computes."""


@dataclass(frozen=True)
class Ready:
    """Everything is imported."""


@dataclass(frozen=True)
class FitStarted:
    """The fit has begun: from now on time counts against the budget."""


@dataclass(frozen=True)
class PhaseStarted:
    """A phase of the training begins."""

    phase: str


@dataclass(frozen=True)
class Prepared:
    """The table has been read: the task, and which scores are better."""

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
    """A question for the other processes' trials; `last` if no more will follow."""

    last: bool


@dataclass(frozen=True)
class ClaimNumber:
    """A request for the number of a trial."""

    trial: Json


@dataclass(frozen=True)
class ConvertResult:
    """The name of the CSV in the folder, and the fields of `core.datasets.conversions.ConvertedTable`."""

    file: str
    table: Json


@dataclass(frozen=True)
class ProfileResult:
    """The profile, and names of files in the folder: its report, and the list of rows that were left out, if any.

    `code_types` has the types of columns of digits that are labels.
    """

    profile: Json
    report: str
    bad_rows: str | None = None
    code_types: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CheckResult:
    """The findings about the dataset for the target."""

    checks: Json


@dataclass(frozen=True)
class CheckModelResult:
    """The summary of an uploaded model that can be served."""

    summary: Json


@dataclass(frozen=True)
class ExportResult:
    """The name of the ONNX file in the folder, and how far its predictions were from the model's on how many rows."""

    file: str
    parity: float
    parity_rows: int


@dataclass(frozen=True)
class PredictResult:
    """The name of the CSV with predictions, how many they are, and what could not be used of the rows, by column."""

    file: str
    rows: int
    warnings: list[Json]


@dataclass(frozen=True)
class CompareResult:
    """Names of files in the folder, the comparison as JSON and as a page, and what lists show of it."""

    file: str
    report: str
    brief: Json


@dataclass(frozen=True)
class EvaluateResult:
    """Names of files in the folder: what was found as JSON, and as a page; and the scores that lists show."""

    document: str
    report: str
    headline: Json


@dataclass(frozen=True)
class TrainResult:
    """The model: names of files in the folder, and the fields of its row. Documents that failed are missing."""

    bundle: str
    summary: Json
    task: str
    metric: str
    report: str | None = None
    evaluation: str | None = None
    reference: str | None = None
    row_digests: str | None = None


@dataclass(frozen=True)
class HelpFinished:
    """The search that another process leads needs no more trials."""


@dataclass(frozen=True)
class TaskError:
    """The task cannot be done by any worker; worded for its user."""

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


Result: TypeAlias = (
    ConvertResult
    | AssembleResult
    | ForgetResult
    | GatherResult
    | ProfileResult
    | CheckResult
    | CheckModelResult
    | ExportResult
    | FeaturesResult
    | CompactResult
    | PredictResult
    | CompareResult
    | EvaluateResult
    | MonitorResult
    | TrainResult
    | HelpFinished
)
TaskEnd: TypeAlias = Result | TaskError | MemoryExhausted | DiskFull
SearchEvent: TypeAlias = FitStarted | PhaseStarted | Prepared | LogLine | TrialStarted | TrialFinished
Question: TypeAlias = PollUpdates | ClaimNumber
FromChild: TypeAlias = Heartbeat | Ready | SearchEvent | Question | TaskEnd
