"""Messages that no worker could process: kept for inspection, and retried at an operator's command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.domain import states
from core.domain.ids import new_id, now
from core.domain.records import TaskRef
from core.errors import NoBrainsError, NotFound, Unavailable, failure
from core.observability.metrics import DEAD_LETTERED
from core.ports import QUEUES, Ports
from core.storage import rows
from core.tasks.completion import TaskFinalizer
from core.tasks.kinds import TaskKind
from core.tasks.lifecycle import TaskLifecycle
from core.tasks.messages import BadMessage, load_message

BODY_CHARACTERS = 2000


@dataclass(frozen=True)
class DeadLetter:
    """A message from a queue's dead letters; `work` names its task, if that can be read from it."""

    id: str
    queue: str
    at: str
    body: str
    work: str | None


class DeadLetters:
    """Moves dead letters off the queues into rows, and ends their tasks so that no user waits for them."""

    def __init__(
        self, ports: Ports, kinds: Mapping[str, TaskKind], work: TaskLifecycle, settler: TaskFinalizer
    ) -> None:
        self.tables = ports.tables
        self.queue = ports.queue
        self.kinds = kinds
        self.work = work
        self.settler = settler

    def collect(self) -> None:
        """Write each letter down, end its task as failed, then acknowledge it: a crash in between does it twice."""
        for queue in QUEUES:
            while (delivery := self.queue.receive_dead_letter(queue)) is not None:
                try:
                    self._store(queue, delivery.body)
                except Unavailable:
                    delivery.reject()  # It stays a dead letter.
                    raise
                delivery.ack()

    def _store(self, queue: str, body: bytes) -> None:
        try:
            message = load_message(body, self.kinds)
            if message.engine:
                return  # An invitation: its training goes on without it.
            ref = message.ref
        except BadMessage:
            ref = None
        DEAD_LETTERED.labels(queue).inc()
        text = body.decode(errors="replace")[:BODY_CHARACTERS]
        letter = DeadLetter(new_id(), queue, now(), text, ref.path if ref else None)
        self.tables.put(rows.key("dead_letter", letter.id), rows.dump(letter))
        error = failure("DEAD_LETTER", "No worker could process this task.", "Inform the operator, then retry.")
        if ref is not None and self.work.finish_unclaimed(ref, states.FAILED, error):
            self.settler.finalize(ref)

    def all(self) -> list[DeadLetter]:
        """Return every letter, newest first."""
        return [rows.load(DeadLetter, row.value) for row in rows.scan_all(self.tables, "dead_letter#")]

    def retry(self, id: str) -> str:
        """Retry the task, as a new job or under its old name, and delete the letter. Return in words what was done."""
        key = rows.key("dead_letter", id)
        raw = self.tables.get(key)
        if raw is None:
            raise NotFound("dead letter", id)
        letter = rows.load(DeadLetter, raw)
        if letter.work is None:
            raise NoBrainsError("This letter was never a message of ours: there is nothing to retry.")
        done = self._requeue(letter.work)
        self.tables.delete(key)
        return done

    def discard(self, id: str) -> None:
        """Delete a letter for good."""
        self.tables.delete(rows.key("dead_letter", id))

    def _requeue(self, path: str) -> str:
        ref = TaskRef.parse(path)
        task_state = self.work.state(ref)
        if task_state is None:
            return f"{path} was deleted meanwhile: nothing to do"
        if task_state.state != states.FAILED:
            return f"{path} has {task_state.state} meanwhile: nothing to do"
        if done := self.kinds[ref.kind].retry(ref):
            return done
        self.work.delete_rows(ref)
        self.work.enqueue(ref)
        return f"{path} is queued again"
