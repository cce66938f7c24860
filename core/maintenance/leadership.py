"""A lease by which one of many processes does what need not be done by all; another follows within seconds."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from core.errors import Unavailable
from core.ports import Tables
from core.storage import rows
from core.tasks.liveness import UnchangedTimer


class Leadership:
    """Leads as long as it renews its row in time. Two may lead for a moment: what they do must bear that.

    Whether another still leads is measured by this process's own clock, from when it first saw the row as it is.
    """

    def __init__(self, tables: Tables, name: str, lease_s: float, monotonic: Callable[[], float]) -> None:
        self.tables = tables
        self.key = rows.key("lease", name)
        self.lease_s = lease_s
        self.watch = UnchangedTimer(monotonic)
        self.owner = secrets.token_hex(8)
        self.lease = b""

    def hold(self) -> bool:
        """Renew the lease, or take one that is free; return whether this process leads. Raises Unavailable."""
        try:
            mine = f"{self.owner} {secrets.token_hex(8)}".encode()
            current = self.tables.get(self.key)
            is_free = (
                current is None
                or current.startswith(self.owner.encode())
                or self.watch.unchanged_s(self.key, current) >= self.lease_s
            )
            # Not rows.update(): only these very bytes may be replaced. The lease of one that was quicker is left.
            won = is_free and rows.compare_and_set(self.tables, self.key, mine, current)
        except Unavailable:
            self.watch.keep(set())  # While the tables cannot be reached, the row was not seen unchanged.
            raise
        self.lease = mine if won else b""
        return won

    def release(self) -> None:
        """Let another process lead at once."""
        if self.lease:
            self.tables.delete_if_unchanged(self.key, self.lease)
