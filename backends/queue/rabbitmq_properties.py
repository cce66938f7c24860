"""Messages from outside as AMQP has them: a body, and properties beside it."""

from __future__ import annotations

from typing import Any

import pika

from backends.queue.rabbitmq_channel import Message as Pushed
from core.message_ports import Message


def write_properties(message: Message) -> Any:
    """Return the properties of a message that is published; it outlives a restart of the broker."""
    return pika.BasicProperties(
        content_type=message.content_type or None,
        message_id=message.id or None,
        correlation_id=message.correlation_id or None,
        headers=dict(message.headers),
        delivery_mode=pika.DeliveryMode.Persistent,
        reply_to=message.reply_to or None,
        timestamp=message.sent_at_s or None,
    )


def read_message(pushed: Pushed) -> Message:
    """Return the message that came over a channel."""
    said = pushed.properties
    headers = {str(name): str(value) for name, value in (said.headers or {}).items()}
    return Message(
        pushed.body, said.content_type or "", said.message_id or "", said.reply_to or "", said.correlation_id or "",
        headers, int(said.timestamp or 0), pushed.routing_key,
    )  # fmt: skip
