"""Rows by which the sweeper finds what is to be done at a time: `due#minute#kind#user_id#id`, earliest first.

Reading what is due costs one scan, whatever else waits. A `due` row promises nothing by itself: what it leads to names
the row that counts, and one that does not count is deleted when its time comes. So it is written before what names it,
and deleted after that names another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.ports import Tables
from core.storage import rows

KIND = "due"
MINUTE = len("2026-11-30T12:00")


@dataclass(frozen=True)
class Due:
    """Something that is due at a minute, `2026-11-30T12:00` in UTC."""

    at: str
    kind: str
    user_id: str
    id: str

    @property
    def key(self) -> str:
        return rows.key(KIND, self.at, self.kind, self.user_id, self.id)


def minute_of(at: str) -> str:
    """Return the minute of a time as rows have times."""
    return at[:MINUTE]


def put(tables: Tables, due: Due) -> None:
    """Have it found when its time comes."""
    tables.put(due.key, b"")


def delete(tables: Tables, due: Due) -> None:
    """Have it found no more."""
    tables.delete(due.key)


def due_until(tables: Tables, minute: str, limit: int) -> Iterator[Due]:
    """Yield at most `limit` of what is due by that minute, earliest first."""
    for row in tables.scan(f"{KIND}#", limit):
        _, at, kind, user_id, id = row.key.split("#")
        if at > minute:
            return
        yield Due(at, kind, user_id, id)
