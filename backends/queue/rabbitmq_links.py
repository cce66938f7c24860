"""What a process has open to RabbitMQ: one connection for each purpose, and how a URL is read."""

from __future__ import annotations

import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pika

from backends.queue.rabbitmq_channel import RabbitChannel
from backends.queue.rabbitmq_connection import RabbitConnection
from core.settings import SettingError

# Shorter than `RESPONSE_TIMEOUT_S`, so that a try to connect ends before the first caller's timeout.
CONNECT_S = 3.0
# A connection without a sign of life is given up after two checks, each 5 s longer than this.
HEARTBEAT_S = 5


class RabbitLinks:
    """Connections by purpose, each made when it is first needed, and in each process anew.

    Publishing needs one of its own: from a connection that publishes, a broker short of memory or disk reads nothing
    more, acknowledgements included.

    Args:
        url: `amqp://user:password@host:port/vhost`, or amqps; `?heartbeat=` (seconds) and the like are honoured.
        prepare: for each purpose what prepares a channel that was just opened.
    """

    def __init__(self, url: str, prepare: Mapping[str, Callable[[RabbitChannel], Awaitable[Any]]]) -> None:
        connection_parameters(url, "")
        self._url = url
        self._prepare = prepare
        self._links: dict[tuple[int, str], RabbitConnection] = {}
        self._closed = False

    def get(self, purpose: str) -> RabbitConnection:
        """Return this process's connection for that purpose. A forked child leaves its parent's alone."""
        key = (os.getpid(), purpose)
        link = self._links.get(key)
        if link is None:
            made = RabbitConnection(connection_parameters(self._url, purpose), self._prepare[purpose])
            link = self._links.setdefault(key, made)
        if self._closed:
            link.close()
        return link

    def close(self) -> None:
        """Close those of this process."""
        self._closed = True
        for (pid, _), link in list(self._links.items()):
            if pid == os.getpid():
                link.close()


def connection_parameters(url: str, purpose: str) -> Any:
    """Return pika's parameters of a connection for that purpose. Raises SettingError."""
    try:
        if not url.startswith(("amqp://", "amqps://")):
            raise ValueError("not a URL of RabbitMQ")
        parameters = pika.URLParameters(url)
    except (ValueError, TypeError):
        # pika's description of it may hold a part of the password.
        hint = "it must be amqp://user:password@host:port/vhost, with / in user, password and vhost written %2F"
        raise SettingError(f"NOBRAINS_RABBITMQ_URL cannot be used: {hint}") from None
    if parameters.heartbeat is None:
        parameters.heartbeat = HEARTBEAT_S
    parameters.socket_timeout = parameters.stack_timeout = CONNECT_S
    # Shown to an operator in the broker's list of connections.
    parameters.client_properties = {"connection_name": f"nobrains {purpose} {socket.gethostname()} {os.getpid()}"}
    return parameters
