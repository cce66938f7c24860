"""Events by message: taken off the queue that the exchange of events fills, and acknowledged once they are kept."""

from __future__ import annotations

import structlog

from core.errors import RequestError, Unavailable
from core.events.events import Events
from core.events.hooks import public_half
from core.events.reading import Sent
from core.message_ports import HeldMessage, Message, MessageQueue
from core.messages.dead_letters import put_aside
from core.messages.loop import MessageLoop
from core.observability.metrics import EVENTS_RECEIVED

EXCHANGE = "events"
QUEUE = "events.in"
PATTERN = "data.#"
MAX_MESSAGES = 64
WAIT_S = 1.0

log = structlog.get_logger(__name__)


class EventConsumer:
    """Takes events in until it is stopped; any number of processes may do so at the same time.

    Args:
        polls: whether the queue is looked at now and then, as nobody tells when something is there.
    """

    def __init__(self, events: Events, queue: MessageQueue, *, polls: bool) -> None:
        self.events = events
        self.queue = queue
        self.polls = polls
        self.loop = MessageLoop("events", self.turn)
        self._held: list[HeldMessage] = []
        self._is_bound = False

    def turn(self) -> int:
        """Take in what is there, waiting a little for it; return the number of messages.

        Raises Unavailable: what was not acknowledged is taken in by the next turn.
        """
        try:
            return self._turn()
        except Unavailable:
            self._is_bound = False  # Whatever the broker has lost is made again.
            raise

    def _turn(self) -> int:
        if not self._is_bound:
            self.queue.bind(QUEUE, EXCHANGE, PATTERN)
            self._is_bound = True
        self._held = [held for held in self._held if held.is_held]
        if not self._held:
            self._held = self.queue.take([QUEUE], MAX_MESSAGES, 0.0 if self.polls else WAIT_S)
        n = 0
        while self._held:
            self._receive(self._held[0])
            self._held.pop(0)
            n += 1
        if not n and self.polls:
            self.loop.stopping.wait(WAIT_S)
        return n

    def _receive(self, held: HeldMessage) -> None:
        if not held.is_held:
            return
        message = held.message
        try:
            hook = self.events.hooks.find(public_half(message.routing_key))
            if hook is None:
                raise RequestError("UNKNOWN_HOOK", "The routing key names no pipeline that takes events.")
            receipts = self.events.receive(hook, sent_by(message))
        except Unavailable:
            raise
        except RequestError as exc:
            self._put_aside(held, exc.reason, str(exc))
        except Exception:
            log.exception("events.message_failed", message_id=message.id[:100])
            self._put_aside(held, "INTERNAL", "The event could not be read; the service's log says why.")
        else:
            held.ack()
            for receipt in receipts:
                EVENTS_RECEIVED.labels(receipt.state).inc()

    def _put_aside(self, held: HeldMessage, reason: str, detail: str) -> None:
        put_aside(self.queue, held, reason, detail)
        EVENTS_RECEIVED.labels("refused").inc()


def sent_by(message: Message) -> Sent:
    """Return a message as events are read from."""
    headers = {name.lower(): value for name, value in message.headers.items()}
    return Sent(message.body, message.content_type, headers, message.id)
