"""Snapshots of the queued tasks, from which positions in the queue are computed."""

from __future__ import annotations

import time

from core.domain.records import TaskRef
from core.domain.states import QUEUED
from core.tasks.lifecycle import TaskLifecycle

# Seconds that a snapshot is reused: every waiting client polls often, and all of them read the same rows.
MAX_AGE_S = 1.0
MAX_SCANNED = 1000


class QueueSnapshot:
    """The queued tasks of one kind, of all users, as of a moment ago."""

    def __init__(self, work: TaskLifecycle, kind: str) -> None:
        self.work = work
        self.kind = kind
        self.seen: list[TaskRef] = []
        self.looked_at_s = -MAX_AGE_S

    def queued_ids(self) -> list[str]:
        """Return the ids of the queued tasks."""
        return [ref.id for ref in self.queued_refs()]

    def queued_refs(self) -> list[TaskRef]:
        """Return the queued tasks among the first thousand unfinished ones; each user's newest first."""
        if time.monotonic() - self.looked_at_s >= MAX_AGE_S:
            found = self.work.tables.scan(f"active#{self.kind}#", MAX_SCANNED)
            task_states = self.work.states([TaskRef.parse(row.key.removeprefix("active#")) for row in found])
            self.seen = [ref for ref, task_state in task_states.items() if task_state.state == QUEUED]
            self.looked_at_s = time.monotonic()
        return self.seen

    def forget(self) -> None:
        """Have the next call read the rows again."""
        self.looked_at_s = -MAX_AGE_S
