"""How slowly a client may send: each connection holds a thread while it is read, and a few bytes now and then would
hold all of them for ever."""

from __future__ import annotations

import socket
import time
from typing import Any

from gunicorn.http.errors import ParseException
from werkzeug.exceptions import ClientDisconnected

INCOMPLETE_BODY_ERRORS = (ClientDisconnected, OSError, ParseException)
"""What reading a body raises where its sender is gone or too slow, or has sent chunks that are none."""

SILENCE_S = 60.0
"""Nobody says nothing for longer in the middle of a request."""
GRACE_S = 30.0
"""Of all the time that is spent waiting for a request's bytes."""
MIN_BYTES_PER_S = 1024
"""What is sent earns time at this rate."""


class SlowClientGuard:
    """A connection whose `recv` raises TimeoutError once its sender has been too slow. All else is the socket's."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.left_s = GRACE_S

    def begin(self) -> None:
        """A new request: what was earned or wasted before does not count."""
        self.left_s = GRACE_S

    def recv(self, size: int) -> bytes:
        """The next bytes, as of a socket."""
        limit = self.sock.gettimeout()
        if limit == 0:
            return self.sock.recv(size)
        if self.left_s <= 0:
            raise TimeoutError("the sender is too slow")
        self.sock.settimeout(min(self.left_s, SILENCE_S, SILENCE_S if limit is None else limit))
        begun = time.monotonic()
        try:
            data = self.sock.recv(size)
        finally:
            self.left_s -= time.monotonic() - begun
            self.sock.settimeout(limit)
        self.left_s += len(data) / MIN_BYTES_PER_S
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self.sock, name)
