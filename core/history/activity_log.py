"""The history of a user's requests and how each ended."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.ids import new_id, now
from core.ports import Tables
from core.storage import rows
from core.storage.rows import Page


@dataclass(frozen=True)
class ActivityEntry:
    """One entry of a user's activity."""

    at: str
    action: str
    subject: str
    """`kind/id` of the object of the action."""
    detail: str = ""


class ActivityLog:
    """Append-only log of one user's activity, newest first."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def record(self, user_id: str, action: str, subject: str, detail: str = "", once: str = "") -> None:
        """Write an entry. `once` names the event, so that recording it again changes nothing."""
        id = new_id()
        if once:
            dedup = rows.key("dedup", user_id, once)
            if not self.tables.put_if_absent(dedup, id.encode()):
                id = (self.tables.get(dedup) or id.encode()).decode()
        line = rows.dump(ActivityEntry(now(), action, subject, detail))
        self.tables.put_if_absent(rows.key("activity", user_id, id), line)

    def page(self, user_id: str, size: int, after: str | None = None) -> Page[ActivityEntry]:
        """Return a page of entries, newest first."""
        return rows.page(self.tables, ActivityEntry, rows.prefix("activity", user_id), size, after)
