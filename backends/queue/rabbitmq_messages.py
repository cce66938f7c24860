"""Messages from outside in RabbitMQ: queues that programs of others publish into, and answers that they read."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from backends.queue.rabbitmq_channel import Message as Pushed
from backends.queue.rabbitmq_channel import RabbitChannel
from backends.queue.rabbitmq_connection import RabbitConnection
from backends.queue.rabbitmq_declarations import make_exchange, make_queue, queue_depth
from backends.queue.rabbitmq_links import RabbitLinks
from backends.queue.rabbitmq_properties import read_message, write_properties
from core.errors import Unavailable
from core.message_ports import DEAD, HeldMessage, Message
from core.ports import QUEUES

ANSWER, SCORE = "answer", "score"
"""Purposes of connections: messages out, and in."""
PREFETCH = 64
"""Messages of one queue that a process is sent ahead."""


class RabbitMessages:
    """The `MessageQueue` port.

    A queue that somebody else has made before is used as it is: its dead letters are then its maker's business, but for
    those that the service itself puts aside.

    Args:
        url: of the broker, as for `RabbitLinks`.
        prefix: the prefix of the queues' names.
    """

    def __init__(self, url: str, prefix: str) -> None:
        self._links = RabbitLinks(url, {ANSWER: RabbitChannel.confirm_publishes, SCORE: _prefetch})
        self._prefix = prefix
        self._consumers: dict[int, _Consumer] = {}

    def make(self, queue: str) -> None:
        link = self._links.get(SCORE)
        link.run(lambda: link.with_timeout(make_queue(link, self._prefix + queue)))

    def publish(self, queue: str, message: Message) -> None:
        link, name = self._links.get(ANSWER), self._prefix + queue

        async def publish() -> None:
            if not await _publish(link, name, message):
                await make_queue(link, name)
                if not await _publish(link, name, message):
                    raise Unavailable(f"RabbitMQ has taken the queue {name!r} away.")

        link.run(lambda: link.with_timeout(publish()))

    def reply(self, reply_to: str, message: Message) -> bool:
        if self._is_ours(reply_to):
            return False
        link = self._links.get(ANSWER)
        return link.run(lambda: link.with_timeout(_publish(link, reply_to, message)))

    def take(self, queues: Sequence[str], limit: int, timeout_s: float) -> list[HeldMessage]:
        link = self._links.get(SCORE)
        consumer = self._consumers.setdefault(os.getpid(), _Consumer(link))
        names = {self._prefix + queue: queue for queue in queues}
        return link.run(lambda: consumer.take(names, limit, timeout_s))

    def pop(self, queue: str, limit: int) -> list[Message]:
        link, name = self._links.get(SCORE), self._prefix + queue

        async def pop() -> list[Message]:
            if await queue_depth(link, name) is None:
                return []
            found: list[Message] = []
            async with link.channel() as channel:
                while len(found) < limit and (pushed := await channel.get(name)):
                    found.append(read_message(pushed))
                    channel.ack(pushed)
            return found

        return link.run(lambda: link.with_timeout(pop()))

    def announce(self, exchange: str, routing_key: str, message: Message) -> None:
        link, name = self._links.get(ANSWER), self._prefix + exchange

        async def announce() -> None:
            async with link.channel() as channel:
                await make_exchange(channel, name)
                # Whether anybody has bound a queue is not ours to know.
                await channel.publish(routing_key, message.body, write_properties(message), exchange=name)

        link.run(lambda: link.with_timeout(announce()))

    def bind(self, queue: str, exchange: str, pattern: str) -> None:
        link, name, source = self._links.get(SCORE), self._prefix + queue, self._prefix + exchange

        async def bind() -> None:
            await make_queue(link, name)
            async with link.channel() as channel:
                await make_exchange(channel, source)
                await channel.call("queue_bind", queue=name, exchange=source, routing_key=pattern)

        link.run(lambda: link.with_timeout(bind()))

    def depth(self, queue: str) -> int:
        link, name = self._links.get(SCORE), self._prefix + queue

        async def count() -> int:
            found = await queue_depth(link, name)
            return 0 if found is None else found

        return link.run(lambda: link.with_timeout(count()))

    def delete(self, queue: str) -> None:
        link = self._links.get(SCORE)

        async def delete() -> None:
            async with link.channel() as channel:
                for name in (queue, queue + DEAD):
                    await channel.call("queue_delete", queue=self._prefix + name)

        link.run(lambda: link.with_timeout(delete()))

    def close(self) -> None:
        self._links.close()

    def _is_ours(self, name: str) -> bool:
        if not name.startswith(self._prefix):
            return False
        rest = name.removeprefix(self._prefix)
        return (
            bool(self._prefix)
            or rest.startswith(("score.", "scored", "dead", "events"))
            or rest.removesuffix(DEAD) in QUEUES
        )


@dataclass
class _Consumer:
    """What consumes queues, over one channel, until the queues are others. All in the connection's thread."""

    link: RabbitConnection
    channel: RabbitChannel | None = None
    queues: frozenset[str] = frozenset()
    arrived: deque[RabbitMessage] = field(default_factory=deque)
    anything: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, names: dict[str, str], limit: int, timeout_s: float) -> list[HeldMessage]:
        """Return what has arrived, of the queues `names`: their full names, and the short ones."""
        if self.channel is None or not self.channel.is_open or self.queues != frozenset(names):
            await self.link.with_timeout(self._consume(names))
        if not self.arrived:
            self.anything.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    await self.anything.wait()
        return [self.arrived.popleft() for _ in range(min(limit, len(self.arrived)))]

    async def _consume(self, names: dict[str, str]) -> None:
        """Open a channel that consumes these; what an earlier one had brought goes back."""
        if self.channel is not None:
            self.channel.close()
        self.channel = None
        self.arrived.clear()
        for name in names:
            await make_queue(self.link, name)
        channel = await self.link.acquire_channel()
        try:
            for name, queue in names.items():
                await channel.consume_all(name, lambda pushed, queue=queue: self._push(channel, queue, pushed))  # type: ignore[misc]
        except BaseException:
            channel.close()
            raise
        self.channel, self.queues = channel, frozenset(names)

    def _push(self, channel: RabbitChannel, queue: str, pushed: Pushed) -> None:
        self.arrived.append(RabbitMessage(queue, read_message(pushed), pushed, self.link, channel))
        self.anything.set()


@dataclass
class RabbitMessage:
    """A message taken off `RabbitMessages`; where its channel is lost it went back, and `ack` does nothing."""

    queue: str
    message: Message
    pushed: Pushed
    link: RabbitConnection
    channel: RabbitChannel
    is_done: bool = False

    @property
    def is_held(self) -> bool:
        return not self.is_done and self.channel.is_open

    def ack(self) -> None:
        self.is_done = True
        self.link.call_soon(lambda: self.channel.ack(self.pushed) if self.channel.is_open else None)


async def _publish(link: RabbitConnection, name: str, message: Message) -> bool:
    async with link.channel() as channel:
        return await channel.publish(name, message.body, write_properties(message))


async def _prefetch(channel: RabbitChannel) -> None:
    await channel.call("basic_qos", prefetch_count=PREFETCH)
