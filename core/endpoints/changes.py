"""The log of an endpoint's changes: append-only, and the state itself.

The newest lines stand in the endpoint's own row, so that one write changes what is served and says so. A tail that is
full is made shorter by that same write; the lines that leave it have been copied to rows of their own before, under
their number. A crash in between leaves copies, which are the same bytes whoever writes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace

from core.domain.endpoints import Change, Endpoint
from core.domain.records import Json
from core.errors import NotFound
from core.ports import Tables
from core.storage import rows
from core.storage.rows import Page

MAX_TAIL = 20
KEPT = 10
"""Lines that stay in a tail that is made shorter. More than one leaves at once, so that few writes have to copy."""

BATCH = 100


class ChangeLog:
    """Reads and writes the logs of changes."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def append(self, endpoint: Endpoint, change: Change) -> Endpoint:
        """Return the endpoint as the change leaves it, with its line; nothing but old lines is written yet."""
        history = endpoint.history
        if len(history) >= MAX_TAIL:
            self._copy(endpoint, history[:-KEPT])
            history = history[-KEPT:]
        line = replace(change, seq=endpoint.seq + 1)
        return replace(
            endpoint,
            aliases=line.aliases,
            traffic=line.traffic,
            lookup=endpoint.lookup if line.lookup is None else line.lookup,
            seq=line.seq,
            revision=endpoint.revision + 1,
            history=[*history, asdict(line)],
        )

    def _copy(self, endpoint: Endpoint, lines: list[Json]) -> None:
        for line in lines:
            key, value = _key(endpoint, line["seq"]), rows.dump({**line, "endpoint_id": endpoint.id})
            there = self.tables.get(key)
            # One of an endpoint that had this name before is written over.
            while there != value and not rows.compare_and_set(self.tables, key, value, there):
                there = self.tables.get(key)

    def get(self, endpoint: Endpoint, seq: int) -> Change:
        """Return a change; raises NotFound."""
        change = next(self._read(endpoint, [seq]), None) if 1 <= seq <= endpoint.seq else None
        if change is None:
            raise NotFound("change", str(seq))
        return change

    def newest(self, endpoint: Endpoint) -> Change | None:
        """Return the newest change, without a read."""
        return rows.from_json(Change, endpoint.history[-1]) if endpoint.history else None

    def newest_first(self, endpoint: Endpoint, before: int | None = None) -> Iterator[Change]:
        """Yield all changes, or those with a smaller number."""
        end = endpoint.seq if before is None else min(before - 1, endpoint.seq)
        while end > 0:
            start = max(0, end - BATCH)
            yield from self._read(endpoint, range(end, start, -1))
            end = start

    def page(self, endpoint: Endpoint, size: int, after: str | None = None) -> Page[Change]:
        """Return a page of changes, newest first."""
        end = _number(after, endpoint.seq + 1) - 1
        start = max(0, end - size)
        return Page(list(self._read(endpoint, range(end, start, -1))), str(start + 1) if start else None)

    def _read(self, endpoint: Endpoint, numbers: range | list[int]) -> Iterator[Change]:
        tail = {line["seq"]: line for line in endpoint.history}
        keys = [_key(endpoint, seq) for seq in numbers if seq not in tail]
        found = self.tables.get_many(keys) if keys else {}
        for seq in numbers:
            line = tail.get(seq)
            if line is None and (raw := found.get(_key(endpoint, seq))) is not None:
                line = rows.load_json(raw)
                if line["endpoint_id"] != endpoint.id:
                    continue
            if line is not None:
                yield rows.from_json(Change, line)


def _number(after: str | None, default: int) -> int:
    """Return the number in a page's token; one of another list is the first page's."""
    return min(int(after), default) if after is not None and after.isascii() and after.isdigit() else default


def _key(endpoint: Endpoint, seq: int) -> str:
    return rows.key("change", endpoint.user_id, endpoint.name, seq)
