"""Tickets: doorbells that invite further workers to a search which is under way.

The first doorbell of a job is answered by whoever will lead. The leader puts a ticket a further worker on the same
queue, behind everybody who waits there, with the version of its engine. A ticket promises nothing: one that is lost, or
whose worker is, is put again by the leader once the queue is empty.

A ticket is joined only while no job waits for a worker: whoever takes one looks first who waits, begins with that, and
puts the ticket back. Between two trials a joined worker looks again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from core.domain.records import TaskRef
from core.errors import Unavailable
from core.ports import TRAIN_QUEUE, JobQueue
from core.tasks.messages import TaskMessage, dump_message
from core.tasks.queue_position import QueueSnapshot

# A ticket that so many workers have declined, for they have another engine, is dropped.
MAX_DECLINED = 8
# Users whose oldest waiting job is looked at.
SCAN_LIMIT = 20


class Invitations:
    """Invites, and says who comes before the invited."""

    def __init__(self, queue: JobQueue, waiting: QueueSnapshot) -> None:
        self.queue = queue
        self.waiting = waiting

    def send(self, ref: TaskRef, engine: str, count: int) -> None:
        """Put so many tickets. What does not arrive is put again another time."""
        with suppress(Unavailable):
            for _ in range(count):
                self._put(TaskMessage(ref, engine=engine))

    def queue_is_empty(self) -> bool:
        """Whether nothing at all is on the queue."""
        return self.queue.depth(TRAIN_QUEUE) == 0

    def return_to_queue(self, ticket: TaskMessage) -> None:
        """Leave it to another worker."""
        with suppress(Unavailable):
            self._put(ticket)

    def decline(self, ticket: TaskMessage) -> None:
        """Leave it to a worker of its engine, unless too many have done so."""
        if ticket.declined < MAX_DECLINED:
            self.return_to_queue(replace(ticket, declined=ticket.declined + 1))

    def jobs_ahead(self) -> Iterator[TaskMessage]:
        """What comes before any ticket: the job of each user that has waited longest."""
        oldest: dict[str, TaskRef] = {}
        for ref in self.waiting.queued_refs():  # Newest first.
            oldest[ref.user_id] = ref
        for ref in sorted(oldest.values(), key=lambda ref: ref.id, reverse=True)[:SCAN_LIMIT]:
            yield TaskMessage(ref)

    def _put(self, ticket: TaskMessage) -> None:
        self.queue.publish(TRAIN_QUEUE, dump_message(ticket))
