"""The kind of task that works out a window."""

from __future__ import annotations

from core.domain import states
from core.domain.records import Json, TaskRef, TaskState
from core.endpoints.endpoint_rows import EndpointRows
from core.errors import failure
from core.monitoring.reviews import Reviews
from core.monitoring.window_rows import MONITOR, parts_of
from core.monitoring.windows import Windows
from core.storage import rows
from core.tasks.kinds import TaskKind

MAX_RUNNING = 2
"""Windows of one user that are worked out at once: they share their workers with profiles and checks."""
MAX_LOOKED_AT = 1000


class MonitorTask(TaskKind):
    """Work out a window. What was found stands in the window; the task leaves nothing."""

    name = MONITOR
    row_kinds = ("window", "window_detail", "alarm", "monitor", "failed_requests")

    def __init__(self, endpoints: EndpointRows, windows: Windows, reviews: Reviews) -> None:
        self.endpoints = endpoints
        self.windows = windows
        self.reviews = reviews
        self.work = windows.work

    def missing_input(self, ref: TaskRef) -> Json | None:
        """Return an error if the endpoint or its window is gone, or the window was worked out."""
        endpoint = self.endpoints.find(ref.user_id, parts_of(ref)[0])
        return None if endpoint is not None and self.windows.of(endpoint, ref) else window_gone()

    def exists(self, ref: TaskRef) -> bool:
        """Return whether the window waits to be worked out."""
        return self.missing_input(ref) is None

    def max_running(self, user_id: str) -> int | None:
        """Return a number that leaves workers to others; the end of a running one notifies of the next."""
        return MAX_RUNNING

    def on_finished(self, ref: TaskRef, task_state: TaskState) -> None:
        """Raise and end alarms, notify of the user's next window, and delete what is left of the task."""
        endpoint = self.endpoints.find(ref.user_id, parts_of(ref)[0])
        if endpoint is not None and endpoint.id == parts_of(ref)[1]:
            if task_state.state == states.FAILED and (window := self.windows.of(endpoint, ref)):
                self.windows.fail(endpoint, window, task_state.error or window_gone())
            self.reviews.review(endpoint)
        self._notify_of_next(ref)
        # A window is one of many thousands, and its own row says how it ended.
        self.work.tables.delete(rows.task_state_key(ref))

    def _notify_of_next(self, ref: TaskRef) -> None:
        start = rows.prefix("active", MONITOR, ref.user_id)
        found = self.work.tables.scan(start, MAX_LOOKED_AT)
        refs = [TaskRef(MONITOR, ref.user_id, row.key.removeprefix(start)) for row in found]
        queued = {other: state for other, state in self.work.states(refs).items() if state.state == states.QUEUED}
        if queued:
            self.work.notify(min(queued, key=lambda other: queued[other].created_at))


def window_gone() -> Json:
    """Return the error of a task whose window is no longer wanted."""
    return failure("WINDOW_GONE", "The endpoint was deleted, or the window was worked out meanwhile.")
