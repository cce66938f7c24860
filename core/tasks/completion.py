"""The steps after a task's end: those of its kind, then the end of its supervision.

Each step may be done twice, by the worker that ended it or by the sweeper after a crash; the `active` row goes last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.domain import states
from core.domain.records import TaskRef
from core.tasks.kinds import TaskKind
from core.tasks.lifecycle import TaskLifecycle


class TaskFinalizer:
    """Finalizes tasks that are over.

    Attributes:
        listeners: hear of each end after its kind has done what follows; they may hear of it twice, and raise nothing.
    """

    def __init__(self, kinds: Mapping[str, TaskKind], work: TaskLifecycle) -> None:
        self.kinds = kinds
        self.work = work
        self.listeners: list[Callable[[TaskRef], None]] = []

    def finalize(self, ref: TaskRef) -> None:
        """Do the remaining steps for a task that is over; nothing for one that is not."""
        task_state = self.work.state(ref)
        if task_state is None or task_state.state not in states.FINAL:
            return
        self.kinds[ref.kind].on_finished(ref, task_state)
        for listener in self.listeners:
            listener(ref)
        self.work.unregister(ref)
