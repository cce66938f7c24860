"""How tasks come in: a message is received, its task claimed, the message acknowledged."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

import structlog

from core.domain.records import TaskRef
from core.errors import Unavailable
from core.observability.outage_log import OutageLog
from core.observability.request_context import bind_log_context
from core.ports import URGENT, Delivery
from core.service import Service
from core.tasks.lifecycle import ClaimedTask
from core.tasks.messages import BadMessage, TaskMessage, load_message

log = structlog.get_logger()

RECEIVE_TIMEOUT_S = 1.0


class TaskIntake:
    """Takes tasks off one queue.

    Args:
        service: whose queue and tasks they are.
        queue: the queue, beside which its urgent one is read first.
        owner: the unique name of whoever takes them.
        over: set once no more is to be taken.
        outage: tells of tables that are away while a message is held; threads of one owner share it.
        engine: version of the owner's engine; "" for none.
        at_risk: whether a task of the queue may soon have to be taken over: then nothing else is begun.
    """

    def __init__(
        self, service: Service, queue: str, owner: str, over: threading.Event,
        outage: OutageLog | None = None, *, engine: str = "", at_risk: Callable[[], bool] = lambda: False,
    ) -> None:  # fmt: skip
        self.service = service
        self.queue = queue
        self.owner = owner
        self.over = over
        self.outage = outage or OutageLog("tables")
        self.engine = engine
        self.at_risk = at_risk

    def receive(self) -> Delivery | None:
        """Receive urgent messages first, and no others while work is at risk: its takeover would have to wait."""
        queue, urgent = self.service.ports.queue, URGENT[self.queue]
        if (delivery := queue.receive(urgent, 0)) is not None:
            return delivery
        return queue.receive(urgent if self.at_risk() else self.queue, RECEIVE_TIMEOUT_S)

    def accept(self, delivery: Delivery) -> tuple[TaskMessage, ClaimedTask | None] | None:
        """Return the message and its task, None in its place if there is nothing to do now.

        None for what is no message; it is among the dead letters then.
        """
        try:
            message = load_message(delivery.body, self.service.kinds)
        except BadMessage as exc:
            log.warning("message.rejected", error=str(exc))
            delivery.reject()
            return None
        self.bind_log_context(message.ref, message.origin)
        claimed = self.claim(message)
        try:
            delivery.ack()
        except Unavailable as exc:  # The message is delivered once more, which does no harm.
            log.warning("message.not_acknowledged", error=str(exc))
        return message, claimed

    def claim(self, message: TaskMessage) -> ClaimedTask | None:
        """Claim the task of a message.

        While the tables are away the message is held: no other worker could use it, and one that is requeued too often
        ends among the dead letters.
        """
        while True:
            try:
                claimed = self.service.claims.claim(message, self.owner, self.engine)
            except Unavailable as exc:
                self.outage.unavailable(exc)
                if self.over.wait(1.0):
                    raise
            else:
                self.outage.available()
                return claimed

    def take_over_expired(self) -> ClaimedTask | None:
        """Take over a task that expired while the queue is away: no message can arrive for it."""
        kinds, silent = self.service.kinds, self.service.sweeper.liveness.expired
        messages = [message for message in silent if kinds[message.ref.kind].queue == self.queue]
        return next(filter(None, map(self.claim, messages)), None)

    def bind_log_context(self, ref: TaskRef, origin: Mapping[str, str]) -> None:
        """Have log lines of this thread name the task and the request that it comes from."""
        bind_log_context(ref, origin, self.service.kinds[ref.kind].log_names(ref))
