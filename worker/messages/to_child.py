"""Messages from a worker to its child process: a task, and the replies and requests of its search."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from core.domain.records import Json
from csvfile.dialect import Dialect
from worker.messages.of_assemblies import AssembleRequest
from worker.messages.of_features import FeaturesRequest
from worker.messages.of_kept_requests import CompactRequest, ForgetRequest, GatherRequest, MonitorRequest

SearchRole = Literal["single", "leader", "helper"]
"""Role of a process in a search: all of it; its end and the model, where it is shared; trials only."""


@dataclass(frozen=True)
class CsvOptions:
    """How `data.csv` is to be read, with the types and options of columns that its user has set."""

    dialect: Dialect
    column_types: dict[str, str]
    column_options: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class ConvertRequest:
    """A request to make `data.csv` of `upload`, a file of another format.

    Attributes:
        sheet: of a workbook; None for the first that holds something.
        options: what the user says of the dialect.
        max_bytes: of what is unpacked, and of the CSV.
    """

    sheet: str | None
    options: Json
    max_bytes: int
    max_rows: int
    max_columns: int


@dataclass(frozen=True)
class ProfileRequest:
    """A request to profile `data.csv`, of which these warnings are known already.

    The columns at the positions `digit_text` hold digits that the file keeps as text.
    """

    csv: CsvOptions
    dataset_name: str
    max_rows: int
    warnings: list[str]
    digit_text: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class CheckRequest:
    """A request to check `data.csv` against a target."""

    csv: CsvOptions
    target: str


@dataclass(frozen=True)
class PredictRequest:
    """A request to predict `data.csv`, which has these columns; a strict one fails where something cannot be used.

    The model is the bundle `model.nb`; or where the summary of an `uploaded` one is given, the file `model.onnx`. It
    answers labels by `decision`, {positive, threshold}, where one is given.
    """

    csv: CsvOptions
    columns: list[str]
    strict: bool
    uploaded: Json | None = None
    decision: Json | None = None


@dataclass(frozen=True)
class EvaluateRequest:
    """A request to measure a model on `data.csv`, whose target is known.

    The model is `model.nb`; or where the summary of an `uploaded` one is given, the file `model.onnx`. What was kept of
    its training lies beside it: `row_digests.npz`, `reference.parquet`.

    Attributes:
        slices: columns whose groups are compared; [] for those that matter most.
        pairs: whether groups of two columns are, too.
        about: what the report calls model and dataset.
        decision: {positive, threshold} by which the model answers labels; None: as it was trained.
    """

    csv: CsvOptions
    slices: list[str]
    pairs: bool
    about: Json
    uploaded: Json | None = None
    decision: Json | None = None


@dataclass(frozen=True)
class CheckModelRequest:
    """A request to check `model.onnx`, which a user has uploaded.

    Attributes:
        said: what its user says of it, the fields of `automl.onnx.uploaded.options.UploadOptions`.
        background: rows that it knows, as [{column, cells}] in order; [] for none.
        memory_limit_bytes: that it may take.
    """

    said: Json
    background: list[Json]
    memory_limit_bytes: int


@dataclass(frozen=True)
class ExportRequest:
    """A request to write `model.nb` as `onnx` (one member, or all), for `mlflow`, or as the file that serves it.

    With a `decision`, {positive, threshold}, by which the file answers labels; then also as a `bundle`.
    """

    member: str | None
    format: str = "onnx"
    decision: Json | None = None


@dataclass(frozen=True)
class CompareRequest:
    """A request to compare models on `data.csv`.

    Attributes:
        models: {id, name, file, size_bytes, digests, summary, uploaded, decision} of each: names of its files in the
            folder, what is told of it, the whole summary of an uploaded one, and the rule by which it answers labels.
        metric: by which the best is told.
        name: of the comparison, for its page.
        gate: when the second model takes the place of the first one; None unless that is the question.
    """

    csv: CsvOptions
    models: list[Json]
    metric: str
    name: str
    gate: Json | None = None


@dataclass(frozen=True)
class TrainRequest:
    """A request to train on `data.csv`, or to help another process that does.

    Attributes:
        spec: the job's, as its user has given it.
        memory_scale: share of the rows and of the memory to use; below 1 after an attempt ran out of memory.
        budget_s: the time budget; the leader and the helpers of a search cut the same folds from it.
        remaining_s: seconds that are left of it, if fewer; None is all of it.
        history: trials of earlier attempts; empty where a search is shared, whose updates begin with them.
    """

    spec: Json
    csv: CsvOptions
    threads: int
    memory_limit_bytes: int
    memory_scale: float
    budget_s: float
    remaining_s: float | None = None
    role: SearchRole = "single"
    history: list[Json] = field(default_factory=list)


TaskRequest: TypeAlias = (
    ConvertRequest
    | AssembleRequest
    | ForgetRequest
    | GatherRequest
    | ProfileRequest
    | CheckRequest
    | CheckModelRequest
    | PredictRequest
    | EvaluateRequest
    | ExportRequest
    | FeaturesRequest
    | CompareRequest
    | CompactRequest
    | MonitorRequest
    | TrainRequest
)


@dataclass(frozen=True)
class RunTask:
    """A task to do in this folder; log lines carry these names."""

    request: TaskRequest
    folder: str
    log_format: str
    log_names: dict[str, Any]


@dataclass(frozen=True)
class Stop:
    """A request to end the search and keep the best model so far."""


@dataclass(frozen=True)
class SearchUpdates:
    """The reply to `PollUpdates`, as `automl.search.coordination` defines it."""

    trials: list[Json]
    at_hand: list[int]
    remaining_s: float | None = None


@dataclass(frozen=True)
class NumberClaimed:
    """The reply to `ClaimNumber`: whether the number is the child's."""

    claimed: bool


Reply: TypeAlias = SearchUpdates | NumberClaimed
ToChild: TypeAlias = RunTask | Stop | SearchUpdates | NumberClaimed
