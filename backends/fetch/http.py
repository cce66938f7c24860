"""Requests to servers that users name: addresses checked and kept, redirects checked anew, bytes and seconds capped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urljoin

import urllib3
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError, SSLError, TimeoutError

from backends.fetch.connection import Deadline, open_pool
from backends.fetch.resolving import Resolve, pinned_addresses, resolve
from core.errors import FetchFailed
from core.limits.outgoing import OutgoingPolicy, Target, is_public
from core.ports import OutgoingAnswer

REDIRECTS = frozenset({301, 302, 303, 307, 308})
CHUNK_BYTES = 16 * 1024
# What a server of another name must not get: it is for the one that was named.
FOR_ITS_OWN_HOST = frozenset({"authorization", "cookie", "proxy-authorization"})
USER_AGENT = "nobrains"


@dataclass(frozen=True)
class Caps:
    """What a request may cost.

    Attributes:
        max_bytes: bytes of the answer's body that are read; what comes behind them is not.
        redirects: redirects that are followed; their answers are given back beyond.
    """

    seconds: float = 15.0
    max_bytes: int = 64 * 1024
    redirects: int = 0


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
        target = self.policy.check_url(url)
        given = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity", **(headers or {})}
        deadline = Deadline(self.caps.seconds)
        with deadline.running():
            for remaining in range(self.caps.redirects, -1, -1):
                answer = self._once(method, target, body, given, deadline)
                location = answer.headers.get("location", "")
                if answer.status not in REDIRECTS or not remaining or not location:
                    return answer
                url = urljoin(url, location)
                before, target = target, self.policy.check_url(url)
                if (target.scheme, target.host, target.port) != (before.scheme, before.host, before.port):
                    given = {name: value for name, value in given.items() if name.lower() not in FOR_ITS_OWN_HOST}
                if answer.status in (301, 302, 303) and method != "HEAD":
                    method, body = "GET", b""
        return answer

    def _once(
        self, method: str, target: Target, body: bytes, headers: Mapping[str, str], deadline: Deadline
    ) -> OutgoingAnswer:
        addresses = pinned_addresses(target, self.policy, self.resolver)
        pool = open_pool(target, addresses, deadline)
        try:
            answer = self._exchange(pool, method, target, body, headers)
        except (HTTPError, OSError, ValueError) as exc:
            raise _failure(target, exc, deadline) from exc
        finally:
            pool.close()
        if deadline.has_passed:
            raise _timed_out(target)
        return replace(answer, is_public=all(map(is_public, addresses)))

    def _exchange(
        self, pool: HTTPConnectionPool, method: str, target: Target, body: bytes, headers: Mapping[str, str]
    ) -> OutgoingAnswer:
        response = pool.urlopen(
            method, target.path, body=body or None, headers={**headers, "Host": target.host_header},
            redirect=False, preload_content=False, decode_content=False,
        )  # fmt: skip
        try:
            found = bytearray()
            while len(found) < self.caps.max_bytes and (chunk := response.read(CHUNK_BYTES)):
                found += chunk
            known = {name.lower(): value for name, value in response.headers.items()}
            return OutgoingAnswer(response.status, known, bytes(found[: self.caps.max_bytes]))
        finally:
            response.close()


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
