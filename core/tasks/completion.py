"""What follows when work is over: what its kind does then, and that nobody watches it any more.

Each step may be done twice, by the worker that ended it or by the sweeper after a crash; the `active` row goes last.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.domain import states
from core.domain.records import TaskRef
from core.tasks.kinds import TaskKind
from core.tasks.lifecycle import TaskLifecycle


class TaskFinalizer:
    """Settles work that is over."""

    def __init__(self, kinds: Mapping[str, TaskKind], work: TaskLifecycle) -> None:
        self.kinds = kinds
        self.work = work

    def finalize(self, ref: TaskRef) -> None:
        """Do what is left to do for work that is over; nothing for work that is not."""
        control = self.work.state(ref)
        if control is None or control.state not in states.FINAL:
            return
        self.kinds[ref.kind].on_finished(ref, control)
        self.work.unregister(ref)
