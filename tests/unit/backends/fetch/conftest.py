"""Real servers on this machine, and names that lead wherever a test wants."""

from __future__ import annotations

import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

Talk = Callable[[socket.socket], None]


@dataclass
class Server:
    """A server that says to each connection what its test has it say."""

    talk: Talk
    listening: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    tls: ssl.SSLContext | None = None
    connections: int = 0
    received: list[bytes] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def port(self) -> int:
        return int(self.listening.getsockname()[1])

    def run(self) -> None:
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            if self.tls is not None:
                connection = self.tls.wrap_socket(connection, server_side=True)
            self.received.append(read_request(connection))
            self.talk(connection)

    def close(self) -> None:
        self.over.set()
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()


def read_request(connection: socket.socket) -> bytes:
    """A whole request: who answers and closes with some of it unread may cut its own answer off."""
    found = b""
    while more := connection.recv(65536):
        found += more
        head, end, body = found.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        if not end and not found[:1].isalpha():  # No HTTP.
            break
        if end and len(body) >= (int(length[1]) if length else 0):
            break
    return found


def says(text: str | bytes) -> Talk:
    """What a server says that sends these bytes."""
    return lambda connection: connection.sendall(text if isinstance(text, bytes) else text.encode())


def redirects_to(url: str, status: int = 302) -> Talk:
    return says(f"HTTP/1.1 {status} Elsewhere\r\nLocation: {url}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")


OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


@pytest.fixture
def serve() -> Iterator[Callable[[Talk], Server]]:
    """Starts servers, and ends them with the test."""
    made: list[Server] = []

    def start(talk: Talk) -> Server:
        made.append(Server(talk))
        threading.Thread(target=made[-1].run, daemon=True).start()
        return made[-1]

    yield start
    for server in made:
        server.close()
