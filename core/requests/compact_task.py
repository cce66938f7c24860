"""The kind of task that puts the requests of a day together."""

from __future__ import annotations

from core.domain.records import Json, TaskRef, TaskState
from core.requests.compactions import COMPACT, Compactions
from core.tasks.kinds import TaskKind


class CompactTask(TaskKind):
    """Put a day together. The sweeper requests it again as long as there is something to do."""

    name = COMPACT
    row_kinds = ("compact",)

    def __init__(self, compactions: Compactions) -> None:
        self.compactions = compactions

    def missing_input(self, ref: TaskRef) -> Json | None:
        """Return None: a day that is gone is a task that has nothing to do."""
        return None

    def on_finished(self, ref: TaskRef, task_state: TaskState) -> None:
        """Forget the request; the rows of the task go, so that there is not one for each day of each endpoint."""
        self.compactions.forget(ref)
        self.compactions.tasks.work.delete_rows(ref)
