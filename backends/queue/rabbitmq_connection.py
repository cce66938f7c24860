"""A connection to RabbitMQ that many threads use: one thread owns it and runs the others' coroutines."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import random
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from pika.adapters.asyncio_connection import AsyncioConnection
from pika.exceptions import AMQPConnectionError

from backends.queue.rabbitmq_channel import RabbitChannel, describe_error, set_result
from core.errors import Unavailable

T = TypeVar("T")

FIRST_PAUSE_S = 0.1
MAX_PAUSE_S = 2.0
RESPONSE_TIMEOUT_S = 4.0
CLOSE_TIMEOUT_S = 1.0


class RabbitConnection:
    """One connection, made when it is first needed and again when it was lost.

    The event loop in the owning thread never blocks, so heartbeats go on whatever the process does, and every
    wait is bounded by its caller. After a failed try, every operation fails at once until the next try is
    due: the pauses double, and are random by half so that processes do not come back all at the same moment.

    Args:
        parameters: `pika.connection.Parameters`.
        prepare: prepares a channel that was just opened.
    """

    def __init__(self, parameters: Any, prepare: Callable[[RabbitChannel], Awaitable[Any]]) -> None:
        self._parameters = parameters
        self._where = f"{parameters.host}:{parameters.port}"
        self._prepare = prepare
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False
        # The attributes below belong to the loop's thread.
        self._connection: Any = None
        self._opening: asyncio.Task[None] | None = None
        self._lost = ""
        self._blocked = ""
        self._pause_s = 0.0
        self._next_try = 0.0
        self._tasks: set[asyncio.Task[Any]] = set()
        self._channels: set[RabbitChannel] = set()
        self._idle: list[RabbitChannel] = []

    def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run the coroutine function in the owning thread and return its result. Call it from any other thread."""
        with self._lock:
            if self._closed:
                raise Unavailable("This connection to RabbitMQ was closed by the program itself.")
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="rabbitmq", daemon=True)
                self._thread.start()
            result = asyncio.run_coroutine_threadsafe(self._tracked(work), self._loop)
        try:
            return result.result()
        except concurrent.futures.CancelledError as exc:
            raise Unavailable("The connection to RabbitMQ was closed meanwhile.") from exc
        except BaseException:
            result.cancel()  # No caller waits any more, if a signal ended the waiting.
            raise

    def call_soon(self, work: Callable[[], None]) -> None:
        """Have the owning thread call it soon; nothing happens if the connection is closed."""
        with self._lock:
            if self._loop is not None and not self._closed:
                self._loop.call_soon_threadsafe(work)

    def close(self) -> None:
        """Close the connection; every waiting caller gets Unavailable."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            if self._loop is not None:
                asyncio.run_coroutine_threadsafe(self._close(), self._loop)
        if self._loop is not None and self._thread is not None:
            self._thread.join()
            self._loop.close()

    # Everything below runs in the owning thread.

    @contextlib.asynccontextmanager
    async def channel(self) -> AsyncIterator[RabbitChannel]:
        """Yield a channel for one task; it is used again afterwards if all went well."""
        channel = await self.acquire_channel()
        try:
            yield channel
        except BaseException:
            channel.close()
            raise
        self.release_channel(channel)

    async def acquire_channel(self) -> RabbitChannel:
        """Return a prepared channel, which the caller closes or gives back."""
        connection = await self._connected()
        if self._blocked:
            raise Unavailable(self._blocked)
        while self._idle:
            if (channel := self._idle.pop()).is_open:
                return channel
        channel = RabbitChannel(connection, self._channels.discard)
        self._channels.add(channel)
        try:
            await channel.opened()
            await self._prepare(channel)
        except BaseException:
            channel.close()
            raise
        return channel

    def release_channel(self, channel: RabbitChannel) -> None:
        """Take back a clean channel: nothing is held or awaited on it."""
        if channel.is_open:
            self._idle.append(channel)

    async def with_timeout(self, work: Awaitable[T]) -> T:
        """Return the result of an awaitable that waits for the broker.

        When that takes too long the connection is cut, for it may be dead without a sign; one that is blocked is known
        to live.

        Raises:
            Unavailable: the broker has not answered in `RESPONSE_TIMEOUT_S`.
        """
        try:
            async with asyncio.timeout(RESPONSE_TIMEOUT_S):
                return await work
        except TimeoutError as exc:
            connection = self._connection
            if connection is not None and not self._blocked:
                self._on_closed(connection)
                _cut(connection)
            raise Unavailable(f"RabbitMQ at {self._where} has not answered in {RESPONSE_TIMEOUT_S:g} s.") from exc

    async def _tracked(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            return await work()
        finally:
            self._tasks.discard(task)

    async def _connected(self) -> Any:
        if self._connection is None:
            if self._opening is None:
                if asyncio.get_running_loop().time() < self._next_try:
                    raise Unavailable(self._lost)
                self._opening = asyncio.create_task(self._open())
            await asyncio.shield(self._opening)  # Others may wait for the same, longer than this caller.
            if self._connection is None:
                raise Unavailable(self._lost)
        return self._connection

    async def _open(self) -> None:
        """Try once to connect; bounded by the parameters' `stack_timeout`."""
        loop = asyncio.get_running_loop()
        tried: asyncio.Future[BaseException | None] = loop.create_future()
        connection = AsyncioConnection(
            self._parameters,
            on_open_callback=lambda _: set_result(tried, None),
            on_open_error_callback=lambda _, error: set_result(tried, error),
            on_close_callback=lambda connection, _: self._on_closed(connection),
            custom_ioloop=loop,
        )
        error = await tried
        self._opening = None
        if error is None:
            connection.add_on_connection_blocked_callback(self._on_blocked)
            connection.add_on_connection_unblocked_callback(self._on_unblocked)
            self._connection, self._pause_s = connection, 0.0
            return
        self._lost = f"{describe_error(error)} (at {self._where})"
        self._pause_s = min(MAX_PAUSE_S, 2 * self._pause_s or FIRST_PAUSE_S)
        self._next_try = loop.time() + self._pause_s * random.uniform(0.5, 1.0)

    def _on_closed(self, connection: Any) -> None:
        if connection is self._connection:
            self._connection, self._blocked = None, ""
            self._idle.clear()

    def _on_blocked(self, _connection: Any, frame: Any) -> None:
        self._blocked = f"RabbitMQ takes no messages for now: {frame.method.reason}. Give it memory or disk space."
        for channel in list(self._channels):
            channel.fail(Unavailable(self._blocked))

    def _on_unblocked(self, *_: Any) -> None:
        self._blocked = ""

    async def _close(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            if self._opening is not None:
                # pika cannot be stopped half-way without an assertion of its own failing.
                await asyncio.wait({self._opening}, timeout=RESPONSE_TIMEOUT_S)
            if (connection := self._connection) is not None:
                gone = asyncio.Event()
                connection.add_on_close_callback(lambda *_: gone.set())
                connection.close()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(gone.wait(), CLOSE_TIMEOUT_S)
                if not gone.is_set():
                    _cut(connection)
                    await gone.wait()
        finally:
            loop.stop()


def _cut(connection: Any) -> None:
    """Close the socket without notice to the broker, as pika itself does on missed heartbeats. No public name."""
    connection._terminate_stream(AMQPConnectionError("no answer in time"))
