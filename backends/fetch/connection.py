"""Connections to an address that was checked, whatever the name leads to by now."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from core.limits.outgoing import Address, Target

CONNECT_S = 5.0
READ_S = 10.0
MAX_ADDRESSES = 3
"""Addresses of a name that are tried: each may take its seconds to be found away."""


class Deadline:
    """Ends what one request does on the network, whatever its server does: also one that sends a byte now and then."""

    def __init__(self, seconds: float) -> None:
        self.has_passed = False
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._pass)
        self._timer.daemon = True

    @contextmanager
    def running(self) -> Iterator[None]:
        """Measure from now on, until the context ends."""
        self._timer.start()
        try:
            yield
        finally:
            self._timer.cancel()
            with self._lock:
                for each in self._sockets:
                    each.close()
                self._sockets.clear()

    def cut(self) -> None:
        """Let the deadline pass now. Safe from any thread."""
        self._pass()

    def watch(self, found: socket.socket) -> None:
        """Have the connection cut off at the deadline, also once TLS has taken the socket over."""
        with self._lock:
            self._sockets.append(found.dup())
            if self.has_passed:
                _cut(self._sockets[-1])

    def _pass(self) -> None:
        with self._lock:
            self.has_passed = True
            for each in self._sockets:
                _cut(each)


def connect(target: Target, addresses: list[Address], deadline: Deadline, read_s: float = READ_S) -> socket.socket:
    """Return a connection to the first of the addresses that takes it. Raises OSError."""
    error = OSError("no address")
    for address in addresses[:MAX_ADDRESSES]:
        try:
            made = socket.create_connection((str(address), target.port), CONNECT_S)
        except OSError as exc:
            error = exc
            continue
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.settimeout(read_s)
        deadline.watch(made)
        return made
    raise error


def open_pool(
    target: Target, addresses: list[Address], deadline: Deadline, read_s: float = READ_S
) -> HTTPConnectionPool:
    """Return a pool of one connection to the first of the addresses that takes it. No proxy, no retries, no cookies."""

    def new_connection(self: HTTPConnection) -> socket.socket:
        try:
            return connect(target, addresses, deadline, read_s)
        except OSError as exc:
            raise urllib3.exceptions.NewConnectionError(self, str(exc)) from exc

    timeout = urllib3.Timeout(connect=CONNECT_S, read=read_s)
    base, pool = (
        (HTTPSConnection, HTTPSConnectionPool) if target.scheme == "https" else (HTTPConnection, HTTPConnectionPool)
    )
    made = pool(target.host, target.port, timeout=timeout, retries=False, maxsize=1)
    # The name stays: for its certificate, and the header Host.
    made.ConnectionCls = type("PinnedConnection", (base,), {"_new_conn": new_connection})
    return made


def _cut(found: socket.socket) -> None:
    try:
        found.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
