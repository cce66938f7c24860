"""Deletion of a source with its fetches, so that a crash in between leaves nothing; its datasets stay."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from core.domain import states
from core.domain.records import TaskRef
from core.domain.sources import Source
from core.errors import Conflict
from core.sources.source_checks import SourceChecks
from core.sources.source_rows import SourceRows, source_key
from core.storage import rows
from core.tasks.lifecycle import TaskLifecycle

ERASURE = "source"
"""Kind of erasure: its row holds the source."""


class SourceDeletion:
    """Deletes sources. Every step may be done twice.

    Attributes:
        also: what else is deleted with a source, by (user_id, source_id).
    """

    def __init__(self, source_rows: SourceRows, work: TaskLifecycle, checks: SourceChecks) -> None:
        self.tables = source_rows.tables
        self.rows = source_rows
        self.work = work
        self.checks = checks
        self.also: list[Callable[[str, str], None]] = []

    def delete(self, user_id: str, id: str) -> None:
        """Delete a source; raises NotFound, Conflict SOURCE_IN_USE."""
        source = self.rows.get(user_id, id)
        self._check_unused(source)
        erasure = rows.key("erasure", ERASURE, user_id, id)
        self.tables.put(erasure, rows.dump(source))
        # From here on nothing can begin to use it: whoever does reads the tombstone after its own row.
        self.rows.update(user_id, id, lambda found: replace(found, deleting=True))
        try:
            self._check_unused(source)
        except Conflict:
            rows.update(
                self.tables, source_key(user_id, id), Source, lambda found: found and replace(found, deleting=False)
            )
            self.tables.delete(erasure)
            raise
        self.delete_rows(source)
        self.tables.delete(erasure)

    def resume(self, raw: bytes) -> None:
        """Delete what is left of the source whose record is given, unless its deletion was never begun."""
        source = rows.load(Source, raw)
        if self.rows.find(source.user_id, source.id) is None:
            self.delete_rows(source)

    def delete_rows(self, source: Source) -> None:
        """Delete every row of the source, its own last."""
        user_id, id = source.user_id, source.id
        for delete in self.also:
            delete(user_id, id)
        self.checks.delete(user_id, id)
        for fetch in list(self.rows.fetches(user_id, id)):
            self.work.delete_rows(fetch.ref)
            self.tables.delete(rows.key("fetchprogress", user_id, fetch.id))
        for start in (rows.prefix("fetch", user_id, id), rows.key("sourcework", user_id, f"{id}-")):
            for row in rows.scan_all(self.tables, start):
                self.tables.delete(row.key)
        self.tables.delete(source_key(user_id, id))

    def _check_unused(self, source: Source) -> None:
        if uses := list(self._uses(source)):
            raise Conflict(
                "SOURCE_IN_USE", f"The source is in use by {', '.join(uses[:5])}: change or delete that first.",
                [{"field": "source", "detail": use} for use in uses],
            )  # fmt: skip

    def _uses(self, source: Source) -> Iterator[str]:
        """Yield what uses a source, in words."""
        for row in rows.scan_all(self.tables, rows.prefix("pipeline", source.user_id)):
            pipeline = rows.load_json(row.value)
            if source.id in _sources_in(pipeline.get("data")):
                yield f"the pipeline {pipeline.get('name')!r}"
        for row in rows.scan_all(self.tables, rows.prefix("endpoint", source.user_id)):
            endpoint = rows.load_json(row.value)
            if source.id in _sources_in(endpoint.get("lookup")):
                yield f"the lookup of the endpoint {endpoint.get('name')!r}"
        start = rows.key("sourcework", source.user_id, f"{source.id}-")
        refs = [TaskRef.parse(row.key.split("#", 3)[3]) for row in rows.scan_all(self.tables, start)]
        found = self.work.states(refs)
        yield from (f"the job {ref.id}, which waits for it" for ref in refs
                    if ref in found and found[ref].state not in states.FINAL)  # fmt: skip


def _sources_in(value: object) -> set[str]:
    """Return the ids under the name `source_id`, however deep."""
    if isinstance(value, dict):
        own = {value["source_id"]} if isinstance(value.get("source_id"), str) else set()
        return own.union(*map(_sources_in, value.values()))
    return set[str]().union(*map(_sources_in, value)) if isinstance(value, list) else set()
