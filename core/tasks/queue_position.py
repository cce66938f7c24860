"""Who waits: what the position in the queue is told by."""

from __future__ import annotations

import time

from core.domain.records import WorkRef
from core.domain.states import QUEUED
from core.tasks.lifecycle import Work

# Everybody who waits looks often, and all of them look at the same.
FRESH_S = 1.0
MOST = 1000


class Waiting:
    """The queued work of one kind, of all users, as of a moment ago."""

    def __init__(self, work: Work, kind: str) -> None:
        self.work = work
        self.kind = kind
        self.seen: list[WorkRef] = []
        self.looked_at_s = -FRESH_S

    def ids(self) -> list[str]:
        """Their ids."""
        return [ref.id for ref in self.refs()]

    def refs(self) -> list[WorkRef]:
        """Those among the first thousand that are not over; each user's newest first."""
        if time.monotonic() - self.looked_at_s >= FRESH_S:
            found = self.work.tables.scan(f"active#{self.kind}#", MOST)
            controls = self.work.controls([WorkRef.parse(row.key.removeprefix("active#")) for row in found])
            self.seen = [ref for ref, control in controls.items() if control.state == QUEUED]
            self.looked_at_s = time.monotonic()
        return self.seen

    def forget(self) -> None:
        """Look anew the next time."""
        self.looked_at_s = -FRESH_S
