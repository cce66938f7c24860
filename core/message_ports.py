"""The port of messages from outside: rows that are to be predicted come in by it, and predictions go out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

DEAD = ".dead"
"""Behind the name of a queue: that of its dead letters."""


@dataclass(frozen=True)
class Message:
    """A message of somebody outside: rows that are to be predicted, or predictions.

    Attributes:
        content_type: what the body is; "" if nobody says.
        id: its publisher's own name for it; "" if there is none.
        reply_to: the queue that its publisher wants to have the answer in; "" for none.
        correlation_id: goes back with the answer.
        headers: whatever else was said of it.
        sent_at_s: when it was published, in seconds since 1970; 0 if nobody says.
        routing_key: by which an exchange has brought it; "" if none has.
    """

    body: bytes
    content_type: str = ""
    id: str = ""
    reply_to: str = ""
    correlation_id: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    sent_at_s: int = 0
    routing_key: str = ""


class HeldMessage(Protocol):
    """A message taken off a queue of messages; delivered again if whoever took it dies before `ack`."""

    queue: str
    message: Message

    @property
    def is_held(self) -> bool:
        """Whether it is neither acknowledged nor, as far as is known, on its way to somebody else."""

    def ack(self) -> None:
        """Acknowledge the message: it is done with."""


class MessageQueue(Protocol):
    """At-least-once queues of messages from outside, by names that are made and deleted as the service runs.

    A message that was delivered again and again without `ack` moves to the queue of the same name with `DEAD` behind.
    """

    def make(self, queue: str) -> None:
        """Make the queue, and that of its dead letters; an existing one is left as it is."""

    def publish(self, queue: str, message: Message) -> None:
        """Publish durably, into a queue that is made where it is missing. Raises StorageFull if it is full."""

    def reply(self, reply_to: str, message: Message) -> bool:
        """Publish into a queue of somebody else, by the name that `reply_to` gave; False if there is none.

        A queue of the service's own is none.
        """

    def take(self, queues: Sequence[str], limit: int, timeout_s: float) -> list[HeldMessage]:
        """Return up to `limit` messages that are there; wait for the first at most `timeout_s`. [] if none came.

        One thread at a time.
        """

    def pop(self, queue: str, limit: int) -> list[Message]:
        """Take up to `limit` messages that are there, and acknowledge them. [] if there is no such queue."""

    def announce(self, exchange: str, routing_key: str, message: Message) -> None:
        """Publish to a topic exchange, which is made where it is missing; whoever has bound a queue to it gets it.

        A back end without exchanges drops it.
        """

    def bind(self, queue: str, exchange: str, pattern: str) -> None:
        """Have a queue get what is published to a topic exchange; both are made where they are missing.

        A back end without exchanges makes the queue: what is to be in it is published to it.

        Args:
            queue: its name.
            exchange: the exchange's name.
            pattern: which routing keys: `data.#`.
        """

    def depth(self, queue: str) -> int:
        """Return the approximate number of messages ready to be taken; 0 if there is no such queue."""

    def delete(self, queue: str) -> None:
        """Delete the queue with its dead letters; deleting a missing one does no harm."""

    def close(self) -> None:
        """Close the connections; messages taken and not acknowledged are delivered again."""
