"""Check whether the user of a running task has requested its end."""

from __future__ import annotations

from core.domain import states
from core.domain.records import TaskRef
from core.errors import Unavailable
from core.tasks.lifecycle import TaskLifecycle
from worker.child_process import ChildProcess
from worker.errors import Cancelled
from worker.messages.to_child import Stop


class StopRequests:
    """The requests of a task's user, passed on to its child."""

    interval_s = 0.5

    def __init__(self, work: TaskLifecycle, ref: TaskRef, child: ChildProcess) -> None:
        self.work = work
        self.ref = ref
        self.child = child
        self.stopping = False

    def check(self) -> None:
        """Raise Cancelled, or have the child stop, if the user has requested that."""
        try:
            requested = self.work.stop_request(self.ref)
        except Unavailable:
            return  # Checked again in half a second; the lease sees to it that this does not go on for long.
        if requested == states.CANCEL:
            raise Cancelled
        if requested == states.STOP and not self.stopping:
            self.stopping = True
            self.child.send(Stop())
