"""Sources of data outside the service, and the fetches that make datasets of them.

They are records like those of `core.domain.records`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from core.domain.records import Json, TaskRef
from core.ports import BlobInfo

HTTP, SQL, BUCKET, ENDPOINT = "http", "sql", "bucket", "endpoint"
KINDS = (HTTP, SQL, BUCKET, ENDPOINT)
REPLACE, APPEND = "replace", "append"
AUTO = "auto"
FORMATS = (AUTO, "csv", "jsonl", "parquet", "xlsx")

WAITING, FETCHING, READY, UNCHANGED, FAILED = "waiting", "fetching", "ready", "unchanged", "failed"
GOOD = (READY, UNCHANGED)
"""States of a fetch that has seen the data as they were."""
FETCH = "fetch"
"""Name of the kind of task that fetches."""
ORIGIN = "source"
"""Kind of origin of datasets that were fetched."""


@dataclass(frozen=True)
class Source:
    """Where data come from.

    Attributes:
        kind: http, sql, bucket, or endpoint: the requests that an endpoint of this service has had.
        spec: what sets the kind apart, as its user gave it: url, headers, user, password, query, cursor, credentials;
            endpoint, labelled, window. A secret is named, {"secret": name}, and not held.
        format: auto, csv, jsonl, parquet or xlsx; sheet: of a workbook.
        mode: replace: a fetch holds all; append: it holds further rows.
        key: columns that name a row: of rows with the same, the last one counts.
        keep: number of fetches whose datasets are kept.
        max_age_s: what is older is fetched again before a job uses it; 0: before each.
        refresh: {cron, timezone} by which it is fetched, None for never by itself.
        next_at: when that is next, None for never.
        revision: grows with each change of what is fetched: what was fetched before is no beginning of it any more.
        once: whether it is of one dataset, and goes once that is there.
        deleting: its tombstone.
    """

    id: str
    user_id: str
    name: str
    kind: str
    created_at: str
    spec: Json = field(default_factory=dict)
    format: str = AUTO
    sheet: str | None = None
    mode: str = REPLACE
    key: list[str] = field(default_factory=list)
    keep: int = 10
    max_age_s: float = 0.0
    refresh: Json | None = None
    changed_at: str = ""
    next_at: str | None = None
    revision: int = 1
    once: bool = False
    deleting: bool = False

    @property
    def is_assembled(self) -> bool:
        """Return whether what is fetched is a part, of which the dataset is then made."""
        return self.mode == APPEND or bool(self.key)


@dataclass(frozen=True)
class Fetch:
    """One fetch of a source.

    Attributes:
        number: 1 is the source's first.
        revision: of the source.
        state: waiting, fetching (only as it is shown: it follows from the task), ready, unchanged or failed.
        why: what asked for it first: {kind: manual | time | job | run | event | url, …}.
        new_dataset_id: of the dataset that it makes, if it makes one.
        dataset_id: of the dataset that holds the data as they were then.
        version: {etag?, last_modified?, generation?, sha256?} by which a change is noticed.
        rows, bytes: that came; rows only where the source tells.
        cursor: the greatest value of the cursor's column so far.
        error: {reason, detail, hint} of one that failed.
        key_digest: digest of the key under which it was asked for.
    """

    number: int
    source_id: str
    user_id: str
    requested_at: str
    new_dataset_id: str
    revision: int = 1
    state: str = WAITING
    why: Json = field(default_factory=dict)
    started_at: str | None = None
    ended_at: str | None = None
    dataset_id: str | None = None
    version: Json = field(default_factory=dict)
    rows: int | None = None
    bytes: int = 0
    cursor: Any = None
    error: Json | None = None
    key_digest: str = ""

    @property
    def id(self) -> str:
        return fetch_id(self.source_id, self.number)

    @property
    def ref(self) -> TaskRef:
        """The task that does it."""
        return TaskRef(FETCH, self.user_id, self.id)

    @property
    def is_over(self) -> bool:
        return self.state in (READY, UNCHANGED, FAILED)


@dataclass(frozen=True)
class FetchPlan:
    """What a fetcher is to do for one fetch.

    Attributes:
        since: version of the data that are there already; None for none: then nothing is unchanged.
        cursor: the greatest value of the cursor's column that is there already.
        base_dataset_id: of the dataset that holds them.
        max_bytes: that its user may still store.
    """

    source: Source
    fetch: Fetch
    since: Json | None = None
    cursor: Any = None
    base_dataset_id: str | None = None
    max_bytes: int = 0


@dataclass(frozen=True)
class FetchedFile:
    """What has come.

    Attributes:
        blob: the file in the store, under the name that was announced.
        intent: of the blob.
        format: as `csvfile.formats` names it; None: it is found out.
        version: {etag?, last_modified?, generation?, sha256}.
        reading: {types, column_options} of its columns, as far as the source tells.
        cursor: the greatest value of the cursor's column, that of before if no row came.
        rows: that came, None if it is not known.
    """

    blob: BlobInfo
    intent: str
    version: Json
    format: str | None = None
    reading: Json | None = None
    cursor: Any = None
    rows: int | None = None


def fetch_id(source_id: str, number: int) -> str:
    """Return the id of a fetch, and of its task."""
    return f"{source_id}-{number:09d}"


def parse_fetch_id(id: str) -> tuple[str, int]:
    """Return the id of the source, and the number."""
    source_id, number = id.rsplit("-", 1)
    return source_id, int(number)
