"""Find the addresses of a name, and check all of them: one that is not allowed forbids the name."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable

from core.errors import FetchFailed
from core.limits.outgoing import Address, OutgoingPolicy, Target

Resolve = Callable[[str, int], list[str]]
"""Takes a name and a port; returns its addresses. Raises OSError."""


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a name, as this machine finds them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def pinned_addresses(target: Target, policy: OutgoingPolicy, resolver: Resolve = resolve) -> list[Address]:
    """Return the addresses to connect to, and no name any more: it may lead elsewhere the next time.

    Raises FetchFailed NAME_NOT_FOUND or ADDRESS_NOT_ALLOWED.
    """
    try:
        found = [ipaddress.ip_address(text.partition("%")[0]) for text in resolver(target.host, target.port)]
    except (OSError, ValueError, UnicodeError) as exc:
        raise FetchFailed("NAME_NOT_FOUND", f"{target.host} is no name that can be found: {exc}") from exc
    if not found:
        raise FetchFailed("NAME_NOT_FOUND", f"{target.host} has no address.")
    for address in found:
        policy.check_address(target, address)
    return found
