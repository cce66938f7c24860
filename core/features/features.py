"""Use cases around features by key: have a source's rows written, look them up, tell how far that is.

A source that an endpoint looks up has the rows of its newest dataset written by a worker, one for each of its keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.domain.features import FeatureSet
from core.domain.records import Json, TaskRef
from core.domain.states import FAILED, FINAL
from core.features.feature_rows import FeatureRows
from core.features.keys import key_digest, key_part
from core.features.sources import KeyedSource, KeyedSources
from core.ports import Tables
from core.storage import rows
from core.tasks.lifecycle import TaskLifecycle

FEATURES = "features"
"""Name of the kind of task that writes the rows of a dataset, and of the rows that say what it is to do."""


class Features:
    """The features of a user's sources."""

    def __init__(self, tables: Tables, work: TaskLifecycle, sources: KeyedSources, stale_s: float) -> None:
        self.tables = tables
        self.work = work
        self.sources = sources
        self.rows = FeatureRows(tables, stale_s)

    def request(self, user_id: str, source_id: str) -> None:
        """Have the rows of the source's newest dataset written, unless they are, or are being."""
        source, newest = self.sources.find(user_id, source_id), self.sources.newest(user_id, source_id)
        if source is None or newest is None or not source.key:
            return
        found = self.rows.find(user_id, source_id)
        if found and (found.current.dataset_id, found.current.key) == (newest.dataset.id, list(source.key)):
            return
        ref = features_ref(user_id, source, newest.dataset.id)
        state = self.work.state(ref)
        if state is not None and state.state in FINAL:  # It failed, or its rows were deleted since.
            self.work.delete_rows(ref)
        said = {"source_id": source_id, "dataset_id": newest.dataset.id, "fetch": newest.fetch}
        self.tables.put(rows.key(FEATURES, user_id, ref.id), rows.dump(said))
        self.work.enqueue(ref)
        self.forget_tasks(user_id, source_id, ref)

    def request_of(self, ref: TaskRef) -> Json | None:
        """Return {source_id, dataset_id, fetch}: what a task is to write; None if its source was deleted."""
        raw = self.tables.get(rows.key(FEATURES, ref.user_id, ref.id))
        said: Json | None = None if raw is None else rows.load_json(raw)
        return said if said and self.sources.find(ref.user_id, said["source_id"]) else None

    def forget_tasks(self, user_id: str, source_id: str, but: TaskRef | None = None) -> None:
        """Delete the source's tasks that are over, but this one."""
        start = rows.prefix(FEATURES, user_id)
        found = rows.scan_all(self.tables, f"{start}{source_id}-")
        refs = [TaskRef(FEATURES, user_id, row.key.removeprefix(start)) for row in found]
        states = self.work.states(refs)
        for ref in refs:
            if ref != but and (ref not in states or states[ref].state in FINAL):
                self.work.delete_rows(ref)
                self.tables.delete(rows.key(FEATURES, user_id, ref.id))

    def describe(self, user_id: str, lookups: Sequence[Mapping[str, object]]) -> list[Json]:
        """Return {source_id, by, state, rows?, columns?, dataset_id?, at?, error?} of each entry of an endpoint's row.

        `state` is `ready`, `writing` while there are no rows yet, `failed`, or `waiting` for the source to be fetched.
        """
        ids = [str(each["source_id"]) for each in lookups]
        sets = self.rows.find_many(user_id, ids) if ids else {}
        return [{**each, **self._state(user_id, id, sets.get(id))} for each, id in zip(lookups, ids, strict=True)]

    def _state(self, user_id: str, source_id: str, found: FeatureSet | None) -> Json:
        current = found.answers if found else None
        said: Json = {"state": "ready" if current else "waiting"}
        if current:
            said |= {"rows": current.rows, "columns": current.columns, "dataset_id": current.dataset_id,
                     "at": current.at}  # fmt: skip
        source, newest = self.sources.find(user_id, source_id), self.sources.newest(user_id, source_id)
        if source is None or newest is None or (current and current.dataset_id == newest.dataset.id):
            return said
        state = self.work.state(features_ref(user_id, source, newest.dataset.id))
        if state is not None and state.state == FAILED:
            said |= {"state": said["state"] if current else FAILED, "error": state.error}
        elif not current:
            said["state"] = "writing"
        return said


def features_ref(user_id: str, source: KeyedSource, dataset_id: str) -> TaskRef:
    """Return the reference of the task that writes the rows of a dataset under the source's key."""
    return TaskRef(FEATURES, user_id, f"{source.id}-{dataset_id}-{rows.digest(rows.dump(list(source.key)))[:8]}")


def digest_of(cells: Sequence[object], numeric: Sequence[bool]) -> str | None:
    """Return what stands for a key in the key of its row, None for one of which a cell is missing."""
    if len(cells) != len(numeric):
        return None
    parts = [key_part(cell, numeric=is_numeric) for cell, is_numeric in zip(cells, numeric, strict=True)]
    return None if None in parts else key_digest([part for part in parts if part is not None])
