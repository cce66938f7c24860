"""The conditions under which a task may begin, and its claim."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from core.domain import states
from core.domain.records import Json
from core.errors import LeaseLost, failure
from core.limits import concurrency_slots
from core.settings import Settings
from core.storage import rows
from core.tasks.completion import TaskFinalizer
from core.tasks.kinds import TaskKind
from core.tasks.lifecycle import ClaimedTask, TaskLifecycle
from core.tasks.messages import TaskMessage


class TaskClaimer:
    """Handles a TaskMessage: claims the task, ends it if it cannot begin, or leaves it for later."""

    def __init__(
        self, settings: Settings, kinds: Mapping[str, TaskKind], work: TaskLifecycle, settler: TaskFinalizer
    ) -> None:
        self.settings = settings
        self.kinds = kinds
        self.work = work
        self.settler = settler

    def claim(self, message: TaskMessage, owner: str, engine: str = "") -> ClaimedTask | None:
        """Return the task, claimed under a new epoch; None if there is nothing to do now.

        What can be done only later notifies the workers again. `engine` is the version of the owner's engine.
        """
        ref = message.ref
        kind = self.kinds[ref.kind]
        task_state = self.work.state(ref)
        if task_state is None or (
            message.engine and task_state.state != states.QUEUED
        ):  # An invitation: nothing to lead.
            return None
        if task_state.state in states.FINAL:
            self.settler.finalize(ref)
            return None
        # A worker that requeues the task may not have seen the request any more.
        if kind.can_be_stopped and self.work.stop_request(ref) == states.CANCEL:
            self._end(message, states.CANCELLED)
            return None
        if error := kind.missing_input(ref) or self._lost_too_often(task_state.attempt):
            self._end(message, states.FAILED, error)
            return None
        return self._claim(message, owner, engine) if kind.is_ready(ref) else None

    def _lost_too_often(self, attempt: int) -> Json | None:
        if attempt < self.settings.max_attempts:
            return None
        return failure(
            "WORKER_LOST",
            f"It was started {attempt} times, and each time its worker was lost.",
            "Ask the operator to look at the workers' logs and memory, then retry.",
        )

    def _end(self, message: TaskMessage, state: str, error: Json | None = None) -> None:
        raw = self.work.tables.get(rows.task_state_key(message.ref))
        seen = raw if raw is not None and message.silent == rows.digest(raw) else None
        if self.work.finish_unclaimed(message.ref, state, error, seen=seen):
            self.settler.finalize(message.ref)

    def _claim(self, message: TaskMessage, owner: str, engine: str) -> ClaimedTask | None:
        most = self.kinds[message.ref.kind].max_running(message.ref.user_id)
        if most is None:
            return self.work.claim(message, owner, engine)
        slot = concurrency_slots.acquire(self.work.tables, message.ref, most)
        if slot is None:
            return None  # The end of what runs notifies of the next.
        claimed = self.work.claim(message, owner, engine)
        if claimed is not None and not concurrency_slots.confirm(self.work.tables, slot, message.ref):
            with suppress(LeaseLost):
                self.work.requeue(claimed, urgent=False)
            return None
        return claimed
