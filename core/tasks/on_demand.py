"""Tasks that a request enqueues and waits for: done once for each input, tried again if a crash ended them.

The id of such a task follows from its input, so that repeating the request finds the result. The input stands in a row
of its own, which is deleted with the object that it is about.
"""

from __future__ import annotations

from collections.abc import Callable

from core.domain.records import Json, TaskRef, TaskState
from core.domain.states import FAILED
from core.ports import Tables
from core.storage import rows
from core.tasks.lifecycle import TaskLifecycle


class OnDemandTasks:
    """The tasks of one kind that are done on demand."""

    def __init__(self, tables: Tables, work: TaskLifecycle, kind: str) -> None:
        self.tables = tables
        self.work = work
        self.kind = kind

    def run(
        self, ref: TaskRef, request: Json, wait_s: float, is_final: Callable[[Json], bool] = lambda _: False
    ) -> TaskState | None:
        """Wait for the task, which is enqueued if it was not yet done.

        Args:
            ref: the task.
            request: the input, for the worker; see `request_of`.
            wait_s: maximum seconds to wait.
            is_final: whether the task would fail with this error again, so that it need not be tried again.

        Returns:
            The control row of the finished task, None if it is not over in time.
        """
        self.request(ref, request, is_final)
        return self.work.wait(ref, wait_s)

    def request(self, ref: TaskRef, request: Json, is_final: Callable[[Json], bool] = lambda _: False) -> None:
        """Enqueue the task unless it was done, is being done or would fail again; arguments are those of `run`."""
        task_state = self.work.state(ref)
        failed = task_state is not None and task_state.state == FAILED and not is_final(task_state.error or {})
        if failed:
            self.work.delete_rows(ref)
        if failed or task_state is None:
            self.tables.put(self._key(ref), rows.dump(request))
            self.work.enqueue(ref)

    def request_of(self, ref: TaskRef) -> Json | None:
        """Return the input of a task, None if the object that it is about was deleted."""
        raw = self.tables.get(self._key(ref))
        request: Json | None = rows.load_json(raw) if raw else None
        return request

    def delete(self, user_id: str, id_prefix: str) -> None:
        """Delete every such task of a user whose id begins with `id_prefix`, with its result."""
        start = rows.prefix(self.kind, user_id)
        for row in rows.scan_all(self.tables, start + id_prefix):
            self.work.delete_rows(TaskRef(self.kind, user_id, row.key.removeprefix(start)))
            self.tables.delete(row.key)

    def _key(self, ref: TaskRef) -> str:
        return rows.key(self.kind, ref.user_id, ref.id)
