"""The connection of a client: it gives up on those that send too slowly, and costs few system calls.

Each connection holds a thread while it is read, and a few bytes now and then would hold all of them for ever. And each
system call lets go of Python's lock: with many threads at work, getting it back takes longer than the call itself.
"""

from __future__ import annotations

import socket
import struct
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
TICK_S = 0.25
"""Seconds after which the kernel returns from a silent connection: for so long a thread waits for another request."""
_TICK = struct.pack("ll", 0, int(TICK_S * 1_000_000))
_READ_BYTES = 8192
"""What gunicorn asks for at once."""


class ClientConnection:
    """A connection whose `recv` raises TimeoutError once its sender has been too slow. All else is the socket's.

    The head of a response is sent together with the first bytes of its body.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.remaining_s = GRACE_S
        self._head = b""
        self._awaits_head = False
        self._ahead: bytes | None = None
        """What `await_request` has read; b"" is the end."""
        self._timeout = self._timeout_wanted = sock.gettimeout()
        # The kernel's own timeout: Python's takes two more system calls for each `recv`.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _TICK)

    def begin_request(self) -> None:
        """Begin a new request: time earned or wasted before does not count."""
        self.remaining_s = GRACE_S
        self._awaits_head = True

    def end_request(self) -> None:
        """Send what is held back still: the head of a response that has no body."""
        self._awaits_head = False
        if self._head:
            self._send(b"")

    def await_request(self) -> bool:
        """Wait for a tick; return whether the first bytes of another request, or the end, have come."""
        self.settimeout(None)
        try:
            self._ahead = self._ready().recv(_READ_BYTES)
        except BlockingIOError:
            return False
        return True

    def recv(self, size: int) -> bytes:
        """Return the next bytes, as a socket does."""
        if self._ahead is not None:
            data, rest = self._ahead[:size], self._ahead[size:]
            self._ahead = rest or None
            return data
        sock = self._ready()
        if self._timeout is not None:
            return sock.recv(size)
        silent_s, last_s = 0.0, time.monotonic()
        while self.remaining_s > 0 and silent_s < SILENCE_S:
            try:
                read: bytes | None = sock.recv(size)
            except BlockingIOError:
                read = None
            now_s = time.monotonic()
            self.remaining_s -= now_s - last_s
            silent_s, last_s = silent_s + now_s - last_s, now_s
            if read is not None:
                self.remaining_s += len(read) / MIN_BYTES_PER_S
                return read
        raise TimeoutError("the sender is too slow")

    def sendall(self, data: bytes) -> None:
        """Send the bytes; the head of a response whose body follows waits for it."""
        if self._awaits_head:
            self._awaits_head = False
            if data.endswith(b"\r\n\r\n") and b"\r\nContent-Length: " in data:
                self._head = data
                return
        self._send(data)

    def _send(self, data: bytes) -> None:
        head, self._head = self._head, b""
        self._ready().sendall(head + data if head else data)

    def gettimeout(self) -> float | None:
        """Return the timeout, as a socket does."""
        return self._timeout_wanted

    def settimeout(self, timeout: float | None) -> None:
        """Set the timeout, as a socket does, from its next use on: many are set and never used."""
        self._timeout_wanted = timeout

    def setblocking(self, flag: bool) -> None:
        """Have it wait, or not, as a socket does."""
        self.settimeout(None if flag else 0.0)

    def _ready(self) -> socket.socket:
        if self._timeout != self._timeout_wanted:
            self._timeout = self._timeout_wanted
            self.sock.settimeout(self._timeout)
        return self.sock

    def __getattr__(self, name: str) -> Any:
        self.end_request()  # Whatever else is done with the socket, it comes after the head.
        return getattr(self._ready(), name)
