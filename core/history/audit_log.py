"""The audit log: who did what to what, when and from where. Written and read, never changed.

Lines belong to the service and not to a user: they outlive the account they tell of, whose id they keep and whose name
they never had. The sweeper drops those that are older than the setting says.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.ids import new_id, now
from core.ports import Tables
from core.storage import rows
from core.storage.rows import Page

OPERATOR = "operator"
"""The actor of what is done on the machine itself, by a command and not over HTTP."""


@dataclass(frozen=True)
class AuditEntry:
    """One deed.

    Attributes:
        at: when, RFC 3339 in UTC.
        actor: the id of the account that did it, or `operator`.
        action: the call, such as `POST /jobs`, or the command.
        subject: what it was done to: a path below /api/v1, such as `/jobs/ID`.
        status: the HTTP status of the answer.
        remote: the address the request came from, behind the trusted proxies.
        request_id: as in the logs.
    """

    at: str
    actor: str
    action: str
    subject: str
    status: int
    remote: str = ""
    request_id: str = ""


class AuditLog:
    """Append-only, newest first."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def record(
        self, actor: str, action: str, subject: str, status: int = 200, remote: str = "", request_id: str = ""
    ) -> AuditEntry:
        """Write a line; its row is new, so that it can replace no other."""
        line = AuditEntry(now(), actor, action, subject, status, remote, request_id)
        while not self.tables.put_if_absent(rows.key("audit", new_id()), rows.dump(line)):
            pass
        return line

    def page(self, size: int, after: str | None = None, actor: str | None = None) -> Page[AuditEntry]:
        """A page of lines, newest first, of one actor where given (then a page may have few lines, and still a next
        one)."""
        if actor is None:
            return rows.page(self.tables, AuditEntry, "audit#", size, after)
        return rows.page_where(self.tables, AuditEntry, "audit#", size, after, lambda line: line.actor == actor)
