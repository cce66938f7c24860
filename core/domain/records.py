"""The service's stored data as plain records. `core.storage.rows` turns them into rows and back.

JSON types only, so that a record is its row. Times are RFC 3339 UTC strings, for people; only leases measure time, and
they compare no clocks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from csvfile.dialect import Dialect
from csvfile.formats import CSV

Json = dict[str, Any]

ORIGIN_FIELDS = ("request_id", "traceparent")
"""Fields that identify the request a task comes from; each may be missing."""


@dataclass(frozen=True)
class TaskRef:
    """Names one task of one user; `kind` is the name of its `core.tasks.kinds.TaskKind`."""

    kind: str
    user_id: str
    id: str

    @property
    def path(self) -> str:
        return f"{self.kind}#{self.user_id}#{self.id}"

    @staticmethod
    def parse(path: str) -> TaskRef:
        kind, user_id, id = path.split("#")
        return TaskRef(kind, user_id, id)

    def dataset_revision(self) -> tuple[str, int]:
        """Return the id and the revision of the dataset that the task is named after."""
        id, revision = self.id.rsplit("-r", 1)
        return id, int(revision)


@dataclass(frozen=True)
class TaskState:
    """The one fenced row of a task. Every write is a check-and-mutate on its exact old bytes.

    Attributes:
        state: queued, running, succeeded, failed or cancelled.
        epoch: grows by one with every claim; what a worker writes lies under its epoch.
        owner, nonce: the worker that runs it, and a random value renewed as a heartbeat.
        attempt: claims so far that count; crashes: how many of them ended with the death of the training's process.
        spent_s: seconds of fitting so far, all attempts together.
        memory_scale: share of the memory limit the next attempt may use (smaller after running out of memory).
        engine: version of the owner's engine: a worker with another version may not help with the training.
        origin: the request that it comes from; see `core.observability.request_context`.
        result: names of what the winner left, when succeeded; error: {reason, detail, hint}, when failed.
    """

    state: str
    created_at: str
    epoch: int = 0
    owner: str = ""
    nonce: str = ""
    attempt: int = 0
    crashes: int = 0
    spent_s: float = 0.0
    memory_scale: float = 1.0
    engine: str = ""
    started_at: str | None = None
    finished_at: str | None = None
    result: Json | None = None
    error: Json | None = None
    origin: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Dataset:
    """An uploaded table: a CSV, or a file of another format and the CSV that a worker has made of it.

    Attributes:
        state: uploaded, ready, rejected or deleting.
        revision: grows with every correction; a profile counts only for the revision it was made of.
        options: what the user has said of the dialect; the rest of it was guessed. None of a dataset of before these
            were kept.
        header: column names as sniffed, before any profile.
        types: corrections by the user, column -> type.
        column_options: corrections by the user, column -> {decimal_sign?, date_order?, unit?}.
        profile: {rows, columns, warnings, bad_rows} once ready, the last being how many rows were left out.
        error: {reason, detail, hint, line?, column?} once rejected.
        report: {blob, size_bytes, sha256} of the HTML page that describes the profile.
        source_format: of the file, see `csvfile.formats`; that of an archive until it is unpacked.
        original: {blob, size_bytes, sha256, format} of an upload that is no CSV; until it is converted, `blob` is its.
        sheet: that of a workbook which the CSV holds or, before it is converted, which the user wants.
        sheets: all of the workbook's.
        digit_text: positions of columns whose digits the file keeps as text.
        code_types: types of those of them that would be numbers otherwise.
        bad_rows: {blob, size_bytes, sha256} of the list of rows that were left out, where the user wants one.
        origin: what it was made of, of one that is no upload: {kind, …}; until that is done, `blob` is empty.
    """

    id: str
    user_id: str
    name: str
    state: str
    blob: str
    size_bytes: int
    sha256: str
    created_at: str
    dialect: Dialect = field(default_factory=Dialect)
    header: list[str] = field(default_factory=list)
    types: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    revision: int = 1
    profile: Json | None = None
    report: Json | None = None
    error: Json | None = None
    options: Json | None = None
    bad_rows: Json | None = None
    column_options: dict[str, dict[str, str]] = field(default_factory=dict)
    source_format: str = CSV
    original: Json | None = None
    sheet: str | None = None
    sheets: list[str] = field(default_factory=list)
    digit_text: list[int] = field(default_factory=list)
    code_types: dict[str, str] = field(default_factory=dict)
    origin: Json | None = None

    @property
    def is_converted(self) -> bool:
        """Return whether `blob` is a CSV: of another format it is not until a worker has made one."""
        return self.original is None or self.blob != self.original["blob"]

    @property
    def column_types(self) -> dict[str, str]:
        """Return the types that are not to be guessed: those that the file tells, and those that the user has set."""
        return {**self.code_types, **self.types}

    @property
    def columns(self) -> list[str]:
        """Return the best known names of the columns."""
        return [column["name"] for column in self.profile["columns"]] if self.profile else self.header


TRAINED, UPLOADED = "trained", "uploaded"
MODEL_DOCUMENTS = ("report", "evaluation", "reference", "row_digests")
"""Files about a model, kept beside it and deleted with it: fields of its record, each {blob, size_bytes, sha256}."""


@dataclass(frozen=True)
class Model:
    """A model: a trained one, written before its job's fenced `succeeded`; or an uploaded one, once it was checked.

    Until `committed` it counts only if the job's control row names it, so that a stale worker's model never shows.
    `deleting` is its tombstone: its user no longer sees it, and every task that begins to use it reads the tombstone
    after its own registration.
    """

    id: str
    user_id: str
    job_id: str
    dataset_id: str
    created_at: str
    blob: str
    size_bytes: int
    sha256: str
    summary: Json
    committed: bool = False
    deleting: bool = False
    deletion_id: str = ""
    """Of the deletion that set the tombstone last: it alone may take it back."""
    report: Json | None = None
    """The HTML page that describes it."""
    evaluation: Json | None = None
    """The JSON that the page is drawn from."""
    reference: Json | None = None
    """Parquet: training rows with its out-of-fold output, see `automl.reference.reference`."""
    row_digests: Json | None = None
    """Digests of all its training rows, see `automl.reference.row_digests`."""
    origin: str = TRAINED
    """`trained`: the blob is a bundle; `uploaded`: it is an ONNX file, of no job and no dataset, and has a name."""
    name: str = ""
    note: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    revision: int = 0
    """Grows with each change of what its owner says of it: name, note and tags."""
    decision: Json | None = None
    """{positive, threshold, gains, why, by, at}: how one of its two labels is answered; None is as it was trained.
    Where the record stands for a version of an endpoint it is the version's."""

    @property
    def documents(self) -> list[Json]:
        """The files that are kept beside it: {blob, size_bytes, sha256} each."""
        return [found for name in MODEL_DOCUMENTS if (found := getattr(self, name))]


@dataclass(frozen=True)
class Prediction:
    """Predictions of a whole dataset, made by a worker and stored as a CSV."""

    id: str
    user_id: str
    model_id: str
    dataset_id: str
    created_at: str
    strict: bool = False
    decision: Json | None = None
    """The model's decision rule as it was when they were requested."""
