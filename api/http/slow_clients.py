"""A limit to how slowly a client may send.

Each connection holds a thread while it is read, and a few bytes now and then would hold all of them for ever.
"""

from __future__ import annotations

import socket
import time
from typing import Any

from gunicorn.http.errors import ParseException
from werkzeug.exceptions import ClientDisconnected

INCOMPLETE_BODY_ERRORS = (ClientDisconnected, OSError, ParseException)
"""Errors of reading a body whose sender is gone or too slow, or has sent malformed chunks."""

SILENCE_S = 60.0
"""Maximum seconds of silence in the middle of a request."""
GRACE_S = 30.0
"""Seconds that may be spent in total waiting for a request's bytes."""
MIN_BYTES_PER_S = 1024
"""Bytes sent earn time at this rate."""


class SlowClientGuard:
    """A connection whose `recv` raises TimeoutError once its sender has been too slow. All else is the socket's."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.remaining_s = GRACE_S

    def begin(self) -> None:
        """Begin a new request: time earned or wasted before does not count."""
        self.remaining_s = GRACE_S

    def recv(self, size: int) -> bytes:
        """Return the next bytes, as a socket does."""
        limit = self.sock.gettimeout()
        if limit == 0:
            return self.sock.recv(size)
        if self.remaining_s <= 0:
            raise TimeoutError("the sender is too slow")
        self.sock.settimeout(min(self.remaining_s, SILENCE_S, SILENCE_S if limit is None else limit))
        begun = time.monotonic()
        try:
            data = self.sock.recv(size)
        finally:
            self.remaining_s -= time.monotonic() - begun
            self.sock.settimeout(limit)
        self.remaining_s += len(data) / MIN_BYTES_PER_S
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self.sock, name)
