"""The rows of sources and of their fetches.

`source#user#id` is the source, `fetch#user#source#…` one fetch of it, the newest first. A fetch's row is created with
its number, so that of two that are asked for at once one comes first, and the other finds it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from core.domain.records import TaskRef
from core.domain.sources import Fetch, Source, parse_fetch_id
from core.errors import NotFound
from core.ports import Tables
from core.storage import rows
from core.storage.rows import Page

LAST_NUMBER = 10**9 - 1


class SourceRows:
    """Reads and writes them."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def find(self, user_id: str, id: str) -> Source | None:
        """Return the source, None if there is none or it is being deleted."""
        source = self.find_any(user_id, id)
        return None if source is None or source.deleting else source

    def find_any(self, user_id: str, id: str) -> Source | None:
        """Return the source, also one that is being deleted."""
        raw = self.tables.get(source_key(user_id, id))
        return None if raw is None else rows.load(Source, raw)

    def get(self, user_id: str, id: str) -> Source:
        """Return the source; raises NotFound."""
        source = self.find(user_id, id)
        if source is None:
            raise NotFound("source", id)
        return source

    def page(self, user_id: str, size: int, after: str | None = None) -> Page[Source]:
        """Return a page of sources, newest first."""
        found = rows.page(self.tables, Source, rows.prefix("source", user_id), size, after)
        return Page([source for source in found.items if not (source.deleting or source.once)], found.next)

    def update(self, user_id: str, id: str, alter: Callable[[Source], Source | None]) -> Source:
        """Write the source that `alter` returns, and return what stands; raises NotFound."""

        def altered(source: Source | None) -> Source | None:
            return None if source is None or source.deleting else alter(source)

        return rows.update(self.tables, source_key(user_id, id), Source, altered) or self.get(user_id, id)

    def fetch(self, user_id: str, source_id: str, number: int) -> Fetch | None:
        """Return the row of a fetch, None if there is none."""
        raw = self.tables.get(fetch_key(user_id, source_id, number))
        return None if raw is None else rows.load(Fetch, raw)

    def fetch_of(self, ref: TaskRef) -> Fetch | None:
        """Return the row of the fetch that a task does."""
        return self.fetch(ref.user_id, *parse_fetch_id(ref.id))

    def fetches(self, user_id: str, source_id: str, before: int | None = None) -> Iterator[Fetch]:
        """Yield the fetches of a source, newest first, those of smaller numbers."""
        after = None if before is None else fetch_key(user_id, source_id, before)
        for row in rows.scan_all(self.tables, rows.prefix("fetch", user_id, source_id), after, 100):
            yield rows.load(Fetch, row.value)

    def newest(self, user_id: str, source_id: str) -> Fetch | None:
        """Return the newest fetch, whatever its state."""
        return next(islice(self.fetches(user_id, source_id), 1), None)

    def fetch_page(self, user_id: str, source_id: str, size: int, after: str | None = None) -> Page[Fetch]:
        """Return a page of the fetches, newest first."""
        return rows.page(self.tables, Fetch, rows.prefix("fetch", user_id, source_id), size, after)

    def settle(self, fetch: Fetch, alter: Callable[[Fetch], Fetch]) -> Fetch | None:
        """Write the end of a fetch, unless it is over already; return what stands, None if it was deleted."""

        def altered(found: Fetch | None) -> Fetch | None:
            return None if found is None or found.is_over else alter(found)

        key = fetch_key(fetch.user_id, fetch.source_id, fetch.number)
        written = rows.update(self.tables, key, Fetch, altered)
        return written or self.fetch(fetch.user_id, fetch.source_id, fetch.number)


def source_key(user_id: str, id: str) -> str:
    """Return the key of a source's row."""
    return rows.key("source", user_id, id)


def fetch_key(user_id: str, source_id: str, number: int) -> str:
    """Return the key of a fetch's row."""
    return rows.key("fetch", user_id, source_id, LAST_NUMBER - number)


def waiting_prefix(user_id: str, source_id: str, number: int) -> str:
    """Return what keys of rows begin with that name the jobs which wait for a fetch."""
    return rows.prefix("sourcework", user_id, f"{source_id}-{number:09d}")
