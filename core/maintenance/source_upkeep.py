"""What sources leave behind: datasets of old fetches, old fetches themselves, checks that are over."""

from __future__ import annotations

from dataclasses import replace

from core.domain.records import TaskRef
from core.domain.sources import Fetch, Source
from core.domain.states import FINAL
from core.errors import NotFound, RequestError
from core.maintenance.deletion import CascadeDeleter
from core.ports import Row
from core.sources.source_checks import SOURCE_CHECK
from core.sources.source_rows import fetch_key
from core.sources.sources import Sources
from core.storage import rows

BATCH = 100
MAX_FETCHES = 1000
"""Fetches of a source that are listed; older ones are forgotten."""


class SourceUpkeep:
    """Looks through all sources, some in each round."""

    def __init__(self, sources: Sources, eraser: CascadeDeleter) -> None:
        self.tables = sources.tables
        self.rows = sources.rows
        self.work = sources.fetches.work
        self.eraser = eraser
        self.checks = sources.checks
        self.looked_at: dict[str, str | None] = {}

    def run(self) -> None:
        """Do one round."""
        for row in self._next("source#"):
            source = rows.load(Source, row.value)
            if not source.once:
                self.prune(source)
        for row in self._next(f"{SOURCE_CHECK}#"):
            ref = TaskRef.parse(row.key)
            task_state = self.work.state(ref)
            if task_state is None or (task_state.state in FINAL and self.tables.get(rows.active_key(ref)) is None):
                self.checks.delete_one(ref)

    def prune(self, source: Source) -> None:
        """Delete the datasets of all but the newest fetches, as far as nothing uses them, and very old fetches."""
        kept: list[str] = []
        gone: set[str] = set()
        for count, fetch in enumerate(list(self.rows.fetches(source.user_id, source.id)), 1):
            id = fetch.dataset_id
            if id is not None and id not in kept and len(kept) < source.keep:
                kept.append(id)
            elif id is not None and id not in kept and (id in gone or self._delete_dataset(source, id)):
                gone.add(id)
                self._forget_dataset(fetch)
                fetch = replace(fetch, dataset_id=None)
            if count > MAX_FETCHES and fetch.is_over and fetch.dataset_id is None:
                self.work.delete_rows(fetch.ref)
                self.tables.delete(fetch_key(source.user_id, source.id, fetch.number))

    def _delete_dataset(self, source: Source, id: str) -> bool:
        """Delete a dataset; False while it is in use."""
        try:
            self.eraser.dataset(source.user_id, id)
        except NotFound:
            return True
        except RequestError:
            return False
        return True

    def _forget_dataset(self, fetch: Fetch) -> None:
        key = fetch_key(fetch.user_id, fetch.source_id, fetch.number)
        rows.update(self.tables, key, Fetch, lambda found: found and replace(found, dataset_id=None))

    def _next(self, start: str) -> list[Row]:
        found = self.tables.scan(start, BATCH, self.looked_at.get(start))
        self.looked_at[start] = found[-1].key if len(found) == BATCH else None
        return found
