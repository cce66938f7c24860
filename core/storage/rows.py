"""Keys of rows, and conversion between records and bytes.

A key is `kind#...`; the rows of a user are `kind#user_id#...`, so another user's id is a missing row. No search scans
all rows: each question below has its own prefix.

| rows | question |
|---|---|
| user, login, cred, user_credentials, key, failure | who is the caller? |
| audit, jobs_all | which actions were done, which trainings submitted? (newest first; all users together) |
| dataset, job, model, model_upload, prediction, comparison, evaluation, activity | what has this user, newest first? |
| endpoint, version, change | which endpoints has this user; which versions, which changes has each? (oldest first) |
| feature_set, feature, features | which columns has a key of a source, and which datasets' are to be written? |
| segment, requestday | which requests of an endpoint are kept, newest first: by predictors, and by day? |
| labels | what is said of an endpoint's predictions? (oldest first) |
| monitor, window, window_detail, alarm | how is an endpoint watched, and what came of it? (newest first) |
| failed_requests | how many requests of an endpoint failed in a minute? |
| source, fetch, fetchprogress | where do data come from, and what came of each fetch? (the newest fetch first) |
| assembly, sourcework, source_check | what is a dataset made of, which jobs wait for a fetch, which source is tried? |
| hook | whose events come by this address? |
| incoming, unsealed, eventsegment, eventcursor | which events has a pipeline been sent, and which wait? |
| labelcursor | up to which labels have labels started runs? |
| due | what is to be done when? (the earliest first; all users together) |
| scoring | which endpoint of all accounts has the queue of this name? |
| notification, notification_head, notified | what is this user told of, and was it told before? (oldest first) |
| webhook, delivery, waiting | who is told, of what; which deliveries wait, until when? |
| secret | which secrets has this user, sealed? |
| pipeline, run, runnumber | what trains by itself, and in which runs, by trigger and by number? (newest first) |
| followup | what follows a promotion: a guard, a challenger that becomes champion? |
| activerun, runtask | which runs have something to do, and which run does the end of this task advance? |
| check, export, forget, compact | which check, export, deletion of a key's requests, day of requests was requested? |
| control, request | what is the state of this task, and has its user requested its stop? |
| progress, trial, event, helper_slot | how far is this job, and which workers help with it? |
| active, running, outbox, intent, erasure, announcement, dead_letter | what is unfinished? (all users together) |
| due_webhook | which webhook has something due now? (the longest overdue first; all users together) |
| jobstate, datasetwork, modelwork | which jobs are in this state, what uses this dataset, this model? |
| stored_bytes, stored_model_bytes, stored_event_bytes | how much is kept, against quotas? |
| listener, rate | how many and how often, against limits? |
| slot, idempotency, dedup, lease | which tasks run, was this requested or recorded before, who sweeps, who schedules? |
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Any, Generic, TypeVar, get_type_hints

import orjson

from core.domain.records import TaskRef
from core.errors import Unavailable
from core.ports import Row, Tables

R = TypeVar("R")


def dump(record: Any) -> bytes:
    """Return a record, or any JSON value, as the bytes of a row. Equal records give equal bytes."""
    # orjson's own way with dataclasses knows no sorting, and `asdict` copies all that is in them, which takes ten times
    # as long as the rest.
    return orjson.dumps(record, default=_fields_of, option=orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS)


def load(kind: type[R], value: bytes) -> R:
    """Return the record of a row's bytes. Unknown fields, written by a newer version, are left out."""
    return from_json(kind, orjson.loads(value))


def load_json(value: bytes) -> Any:
    """Return the JSON value of a row's bytes."""
    return orjson.loads(value)


@cache  # Cached, as reading the hints takes far longer than decoding a row.
def _fields(kind: Any) -> tuple[tuple[str, Any], ...]:
    """Return the names of a record's fields, each with its kind where it is a record itself, else None."""
    hints = get_type_hints(kind)
    found = [(field.name, hints[field.name]) for field in fields(kind)]
    return tuple((name, hint if isinstance(hint, type) and is_dataclass(hint) else None) for name, hint in found)


def _fields_of(record: Any) -> dict[str, Any]:
    """Return what orjson asks for where it meets a record, on any level."""
    if isinstance(record, type) or not is_dataclass(record):
        raise TypeError(f"{type(record)} is no record")
    return {name: getattr(record, name) for name, _ in _fields(type(record))}  # type: ignore[arg-type]


def from_json(kind: type[R], data: dict[str, Any]) -> R:
    """Return the record of a JSON object, as `load` does."""
    values = {}
    for name, nested in _fields(kind):  # type: ignore[arg-type]
        if name in data:
            values[name] = data[name] if nested is None else from_json(nested, data[name])
    return kind(**values)


def key(kind: str, *parts: str | int) -> str:
    """Return `kind#part#part`; integers are padded so that key order is number order."""
    return "#".join([kind, *(f"{part:09d}" if isinstance(part, int) else part for part in parts)])


def prefix(kind: str, *parts: str) -> str:
    """Return the prefix of all keys below these parts."""
    return key(kind, *parts) + "#"


def compare_and_set(tables: Tables, key: str, value: bytes, expected: bytes | None) -> bool:
    """Write a row's bytes if they still are `expected`, or if there is no row and that is None.

    A lost response is checked: if the back end failed and the row now holds `value`, this call wrote it. So the bytes
    must be the writer's own (hold a nonce) wherever it matters which of two equal writes was the one that won.

    Raises:
        Unavailable: the write did not land, or another write has come on top of it since.
    """
    try:
        if expected is None:
            return tables.put_if_absent(key, value)
        return tables.put_if_unchanged(key, value, expected)
    except Unavailable:
        if tables.get(key) != value:
            raise
        return True


def write_once(tables: Tables, key: str, value: bytes, expected: bytes | None) -> bool:
    """Write a row's bytes as `compare_and_set` does, and take an earlier call with the same bytes for this one.

    So it may be called again after Unavailable, until it says whether the bytes were written. They must be the writer's
    own.
    """
    return compare_and_set(tables, key, value, expected) or tables.get(key) == value


def update(tables: Tables, key: str, record_type: type[R], alter: Callable[[R | None], R | None]) -> R | None:
    """Write what `alter` makes of a row's record, however many others write the row at the same moment.

    Args:
        tables: the tables that hold the row.
        key: the row's key.
        record_type: the type of the record.
        alter: takes the record, None if there is no row; returns the record to write, None to leave the row as it is.
            An exception of it ends the update. It is called again, with the newer record, whenever another writer was
            quicker. Applying it twice must do no harm: an adapter with retries of its own may report that nothing was
            written although this write landed and another came on top of it.

    Returns:
        The record that was written, None if `alter` left the row as it is.

    Raises:
        Unavailable: the back end failed, and the write is not the one that stands; see `compare_and_set`.
    """
    while True:
        raw = tables.get(key)
        record = alter(None if raw is None else load(record_type, raw))
        if record is None or compare_and_set(tables, key, dump(record), raw):
            return record


def task_state_key(ref: TaskRef) -> str:
    return f"control#{ref.path}"


def active_key(ref: TaskRef) -> str:
    return f"active#{ref.path}"


def running_key(ref: TaskRef) -> str:
    return f"running#{ref.path}"


def request_key(ref: TaskRef) -> str:
    return f"request#{ref.path}"


def digest(value: bytes | str) -> str:
    """Return the SHA-256 in hex."""
    return hashlib.sha256(value.encode() if isinstance(value, str) else value).hexdigest()


def scan_all(tables: Tables, start: str, after: str | None = None, page: int = 1000) -> Iterator[Row]:
    """Yield every row below a prefix, reading a page at a time."""
    while True:
        rows = tables.scan(start, page, after)
        yield from rows
        if len(rows) < page:
            return
        after = rows[-1].key


SEARCH_BATCH = 200
"""Rows that a search reads at a time: some have hundreds of kilobytes."""


@dataclass(frozen=True)
class Page(Generic[R]):
    """Some items, and the start of the next page: the last key's id, None at the end."""

    items: list[R]
    next: str | None


def page(tables: Tables, kind: type[R], start: str, size: int, after: str | None) -> Page[R]:
    """Return a page of the records below a prefix, those after the id `after`."""
    found = tables.scan(start, size + 1, None if after is None else start + after)
    last = found[size - 1].key.removeprefix(start) if len(found) > size else None
    return Page([load(kind, row.value) for row in found[:size]], last)


def page_where(
    tables: Tables, kind: type[R], start: str, size: int, after: str | None, keep: Callable[[R], bool], most: int = 2000
) -> Page[R]:
    """Return a page of the records below a prefix for which `keep` is true.

    At most `most` rows are read: a page may have few items, or none, and still a next page.
    """
    found: list[tuple[str, R]] = []
    for looked, row in enumerate(scan_all(tables, start, None if after is None else start + after, SEARCH_BATCH), 1):
        key, record = row.key.removeprefix(start), load(kind, row.value)
        if keep(record):
            found.append((key, record))
        if len(found) > size:
            return Page([record for _, record in found[:size]], found[size - 1][0])
        if looked == most:
            return Page([record for _, record in found], key)
    return Page([record for _, record in found], None)
