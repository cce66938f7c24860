"""The definition of a kind of task: what sets it apart from the others.

Everything else about a task is the same for every kind: how it is queued, claimed, renewed, ended and swept.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from core.domain.records import Json, TaskRef, TaskState
from core.ports import PROFILE_QUEUE


class TaskKind(Protocol):
    """One kind of task.

    Subclass it, override what differs from a short task that many may run at once, and register an instance in
    `core.service`.

    Attributes:
        name: the first part of its tasks' references.
        queue: the queue whose workers do it.
        row_kinds: the kinds of rows, `kind#user_id#...`, that its tasks leave; they are deleted with the account.
        can_be_stopped: whether its user may stop or cancel it while it runs.
    """

    name: str
    queue: str = PROFILE_QUEUE
    row_kinds: tuple[str, ...] = ()
    can_be_stopped: bool = False

    @abstractmethod
    def missing_input(self, ref: TaskRef) -> Json | None:
        """Return the error of a task whose input is missing or useless, None if it is there."""

    def exists(self, ref: TaskRef) -> bool:
        """Return whether the request is stored, so that the sweeper queues a task whose request died before it did.

        False is right for a task that the waiting request enqueues again.
        """
        return False

    def is_ready(self, ref: TaskRef) -> bool:
        """Return whether the task may begin. An event that makes it ready later must notify the workers again."""
        return True

    def max_running(self, user_id: str) -> int | None:
        """Return how many tasks of this kind one user may run at once, None for any number."""
        return None

    def log_names(self, ref: TaskRef) -> dict[str, str]:
        """Return what the task's log lines carry besides its reference."""
        return {}

    def before_queued(self, ref: TaskRef) -> None:
        """Write what must be there before the task can be claimed. May be called twice."""
        return

    def on_finished(self, ref: TaskRef, task_state: TaskState) -> None:
        """Do what follows the task's end. May be called twice, by its worker and by the sweeper after a crash."""
        return

    def retry(self, ref: TaskRef) -> str | None:
        """Do a failed task again and say what was done, None to have it queued again under its own reference."""
        return None
