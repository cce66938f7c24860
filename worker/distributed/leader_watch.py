"""Watch the leader of a search that this worker helps with."""

from __future__ import annotations

import time

from core.domain import states
from core.domain.records import TaskRef, TaskState
from core.domain.trainings import Progress
from core.errors import NoBrainsError, Unavailable
from core.storage import rows
from core.tasks.lifecycle import ClaimedTask
from core.tasks.liveness import UnchangedTimer
from core.tasks.messages import TaskMessage
from worker.context import WorkerContext

ENDING = ("ensembling", "finishing", "saving")


class SearchEnded(NoBrainsError):
    """The search needs no more help."""


class Reassigned(NoBrainsError):
    """This worker has claimed other work: the lead of the search it helped with, or a waiting job."""

    def __init__(self, claimed: ClaimedTask) -> None:
        super().__init__(f"called to {claimed.ref.path}")
        self.claimed = claimed


class LeaderWatch:
    """Check now and then whether the search goes on, and take it over from a leader that is gone.

    Args:
        leader_state: the training's control row when the helper slot was taken.
    """

    interval_s = 1.0

    def __init__(self, context: WorkerContext, ref: TaskRef, leader_state: TaskState) -> None:
        self.context = context
        self.service = context.service
        self.ref = ref
        self.leader_state = leader_state
        self.changed_at = time.monotonic()
        self.watch = UnchangedTimer(time.monotonic)

    def check(self) -> None:
        """Raise SearchEnded or Reassigned, if this worker's help is over.

        SearchEnded: the search has ended, or its leader has another engine or other rows. Reassigned: this worker has
        taken over the lead.
        """
        key, progress_key = rows.task_state_key(self.ref), rows.key("progress", self.ref.user_id, self.ref.id)
        try:
            found = self.service.ports.tables.get_many([key, rows.request_key(self.ref), progress_key])
            raw = found.get(key)
            if raw is None or rows.request_key(self.ref) in found:
                raise SearchEnded("deleted, stopped or cancelled")
            self._check_leader(rows.load(TaskState, raw), raw)
        except Unavailable:
            self.watch.keep(set())  # A leader that could not be read was not silent.
            return
        if raw := found.get(progress_key):
            progress = rows.load(Progress, raw)
            if progress.epoch == self.leader_state.epoch and progress.phase in ENDING:
                raise SearchEnded("the search has ended")

    def _check_leader(self, task_state: TaskState, raw: bytes) -> None:
        if task_state.state in states.FINAL:
            raise SearchEnded(task_state.state)
        silent = self.watch.unchanged_s(rows.task_state_key(self.ref), raw) >= self.service.settings.lease_s
        if task_state.state == states.QUEUED or silent or task_state.owner == self.context.name:
            message = TaskMessage(self.ref, rows.digest(raw) if silent else None)
            if claimed := self.service.claims.claim(message, self.context.name, self.context.engine):
                raise Reassigned(claimed)
            return
        known = self.leader_state
        if (task_state.engine, task_state.memory_scale) != (self.context.engine, known.memory_scale):
            raise SearchEnded("it goes on with another engine, or with fewer rows")
        if task_state.spent_s != known.spent_s or task_state.epoch != known.epoch:
            self.leader_state, self.changed_at = task_state, time.monotonic()

    def remaining_s(self, budget_s: float) -> float:
        """Return the remaining seconds of the budget, estimated from the leader's last renewal.

        The leader had begun to fit once its row holds any fitting time.
        """
        spent_s = self.leader_state.spent_s
        if spent_s:
            spent_s += time.monotonic() - self.changed_at + float(self.service.settings.renew_s)
        return max(0.0, budget_s - spent_s)
