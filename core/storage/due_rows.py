"""Rows by which what is to be done at a time is found: `due#minute#kind#user_id#id`, earliest first.

Reading what is due costs one scan, whatever else waits. A `due` row promises nothing by itself: what it leads to names
the row that counts, and one that does not count is deleted when its time comes. So it is written before what names it,
and deleted after that names another.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
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


def delete_of_user(tables: Tables, user_id: str) -> None:
    """Have nothing of an account found any more."""
    for row in rows.scan_all(tables, f"{KIND}#"):
        if row.key.split("#")[3] == user_id:
            tables.delete(row.key)


def due_until(tables: Tables, minute: str, kinds: Container[str]) -> Iterator[Due]:
    """Yield what is due by that minute of these kinds, earliest first."""
    for row in rows.scan_all(tables, f"{KIND}#"):
        _, at, kind, user_id, id = row.key.split("#")
        if at > minute:
            return
        if kind in kinds:
            yield Due(at, kind, user_id, id)
