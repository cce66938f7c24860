"""AMQP channels as coroutines: pika's callbacks are awaited. All in the thread of one event loop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pika
from pika.exceptions import AMQPError, ProbableAuthenticationError

from core.errors import StorageFull, Unavailable

# Everything it would log as an error is raised here, and logged once.
logging.getLogger("pika").setLevel(logging.CRITICAL)

PERSISTENT = pika.BasicProperties(delivery_mode=pika.DeliveryMode.Persistent)

HINTS = {
    403: "The user of NOBRAINS_RABBITMQ_URL needs the permissions configure, write and read on these queues.",
    404: "Make the queues with `nobrains init`; if they were there before, the broker has lost its data.",
    406: "It exists with other arguments: delete it when it is empty, or choose another NOBRAINS_RABBITMQ_PREFIX.",
}


@dataclass(frozen=True)
class Message:
    """A message as it came over a channel.

    Attributes:
        tag: the channel's number for it.
        properties: pika's.
        routing_key: by which an exchange with a name has brought it; "" if it was put into the queue itself.
    """

    tag: int
    body: bytes
    properties: Any = None
    routing_key: str = ""


class RabbitChannel:
    """One AMQP channel of an open connection, for one task at a time.

    A broker reports an error of an operation by closing the channel: waiting callers then get Unavailable.

    Args:
        connection: `pika.connection.Connection`, open.
        on_close: called with the channel when it is closed, by either side.
    """

    def __init__(self, connection: Any, on_close: Callable[[RabbitChannel], None]) -> None:
        self._waiting: set[asyncio.Future[Any]] = set()
        self._opened = self._answer()
        self._confirmed: asyncio.Future[Any] | None = None
        self._got: asyncio.Future[Any] | None = None
        self._routed = True
        self._on_close = on_close
        with _as_unavailable():
            self._pika = connection.channel(on_open_callback=lambda _: set_result(self._opened, None))
        self._pika.add_on_close_callback(self._when_closed)
        self._pika.add_on_cancel_callback(lambda _: self.fail(Unavailable("RabbitMQ has taken the queue away.")))
        self._pika.add_on_return_callback(self._when_returned)
        self._pika.add_callback(lambda _: set_result(self._got, None), [pika.spec.Basic.GetEmpty], one_shot=False)

    @property
    def is_open(self) -> bool:
        return bool(self._pika.is_open)

    async def opened(self) -> None:
        """Return when the channel can be used."""
        await self._opened

    async def call(self, method: str, **arguments: Any) -> Any:
        """Return the broker's reply to a method of `pika.channel.Channel` that takes `callback`."""
        answer = self._answer()
        with _as_unavailable():
            getattr(self._pika, method)(**arguments, callback=lambda frame: set_result(answer, frame.method))
        return await answer

    async def confirm_publishes(self) -> None:
        """Have the broker confirm all messages published from now on."""
        await self.call("confirm_delivery", ack_nack_callback=lambda frame: set_result(self._confirmed, frame.method))

    async def publish(self, queue: str, body: bytes, properties: Any = PERSISTENT, exchange: str = "") -> bool:
        """Put a persistent message into the queue, return when it is safe; False if there is no such queue.

        With an exchange, `queue` is the routing key; False if nobody has bound a queue to it.

        Raises:
            StorageFull: the broker refused it; the queue is full.
        """
        self._routed, self._confirmed = True, self._answer()
        with _as_unavailable():
            self._pika.basic_publish(exchange, queue, body, properties, mandatory=True)
        if isinstance(await self._confirmed, pika.spec.Basic.Nack):
            raise StorageFull(f"RabbitMQ takes no more messages into the queue {queue!r}: it is full.")
        return self._routed

    async def get(self, queue: str) -> Message | None:
        """Return the queue's next message if it is there now."""
        self._got = self._answer()
        with _as_unavailable():
            self._pika.basic_get(queue, lambda _, *message: set_result(self._got, _message(*message)))
        found: Message | None = await self._got
        return found

    async def consume(self, queue: str) -> tuple[str, asyncio.Future[Message]]:
        """Have the broker push messages of the queue; return the consumer's tag, and a future of the first message."""
        first: asyncio.Future[Message] = self._answer()
        answer = await self.call(
            "basic_consume", queue=queue, on_message_callback=lambda _, *message: set_result(first, _message(*message))
        )
        return answer.consumer_tag, first

    async def consume_all(self, queue: str, on_message: Callable[[Message], None]) -> None:
        """Have the broker push messages of the queue until the channel is closed."""
        await self.call(
            "basic_consume", queue=queue, on_message_callback=lambda _, *message: on_message(_message(*message))
        )

    def cancel(self, consumer: str) -> None:
        """Have no more messages pushed: sent before any later request, without waiting for the reply."""
        with _as_unavailable():
            self._pika.basic_cancel(consumer, callback=lambda _: None)

    def ack(self, message: Message) -> None:
        self._pika.basic_ack(message.tag)

    def reject(self, message: Message, *, requeue: bool) -> None:
        self._pika.basic_reject(message.tag, requeue=requeue)

    def close(self) -> None:
        """Close the channel; the broker requeues all messages that were not acknowledged."""
        if not (self._pika.is_closing or self._pika.is_closed):
            self._pika.close()

    def fail(self, error: Unavailable) -> None:
        """Have every waiting caller get this error instead of a reply."""
        for answer in list(self._waiting):
            if not answer.done():
                answer.set_exception(error)

    def _answer(self) -> asyncio.Future[Any]:
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.add(answer)
        answer.add_done_callback(self._forget)
        return answer

    def _forget(self, answer: asyncio.Future[Any]) -> None:
        self._waiting.discard(answer)
        if not answer.cancelled():
            answer.exception()  # Retrieved: asyncio complains of errors that are never retrieved.

    def _when_closed(self, _: Any, reason: Exception) -> None:
        self.fail(Unavailable(describe_error(reason)))
        self._on_close(self)

    def _when_returned(self, *_: Any) -> None:
        self._routed = False


def describe_error(error: BaseException) -> str:
    """Describe the error, and its remedy if that is known. Nothing of the URL's password is in pika's errors."""
    while (inner := _inner(error)) is not None:
        error = inner
    if isinstance(error, ProbableAuthenticationError):
        return "RabbitMQ refused the user or the password of NOBRAINS_RABBITMQ_URL."
    if (code := getattr(error, "reply_code", None)) is not None:
        return f"RabbitMQ: {getattr(error, 'reply_text', '')}. {HINTS.get(code, '')}".rstrip()
    return f"RabbitMQ: {error!r}"


def set_result(answer: asyncio.Future[Any] | None, value: Any) -> None:
    """Set the future's result, if a caller still waits for it."""
    if answer is not None and not answer.done():
        answer.set_result(value)


def _inner(error: BaseException) -> BaseException | None:
    """Return the error that pika has wrapped: its errors of connecting are up to three deep."""
    inner = (getattr(error, "exceptions", None) or [getattr(error, "exception", None)])[-1]
    if inner is None and error.args:
        inner = error.args[0]
    return inner if isinstance(inner, BaseException) else None


def _message(method: Any, properties: Any, body: bytes) -> Message:
    return Message(method.delivery_tag, body, properties, method.routing_key if method.exchange else "")


@contextlib.contextmanager
def _as_unavailable() -> Iterator[None]:
    try:
        yield
    except AMQPError as exc:
        raise Unavailable(describe_error(exc)) from exc
