"""Messages from outside in one SQLite file: the embedded default, reached through the API alone."""

from __future__ import annotations

import base64
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from backends.queue.local import LocalQueue
from core.errors import StorageFull
from core.message_ports import DEAD, HeldMessage, Message
from core.ports import Delivery

POLL_S = 0.05
MAX_DELIVERIES = 20
MAX_LENGTH = 100_000
"""Messages of one queue; more are refused, as RabbitMQ refuses them."""

_REPLIES = "reply:"
"""What the names of other people's queues begin with here, so that none is one of the service's."""


class LocalMessages:
    """The `MessageQueue` port over an existing file; `initialize` makes it."""

    def __init__(self, path: Path) -> None:
        self._queue = LocalQueue(path, names=None, max_deliveries=MAX_DELIVERIES)

    @staticmethod
    def initialize(path: Path) -> None:
        """Make the file; an existing one is left as it is."""
        LocalQueue.initialize(path)

    def make(self, queue: str) -> None:
        """Do nothing: a queue is there once it has a message."""

    def publish(self, queue: str, message: Message) -> None:
        if self._queue.depth(queue) >= MAX_LENGTH:
            raise StorageFull(f"The queue {queue!r} is full: it has {MAX_LENGTH:,} messages.")
        self._queue.publish(queue, _pack(message))

    def reply(self, reply_to: str, message: Message) -> bool:
        self.publish(_REPLIES + reply_to, message)
        return True

    def take(self, queues: Sequence[str], limit: int, timeout_s: float) -> list[HeldMessage]:
        deadline = time.monotonic() + timeout_s
        while True:
            self._move_undeliverable(queues)
            found: list[HeldMessage] = []
            ready = self._queue.queues_ready()
            for name in (name for name in queues if name in ready):
                while len(found) < limit and (delivery := self._queue.receive(name, 0)):
                    found.append(LocalMessage(name, _unpack(delivery.body), delivery))
            remaining_s = deadline - time.monotonic()
            if found or remaining_s <= 0 or self._queue.wait(min(POLL_S, remaining_s)):
                return found

    def pop(self, queue: str, limit: int) -> list[Message]:
        self._move_undeliverable([queue.removesuffix(DEAD)])
        found: list[Message] = []
        while len(found) < limit and (delivery := self._queue.receive(queue, 0)):
            found.append(_unpack(delivery.body))
            delivery.ack()
        return found

    def announce(self, exchange: str, routing_key: str, message: Message) -> None:
        """Do nothing: nobody outside can bind a queue to this file."""

    def bind(self, queue: str, exchange: str, pattern: str) -> None:
        """Do nothing: there are no exchanges, and a queue is there once it has a message."""

    def depth(self, queue: str) -> int:
        return self._queue.depth(queue)

    def delete(self, queue: str) -> None:
        self._queue.delete(queue)
        self._queue.delete(queue + DEAD)

    def close(self) -> None:
        self._queue.close()

    def _move_undeliverable(self, queues: Sequence[str]) -> None:
        """Move what was delivered too often to the queue of dead letters, where all the others are."""
        for name in queues:
            while lost := self._queue.receive_dead_letter(name):
                self._queue.publish(name + DEAD, lost.body)
                lost.ack()


@dataclass
class LocalMessage:
    """A message taken off `LocalMessages`."""

    queue: str
    message: Message
    delivery: Delivery
    is_held: bool = True

    def ack(self) -> None:
        self.delivery.ack()
        self.is_held = False


def _pack(message: Message) -> bytes:
    return orjson.dumps({**asdict(message), "body": base64.b64encode(message.body).decode()})


def _unpack(packed: bytes) -> Message:
    said = orjson.loads(packed)
    return Message(**{**said, "body": base64.b64decode(said["body"])})
