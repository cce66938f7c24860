"""The life of a task, the same for every kind of it, on every back end.

The control row is the truth, the queue message a mere notification. Only the control row is fenced: each write is a
check-and-mutate on its exact old bytes. Wall clocks are never compared: a watcher sees the row unchanged for a whole
lease on its own monotonic clock, and may then take over exactly those bytes.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

import structlog

from core.domain.ids import now
from core.domain.records import Json, TaskRef, TaskState
from core.domain.states import CANCELLED, FAILED, FINAL, QUEUED, RUNNING, SUCCEEDED
from core.errors import LeaseLost, Unavailable
from core.observability import tracing
from core.observability.metrics import TAKEOVERS, WORK_ENDED
from core.observability.request_context import current_request_context, log_labels
from core.ports import URGENT, JobQueue, Tables
from core.storage import rows
from core.tasks.kinds import TaskKind
from core.tasks.messages import OutboxMessage, TaskMessage, dump_message

log = structlog.get_logger()

POLL_S = 0.05


@dataclass(frozen=True)
class ClaimedTask:
    """A task that this process holds: its control row as last written here, to the byte, and when that began."""

    ref: TaskRef
    task_state: TaskState
    raw: bytes
    since_s: float = field(default_factory=lambda: time.monotonic(), kw_only=True, compare=False)


class TaskLifecycle:
    """Begin, notify, claim, renew, end: all changes of control, active and outbox rows.

    A control row is not written by `rows.update()`: its bytes decide, and whoever was quicker has the task.
    """

    def __init__(self, tables: Tables, queue: JobQueue, kinds: Mapping[str, TaskKind]) -> None:
        self.tables = tables
        self.queue = queue
        self.kinds = kinds

    def register(self, ref: TaskRef) -> None:
        """Register a task whose own row is about to be written, for the sweeper."""
        self.tables.put(rows.active_key(ref), b"")

    def enqueue(self, ref: TaskRef) -> None:
        """Create a queued task and notify the workers. Idempotent.

        A crash after any step leaves a task that the sweeper enqueues, or an `active` row without one that it deletes.
        """
        self.create_if_absent(ref)
        self.notify(ref, origin=current_request_context())

    def create_if_absent(self, ref: TaskRef) -> None:
        """Create a queued task: from here on it counts, and has a place in the queue."""
        self.register(ref)
        task_state = TaskState(QUEUED, now(), origin=current_request_context())
        if self.tables.put_if_absent(rows.task_state_key(ref), rows.dump(task_state)):
            log.info("work.queued", **log_labels(ref, task_state.origin, self.kinds[ref.kind].log_names(ref)))

    def notify(
        self, ref: TaskRef, silent: str | None = None, *, urgent: bool = False, origin: Mapping[str, str] | None = None
    ) -> None:
        """Publish a TaskMessage through the outbox; if the queue cannot be reached the sweeper will.

        A silent task is always `urgent`: it goes before all tasks that have not begun.
        """
        key, queue = rows.key("outbox", ref.path), self.kinds[ref.kind].queue
        queue = URGENT[queue] if urgent or silent else queue
        outbox_message = rows.dump(
            OutboxMessage(queue, dump_message(TaskMessage(ref, silent, origin=origin or {})).decode())
        )
        self.tables.put(key, outbox_message)
        with suppress(Unavailable):
            self.publish_outbox(key, outbox_message)

    def publish_outbox(self, key: str, outbox_message: bytes) -> None:
        """Publish a message of the outbox, and delete it once confirmed. Raises Unavailable."""
        outbox = rows.load(OutboxMessage, outbox_message)
        with tracing.span(f"publish {outbox.queue}", "producer"):
            self.queue.publish(outbox.queue, outbox.body.encode())
        self.tables.delete_if_unchanged(key, outbox_message)

    def state(self, ref: TaskRef) -> TaskState | None:
        """Return the present control row."""
        raw = self.tables.get(rows.task_state_key(ref))
        return None if raw is None else rows.load(TaskState, raw)

    def states(self, refs: list[TaskRef]) -> dict[TaskRef, TaskState]:
        """Return the control rows of many tasks, those that exist."""
        found = self.tables.get_many([rows.task_state_key(ref) for ref in refs])
        keyed = {rows.task_state_key(ref): ref for ref in refs}
        return {keyed[key]: rows.load(TaskState, raw) for key, raw in found.items()}

    def wait(self, ref: TaskRef, timeout_s: float) -> TaskState | None:
        """Wait for the end of the task and return its control row; None if it is not over by then."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            task_state = self.state(ref)
            if task_state is not None and task_state.state in FINAL:
                return task_state
            time.sleep(POLL_S)
        return None

    def stop_request(self, ref: TaskRef) -> str | None:
        """Return the user's request for the task: stop, cancel or nothing."""
        raw = self.tables.get(rows.request_key(ref))
        return raw.decode() if raw else None

    def claim(self, message: TaskMessage, owner: str, engine: str = "") -> ClaimedTask | None:
        """Claim a queued task, or take over a silent one; return None if neither is possible.

        An owner whose earlier claim succeeded but whose confirmation was lost may claim the task again. `engine` is the
        version of the owner's engine.
        """
        raw = self.tables.get(rows.task_state_key(message.ref))
        if raw is None:
            return None
        task_state = rows.load(TaskState, raw)
        mine = task_state.state == RUNNING and task_state.owner == owner
        silent = task_state.state == RUNNING and message.silent == rows.digest(raw)
        if task_state.state != QUEUED and not (silent or mine):
            return None
        claimed = replace(
            task_state, state=RUNNING, epoch=task_state.epoch + 1,
            attempt=task_state.attempt + (silent or not mine),
            owner=owner, nonce=secrets.token_hex(8), engine=engine,
            started_at=task_state.started_at or now(),
        )  # fmt: skip
        value = rows.dump(claimed)
        key, began_s = rows.task_state_key(message.ref), time.monotonic()
        self.tables.put(rows.running_key(message.ref), b"")  # First, so that every running task is watched.
        won = rows.compare_and_set(self.tables, key, value, raw)
        if won and silent:
            TAKEOVERS.labels(message.ref.kind).inc()
        return ClaimedTask(message.ref, claimed, value, since_s=began_s) if won else None

    def renew(self, claimed: ClaimedTask, spent_s: float) -> ClaimedTask:
        """Renew the lease, and record the fitting time so far. Raises LeaseLost."""
        return self._write(claimed, replace(claimed.task_state, nonce=secrets.token_hex(8), spent_s=round(spent_s, 3)))

    def requeue(
        self, claimed: ClaimedTask, *, memory_scale: float | None = None, counts: bool = False,
        crashed: bool = False, urgent: bool = True,
    ) -> None:  # fmt: skip
        """Requeue the task and keep its progress. With `counts` this attempt counts towards the maximum.

        Unless it is not `urgent`, it goes before the waiting tasks that have not begun.
        """
        task_state = claimed.task_state
        self._write(
            claimed,
            replace(
                task_state,
                state=QUEUED,
                owner="",
                nonce="",
                attempt=task_state.attempt if counts else task_state.attempt - 1,
                crashes=task_state.crashes + crashed,
                memory_scale=task_state.memory_scale if memory_scale is None else memory_scale,
            ),
        )
        self.notify(claimed.ref, urgent=urgent, origin=task_state.origin)

    def succeed(self, claimed: ClaimedTask, result: Json) -> TaskState:
        """End the task as succeeded, for one winner only. Raises LeaseLost if that is another worker."""
        return self._end(claimed, SUCCEEDED, result=result)

    def fail(self, claimed: ClaimedTask, error: Json) -> TaskState:
        """End the task as failed, with {reason, detail, hint}."""
        return self._end(claimed, FAILED, error=error)

    def cancel(self, claimed: ClaimedTask) -> TaskState:
        """End the task as cancelled by its user."""
        return self._end(claimed, CANCELLED)

    def _end(
        self, claimed: ClaimedTask, state: str, result: Json | None = None, error: Json | None = None
    ) -> TaskState:
        ended = replace(claimed.task_state, state=state, result=result, error=error, finished_at=now())
        task_state = self._write(claimed, ended).task_state
        WORK_ENDED.labels(claimed.ref.kind, state).inc()
        return task_state

    def _write(self, claimed: ClaimedTask, task_state: TaskState) -> ClaimedTask:
        # One operation in the common case, as the bytes last written are at hand; the row is read on a conflict only.
        key, value, raw = rows.task_state_key(claimed.ref), rows.dump(task_state), claimed.raw
        for _ in range(3):
            if self.tables.put_if_unchanged(key, value, raw):
                return ClaimedTask(claimed.ref, task_state, value)
            current = self.tables.get(key)
            if current is None:
                raise LeaseLost(f"{claimed.ref.path} is gone")
            seen = rows.load(TaskState, current)
            if _identity(seen) == _identity(task_state):  # Our own write, its response lost; an end's time may differ.
                return ClaimedTask(claimed.ref, seen, current)
            if (seen.state, seen.owner, seen.epoch) != (RUNNING, claimed.task_state.owner, claimed.task_state.epoch):
                raise LeaseLost(f"{claimed.ref.path} is {seen.state} at epoch {seen.epoch}")
            raw = current  # An earlier write of ours, whose response was lost, did land: go on from it.
        raise LeaseLost(f"{claimed.ref.path} keeps changing")

    def finish_unclaimed(
        self, ref: TaskRef, state: str, error: Json | None = None, *, seen: bytes | None = None
    ) -> bool:
        """End a queued task, or a running one with exactly the bytes `seen`; False if another writer was quicker."""
        key = rows.task_state_key(ref)
        raw = self.tables.get(key)
        if raw is None:
            return False
        task_state = rows.load(TaskState, raw)
        if task_state.state in FINAL or (task_state.state == RUNNING and raw != seen):
            return False
        epoch, nonce = task_state.epoch + 1, secrets.token_hex(8)
        ended = replace(task_state, state=state, error=error, finished_at=now(), epoch=epoch, nonce=nonce)
        won = rows.compare_and_set(self.tables, key, rows.dump(ended), raw)
        if won:
            WORK_ENDED.labels(ref.kind, state).inc()
        return won

    def unregister(self, ref: TaskRef) -> None:
        """Delete the rows by which the sweeper finds the task: it has nothing left to watch."""
        self.tables.delete(rows.key("outbox", ref.path))
        self.tables.delete(rows.running_key(ref))
        self.tables.delete(rows.active_key(ref))

    def delete_rows(self, ref: TaskRef) -> None:
        """Delete every row of the task. A worker that holds it loses its lease."""
        self.tables.delete(rows.task_state_key(ref))
        self.tables.delete(rows.request_key(ref))
        self.unregister(ref)


def _identity(task_state: TaskState) -> tuple[str, str, str, int]:
    """Return the fields in which any two writers of a control row differ."""
    return task_state.state, task_state.owner, task_state.nonce, task_state.epoch
