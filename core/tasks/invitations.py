"""Invitations: messages that invite further workers to a search which is under way.

The worker that claims a job's first message leads. The leader publishes an invitation for each further worker on the
same queue, behind all tasks that wait there, with the version of its engine. An invitation promises nothing: if it is
lost, or its worker dies, the leader sends it again once the queue is empty.

An invitation is accepted only while no job waits for a worker: a worker that takes one first looks for waiting jobs,
begins with such a job, and puts the invitation back. Between two trials a helper checks for waiting jobs again.
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

# Maximum number of workers that may decline an invitation, for another engine; after them it is dropped.
MAX_DECLINED = 8
# Maximum number of users whose oldest waiting job is considered.
SCAN_LIMIT = 20


class Invitations:
    """Sends invitations, and lists the jobs that come before them."""

    def __init__(self, queue: JobQueue, waiting: QueueSnapshot) -> None:
        self.queue = queue
        self.waiting = waiting

    def send(self, ref: TaskRef, engine: str, count: int) -> None:
        """Send `count` invitations. Those that do not arrive are sent again another time."""
        with suppress(Unavailable):
            for _ in range(count):
                self._put(TaskMessage(ref, engine=engine))

    def queue_is_empty(self) -> bool:
        """Return whether nothing at all is on the queue."""
        return self.queue.depth(TRAIN_QUEUE) == 0

    def return_to_queue(self, invitation: TaskMessage) -> None:
        """Leave the invitation to another worker."""
        with suppress(Unavailable):
            self._put(invitation)

    def decline(self, invitation: TaskMessage) -> None:
        """Leave the invitation to a worker of its engine, unless too many have declined it."""
        if invitation.declined < MAX_DECLINED:
            self.return_to_queue(replace(invitation, declined=invitation.declined + 1))

    def jobs_ahead(self) -> Iterator[TaskMessage]:
        """Yield the jobs that come before any invitation: each user's job that has waited longest."""
        oldest: dict[str, TaskRef] = {}
        for ref in self.waiting.queued_refs():  # Newest first.
            oldest[ref.user_id] = ref
        for ref in sorted(oldest.values(), key=lambda ref: ref.id, reverse=True)[:SCAN_LIMIT]:
            yield TaskMessage(ref)

    def _put(self, invitation: TaskMessage) -> None:
        self.queue.publish(TRAIN_QUEUE, dump_message(invitation))
