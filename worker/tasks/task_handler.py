"""What does one kind of task, in the parent."""

from __future__ import annotations

from typing import Protocol

from core.domain.records import Json
from worker.supervisor import TaskSupervisor


class TaskHandler(Protocol):
    """A handler that does one kind of task."""

    def run(self, supervisor: TaskSupervisor) -> Json:
        """Do the supervised task and return its result. Raises TaskFailed and what any supervisor raises."""
