"""Queues and exchanges for messages from outside, made where they are missing."""

from __future__ import annotations

from backends.queue.rabbitmq_channel import RabbitChannel
from backends.queue.rabbitmq_connection import RabbitConnection
from core.errors import Unavailable
from core.message_ports import DEAD

MAX_LENGTH = 100_000
"""Messages of one queue; the broker refuses more."""
MAX_REDELIVERIES = 20
"""Each process that ends in the middle redelivers what it held, which is rarely the messages' own fault."""


async def make_queue(link: RabbitConnection, name: str) -> None:
    """Make a queue and that of its dead letters, unless it is there, however it was made."""
    if not name.endswith(DEAD):
        await make_queue(link, name + DEAD)
    if await queue_depth(link, name) is not None:
        return
    arguments = {"x-queue-type": "quorum", "x-overflow": "reject-publish", "x-max-length": MAX_LENGTH}
    if not name.endswith(DEAD):
        arguments |= {
            "x-delivery-limit": MAX_REDELIVERIES,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": name + DEAD,
            "x-dead-letter-strategy": "at-least-once",
        }
    async with link.channel() as channel:
        await channel.call("queue_declare", queue=name, durable=True, arguments=arguments)


async def make_exchange(channel: RabbitChannel, name: str) -> None:
    """Make a topic exchange unless it is there."""
    await channel.call("exchange_declare", exchange=name, exchange_type="topic", durable=True)


async def queue_depth(link: RabbitConnection, name: str) -> int | None:
    """Return how many messages a queue has, None if there is no such queue."""
    try:
        async with link.channel() as channel:
            answer = await channel.call("queue_declare", queue=name, passive=True)
    except Unavailable as exc:
        if "NOT_FOUND" in str(exc):  # The broker's word for it, and the end of the channel.
            return None
        raise
    return int(answer.message_count)
