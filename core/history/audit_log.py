"""The audit log: actor, action, subject, time and address of every change. Written and read, never changed.

Entries belong to the service and not to a user: they outlive the account they mention, whose id they keep and whose
name they never had. The sweeper drops those that are older than the setting says.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.ids import new_id, now
from core.ports import Tables
from core.storage import rows
from core.storage.rows import Page

OPERATOR = "operator"
"""The actor of an action on the machine itself, by a command and not over HTTP."""


@dataclass(frozen=True)
class AuditEntry:
    """One audited action.

    Attributes:
        at: time of the action, RFC 3339 in UTC.
        actor: the id of the account that did it, or `operator`.
        action: the call, such as `POST /jobs`, or the command.
        subject: the object of the action: a path below /api/v1, such as `/jobs/ID`.
        status: the HTTP status of the response.
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
    """Append-only log of all audited actions, newest first."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def record(
        self, actor: str, action: str, subject: str, status: int = 200, remote: str = "", request_id: str = ""
    ) -> AuditEntry:
        """Write an entry under a new key, so that it can replace no other."""
        line = AuditEntry(now(), actor, action, subject, status, remote, request_id)
        while not self.tables.put_if_absent(rows.key("audit", new_id()), rows.dump(line)):
            pass
        return line

    def page(self, size: int, after: str | None = None, actor: str | None = None) -> Page[AuditEntry]:
        """Return a page of entries, newest first, of one actor if given.

        With `actor` a page may have few entries and still a next page.
        """
        if actor is None:
            return rows.page(self.tables, AuditEntry, "audit#", size, after)
        return rows.page_where(self.tables, AuditEntry, "audit#", size, after, lambda line: line.actor == actor)
