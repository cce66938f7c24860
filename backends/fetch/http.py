"""Requests to servers that users name: addresses checked and kept, redirects checked anew, bytes and seconds capped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from http.client import HTTPException
from urllib.parse import urljoin

import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError, SSLError, TimeoutError
from urllib3.response import BaseHTTPResponse

from backends.fetch.connection import READ_S, Deadline, open_pool
from backends.fetch.resolving import Resolve, pinned_addresses, resolve
from core.errors import FetchFailed
from core.limits.outgoing import OutgoingPolicy, Target, is_public
from core.ports import OutgoingAnswer

REDIRECTS = frozenset({301, 302, 303, 307, 308})
CHUNK_BYTES = 16 * 1024
USER_AGENT = "nobrains"


@dataclass(frozen=True)
class Caps:
    """What a request may cost.

    Attributes:
        max_bytes: bytes of the answer's body that are read; what comes behind them is not.
        redirects: redirects that are followed; their answers are given back beyond.
        stall_s: without a byte.
    """

    seconds: float = 15.0
    stall_s: float = READ_S
    max_bytes: int = 64 * 1024
    redirects: int = 0


@dataclass
class StreamedAnswer:
    """An answer whose body is still to come.

    Attributes:
        url: that was asked last, behind all redirects.
        headers: by their names in lower case.
    """

    url: str
    target: Target
    response: BaseHTTPResponse
    deadline: Deadline
    is_public: bool

    @property
    def status(self) -> int:
        return int(self.response.status)

    @cached_property
    def headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.response.headers.items()}

    def chunks(self, size: int = CHUNK_BYTES) -> Iterator[bytes]:
        """Yield the body as it was sent, up to `size` bytes at a time, as they come. Raises FetchFailed."""
        while True:
            try:
                chunk = self.response.read1(size, decode_content=False)
            except (HTTPError, OSError, ValueError, HTTPException) as exc:
                raise _failure(self.target, exc, self.deadline) from exc
            if self.deadline.has_passed:
                raise _timed_out(self.target)
            if not chunk:
                return
            yield chunk


class GuardedHttp:
    """The `OutgoingHttp` port.

    Args:
        policy: which addresses may be connected to.
        caps: what one request may cost, unless its call says otherwise.
        resolver: finds addresses of names.
    """

    def __init__(self, policy: OutgoingPolicy, caps: Caps | None = None, resolver: Resolve = resolve) -> None:
        self.policy = policy
        self.caps = caps or Caps()
        self.resolver = resolver

    def send(
        self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> OutgoingAnswer:
        """Send a request and return its answer, of whichever status.

        Raises FetchFailed: the address is not allowed, or nothing usable came back in time.
        """
        with self.open(method, url, body, headers, {"Accept-Encoding": "identity"}) as answer:
            found = bytearray()
            for chunk in answer.chunks():
                found += chunk
                if len(found) >= self.caps.max_bytes:
                    break
            return OutgoingAnswer(answer.status, answer.headers, bytes(found[: self.caps.max_bytes]), answer.is_public)

    @contextmanager
    def open(
        self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None,
        everywhere: Mapping[str, str] | None = None,
    ) -> Iterator[StreamedAnswer]:  # fmt: skip
        """Send a request, follow what redirects are allowed, and give out the answer while its body comes in.

        Args:
            method: of the first request.
            url: where it goes.
            body: of the request.
            headers: for the host of `url` alone: a redirect to another one, or to another port, does not take them on.
            everywhere: headers that any host may have.

        Raises FetchFailed: the address is not allowed, or nothing usable came back in time.
        """
        target = self.policy.check_url(url)
        given, always = dict(headers or {}), {"User-Agent": USER_AGENT, **(everywhere or {})}
        deadline = Deadline(self.caps.seconds)
        with deadline.running():
            for remaining in range(self.caps.redirects, -1, -1):
                with self._exchange(method, url, target, body, {**always, **given}, deadline) as answer:
                    location = answer.headers.get("location", "")
                    if answer.status not in REDIRECTS or not remaining or not location:
                        yield answer
                        return
                url = urljoin(url, location)
                before, target = target, self.policy.check_url(url)
                if (target.scheme, target.host, target.port) != (before.scheme, before.host, before.port):
                    given = {}
                if answer.status in (301, 302, 303) and method != "HEAD":
                    method, body = "GET", b""

    @contextmanager
    def _exchange(
        self, method: str, url: str, target: Target, body: bytes, headers: Mapping[str, str], deadline: Deadline
    ) -> Iterator[StreamedAnswer]:
        addresses = pinned_addresses(target, self.policy, self.resolver)
        pool = open_pool(target, addresses, deadline, self.caps.stall_s)
        try:
            response = pool.urlopen(
                method, target.path, body=body or None, headers={**headers, "Host": target.host_header},
                redirect=False, preload_content=False, decode_content=False,
            )  # fmt: skip
        except (HTTPError, OSError, ValueError, HTTPException) as exc:
            pool.close()
            raise _failure(target, exc, deadline) from exc
        try:
            if deadline.has_passed:
                raise _timed_out(target)
            yield StreamedAnswer(url, target, response, deadline, all(map(is_public, addresses)))
        finally:
            response.close()
            pool.close()


def _timed_out(target: Target) -> FetchFailed:
    return FetchFailed("TIMED_OUT", f"{target.host} did not answer in time.")


def _failure(target: Target, exc: Exception, deadline: Deadline) -> FetchFailed:
    if deadline.has_passed or (isinstance(exc, TimeoutError) and not isinstance(exc, NewConnectionError)):
        return _timed_out(target)
    if isinstance(exc, SSLError):
        return FetchFailed("TLS_FAILED", f"{target.host} shows no certificate that can be believed: {exc}")
    if isinstance(exc, urllib3.exceptions.NewConnectionError):
        return FetchFailed("CONNECTION_FAILED", f"{target.host}:{target.port} takes no connection.")
    return FetchFailed("BAD_ANSWER", f"{target.host} broke off, or sent what is no HTTP: {type(exc).__name__}.")
