"""Describe where data come from by themselves, and what each fetch brought."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .base import Record
from .problem import Problem


@dataclass(frozen=True)
class Fetch(Record):
    """Describe one fetch of a source.

    Attributes:
        id: Id of the fetch.
        number: Its number, counted from 1.
        state: `waiting`, `fetching`, `ready`, `unchanged` (nothing has changed since the fetch before) or `failed`.
        why: What asked for it: {kind, …}.
        requested_at: When it was asked for, in UTC.
        started_at: When it began, in UTC.
        ended_at: When it ended, in UTC.
        dataset_id: Id of the dataset that holds the data as they were then.
        version: By what a change is noticed: {etag?, last_modified?, generation?, sha256?}.
        rows: Rows that came, where the source tells.
        bytes: Bytes that came; while it is fetched, so far.
        cursor: The greatest value of the cursor's column so far.
        error: Why it failed, None if it did not.
    """

    id: str
    number: int = 0
    state: str = "waiting"
    why: dict[str, Any] = field(default_factory=dict)
    requested_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    dataset_id: str | None = None
    version: dict[str, Any] = field(default_factory=dict)
    rows: int | None = None
    bytes: int = 0
    cursor: Any = None
    error: Problem | None = None

    @property
    def is_over(self) -> bool:
        """Return whether the state is final."""
        return self.state in {"ready", "unchanged", "failed"}


@dataclass(frozen=True)
class Source(Record):
    """Describe where data come from.

    Attributes:
        id: Id of the source.
        name: Its name, which its datasets have, too.
        kind: `http`, `sql`, `bucket` or `endpoint`.
        url: Of what is fetched.
        query: Of a database.
        endpoint: Whose requests are the data.
        format: `auto`, `csv`, `jsonl`, `parquet` or `xlsx`.
        mode: `replace` (a fetch holds all) or `append` (further rows).
        key: Columns that name a row.
        keep: Number of fetches whose datasets are kept.
        max_age_s: Seconds after which data are too old for a job, and fetched first.
        refresh: {cron, timezone} by which it is fetched by itself, None for never.
        refresh_words: The same in words.
        next_at: When it is fetched by itself next, in UTC.
        created_at: When it was made, in UTC.
        last_fetch: The newest fetch.
        dataset_id: Id of the newest dataset that can be used.
    """

    id: str
    name: str = ""
    kind: str = ""
    url: str | None = None
    query: str | None = None
    endpoint: str | None = None
    format: str = "auto"
    mode: str = "replace"
    key: tuple[str, ...] = ()
    keep: int = 0
    max_age_s: float = 0.0
    refresh: dict[str, Any] | None = None
    refresh_words: str | None = None
    next_at: datetime | None = None
    created_at: datetime | None = None
    last_fetch: Fetch | None = None
    dataset_id: str | None = None


@dataclass(frozen=True)
class SourceCheck(Record):
    """Describe what was found where a source is.

    Attributes:
        ok: Whether it can be reached and read.
        format: What it is.
        columns: {name, type} of each, as far as a look tells.
        rows: The first rows.
        detail: What could not be told, and why.
    """

    ok: bool = False
    format: str = ""
    columns: tuple[dict[str, Any], ...] = ()
    rows: tuple[Any, ...] = ()
    detail: str = ""
