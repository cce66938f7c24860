"""Queues in RabbitMQ: replicated (quorum) queues, confirmed publishes, dead letters that cannot get lost either."""

from __future__ import annotations

import asyncio

from backends.queue.rabbitmq_channel import HINTS, Message, RabbitChannel
from backends.queue.rabbitmq_connection import RabbitConnection
from backends.queue.rabbitmq_links import RabbitLinks
from core.errors import Unavailable
from core.ports import QUEUES, Delivery

PUBLISH, TAKE = "publish", "take"
"""Purposes of connections, as an operator sees them in the broker's list."""

# Four deliveries: a message that was not acknowledged after so many is likely what kills its takers.
MAX_REDELIVERIES = 3
# A dead letter stays one however often it is read; newer brokers drop it after 20 times unless configured otherwise.
MAX_POLLS = 1_000_000
# Maximum messages of one queue. The sweeper publishes anew what found no room.
MAX_LENGTH = 100_000


class RabbitQueue:
    """The `JobQueue` port over queues that `initialize` made.

    Args:
        url: of the broker, as for `RabbitLinks`.
        prefix: the prefix of the queues' names.
    """

    def __init__(self, url: str, prefix: str) -> None:
        self._links = RabbitLinks(url, {PUBLISH: RabbitChannel.confirm_publishes, TAKE: _one_at_a_time})
        self._prefix = prefix

    @staticmethod
    def initialize(url: str, prefix: str) -> None:
        """Make the queues and the exchange of their dead letters; existing ones are left as they are.

        Raises:
            Unavailable: the broker is away, forbids it, or has something of that name with other arguments.
        """
        links = RabbitLinks(url, {"initialise": leave_channel})
        link = links.get("initialise")

        async def declare() -> None:
            async with link.channel() as channel:
                await _declare(channel, prefix)

        try:
            link.run(lambda: link.with_timeout(declare()))
        finally:
            links.close()

    def publish(self, queue: str, body: bytes) -> None:
        link, name = self._links.get(PUBLISH), self._name(queue)

        async def publish() -> None:
            async with link.channel() as channel:
                if not await channel.publish(name, body):
                    raise Unavailable(f"RabbitMQ has no queue {name!r}. {HINTS[404]}")

        link.run(lambda: link.with_timeout(publish()))

    def receive(self, queue: str, timeout_s: float) -> Delivery | None:
        link, name = self._links.get(TAKE), self._name(queue)
        if timeout_s <= 0:
            return link.run(lambda: _take_now(link, name, dead=False))

        async def take() -> Delivery | None:
            channel = await link.with_timeout(link.acquire_channel())
            try:
                consumer, first = await link.with_timeout(channel.consume(name))
                await asyncio.wait({first}, timeout=timeout_s)
                if not first.done():
                    channel.close()  # Messages on their way to it are now requeued for other workers.
                    return None
                message = first.result()
                channel.cancel(consumer)  # Before the ack, which would bring the next message.
            except BaseException:
                channel.close()
                raise
            return RabbitDelivery(link, channel, message, dead=False)

        return link.run(take)

    def depth(self, queue: str) -> int:
        link, name = self._links.get(TAKE), self._name(queue)

        async def depth() -> int:
            async with link.channel() as channel:
                return await _count(channel, name)

        return link.run(lambda: link.with_timeout(depth()))

    def receive_dead_letter(self, queue: str) -> Delivery | None:
        link = self._links.get(TAKE)
        return link.run(lambda: _take_now(link, _dead(self._name(queue)), dead=True))

    def ping(self) -> None:
        link = self._links.get(PUBLISH)

        async def ping() -> None:
            async with link.channel() as channel:
                for queue in QUEUES:
                    await _count(channel, self._name(queue))
                # Only publishing shows whether it is possible. There is no such queue, so nothing is kept.
                await channel.publish(f"{self._prefix}ping", b"")

        link.run(lambda: link.with_timeout(ping()))

    def close(self) -> None:
        self._links.close()

    def _name(self, queue: str) -> str:
        if queue not in QUEUES:
            raise ValueError(f"there is no queue {queue!r}; the queues are {', '.join(QUEUES)}")
        return self._prefix + queue


class RabbitDelivery:
    """A message taken off a `RabbitQueue`, with the channel it came by.

    When that channel was lost meanwhile the message went back, and others may have it: then nothing is done.
    """

    def __init__(self, link: RabbitConnection, channel: RabbitChannel, message: Message, *, dead: bool) -> None:
        self.body = message.body
        self._link = link
        self._channel: RabbitChannel | None = channel
        self._message = message
        self._dead = dead

    def ack(self) -> None:
        self._link.call_soon(lambda: self._settle(done=True))

    def reject(self) -> None:
        self._link.call_soon(lambda: self._settle(done=False))

    def _settle(self, *, done: bool) -> None:
        channel, self._channel = self._channel, None
        if channel is None or not channel.is_open:
            return
        if done:
            channel.ack(self._message)
        else:
            channel.reject(self._message, requeue=self._dead)  # A dead letter that is rejected stays one.
        self._link.release_channel(channel)


async def _take_now(link: RabbitConnection, name: str, *, dead: bool) -> Delivery | None:
    channel = await link.with_timeout(link.acquire_channel())
    try:
        message = await link.with_timeout(channel.get(name))
    except BaseException:
        channel.close()
        raise
    if message is None:
        link.release_channel(channel)
        return None
    return RabbitDelivery(link, channel, message, dead=dead)


async def _count(channel: RabbitChannel, name: str) -> int:
    answer = await channel.call("queue_declare", queue=name, passive=True)
    return int(answer.message_count)


async def _one_at_a_time(channel: RabbitChannel) -> None:
    await channel.call("basic_qos", prefetch_count=1)


async def leave_channel(channel: RabbitChannel) -> None:
    """Leave the channel as it is."""


async def _declare(channel: RabbitChannel, prefix: str) -> None:
    exchange = f"{prefix}dead"
    await channel.call("exchange_declare", exchange=exchange, exchange_type="direct", durable=True)
    for queue in QUEUES:
        name, dead = prefix + queue, _dead(prefix + queue)
        arguments = {"x-queue-type": "quorum", "x-delivery-limit": MAX_POLLS}
        await channel.call("queue_declare", queue=dead, durable=True, arguments=arguments)
        await channel.call("queue_bind", queue=dead, exchange=exchange, routing_key=dead)
        arguments = {
            "x-queue-type": "quorum",
            "x-delivery-limit": MAX_REDELIVERIES,
            "x-dead-letter-exchange": exchange,
            "x-dead-letter-routing-key": dead,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",  # Required by this strategy.
            "x-max-length": MAX_LENGTH,
        }
        await channel.call("queue_declare", queue=name, durable=True, arguments=arguments)


def _dead(name: str) -> str:
    return f"{name}.dead"
