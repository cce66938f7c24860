"""Which addresses that a user gives may be connected to: the rules, without a network.

They are looked at twice: an address as it is written, when it is given; and each address that its name has, at the
moment of connecting (`backends/fetch/`), as a name may lead elsewhere by then.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from core.errors import FetchFailed
from core.settings import SettingError, Settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

DEFAULT_PORTS = {"http": 80, "https": 443, "postgresql": 5432, "postgres": 5432, "mysql": 3306, "mariadb": 3306}
WEB_PORTS = (80, 443)
MAX_URL_LENGTH = 2000
NOT_ALLOWED = "ADDRESS_NOT_ALLOWED"

# IPv6 ranges that hold an IPv4 address, whose own rules then count, and the number of bits to the right of it.
_HOLD_IPV4 = {
    ipaddress.IPv6Network("::ffff:0:0/96"): 0,
    ipaddress.IPv6Network("::/96"): 0,
    ipaddress.IPv6Network("64:ff9b::/96"): 0,
    ipaddress.IPv6Network("2002::/16"): 80,
}
# `is_global` leaves these open: they are for no server of the public network.
_NEVER = tuple(
    ipaddress.ip_network(text) for text in ("224.0.0.0/4", "ff00::/8", "192.88.99.0/24", "2001::/32", "fec0::/10")
)


@dataclass(frozen=True)
class Target:
    """Where a URL leads."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS.get(self.scheme) else f"{host}:{self.port}"


class OutgoingPolicy:
    """The rules as the settings have them.

    Args:
        mode: `public` for addresses of the public network, and those of `allow`; `allowlist` for those alone; `off`.
        allow: names, `*.` with a name behind, addresses, and networks (CIDR), each with `:port` behind or without.
        loopback: whether this machine itself may be connected to.
    """

    def __init__(self, mode: str, allow: Iterable[str] = (), *, loopback: bool = False) -> None:
        self.mode = mode
        self.loopback = loopback
        self._names: list[tuple[str, int | None]] = []
        self._networks: list[tuple[Network, int | None]] = []
        for entry in allow:
            self._add(entry)

    @staticmethod
    def of(settings: Settings) -> OutgoingPolicy:
        """Return the rules of these settings. Raises SettingError."""
        allow = [entry for entry in (part.strip() for part in settings.fetch_allow.split(",")) if entry]
        return OutgoingPolicy(settings.fetch, allow, loopback=settings.is_embedded)

    def check_url(self, url: str, schemes: Iterable[str] = ("https", "http")) -> Target:
        """Return where the URL leads; raises FetchFailed if its very words forbid to go there."""
        target = parse_url(url, tuple(schemes))
        if self.mode == "off":
            raise FetchFailed("FETCH_OFF", "The operator of this service has switched off requests to other servers.")
        literal = _literal(target.host)
        if literal is not None:
            self.check_address(target, literal)
        elif self.mode == "allowlist" and not self._is_named(target) and not self._networks:
            raise _refused(target, "is not among the names that the operator allows (NOBRAINS_FETCH_ALLOW)")
        return target

    def check_address(self, target: Target, address: Address) -> None:
        """Return if this address of the target may be connected to; raises FetchFailed otherwise."""
        inner = held_address(address)
        if self._is_named(target) or any(self._allows(each, target.port) for each in (address, inner)):
            return
        if self.mode == "allowlist":
            where = "" if str(address) == target.host else f"({address}) "
            raise _refused(target, f"{where}is not among what the operator allows (NOBRAINS_FETCH_ALLOW)")
        if inner.is_loopback and self.loopback:
            return
        if not is_public(address):
            where = "" if str(address) == target.host else f"leads to {address}, which "
            raise _refused(target, f"{where}is no address of the public network")
        if target.port < 1024 and target.port not in WEB_PORTS:
            raise _refused(target, f"has the port {target.port}, which is no port of a web server")

    def is_listed(self, target: Target) -> bool:
        """Return whether the operator has named this very host, or its address where that stands in its place.

        For connections that a library makes by itself: it would look up again what was checked.
        """
        literal = _literal(target.host)
        if literal is None:
            return self._is_named(target) or (self.loopback and target.host == "localhost")
        inner = held_address(literal)
        is_own = inner.is_loopback and self.loopback and self.mode == "public"
        return self._is_named(target) or self._allows(literal, target.port) or is_own

    def _is_named(self, target: Target) -> bool:
        return any(
            port in (None, target.port)
            and (target.host == name or (name.startswith("*.") and target.host.endswith(name[1:])))
            for name, port in self._names
        )

    def _allows(self, address: Address, wanted: int) -> bool:
        return any(
            port in (None, wanted) and network.version == address.version and address in network
            for network, port in self._networks
        )

    def _add(self, entry: str) -> None:
        host, port = entry, None
        if entry.count(":") == 1 or "]:" in entry:
            host, _, text = entry.rpartition(":")
            if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
                raise SettingError(f"NOBRAINS_FETCH_ALLOW: {entry!r} has no port from 1 to 65535 behind the colon")
            port = int(text)
        try:
            self._networks.append((ipaddress.ip_network(host.strip("[]"), strict=False), port))
        except ValueError:
            if not host or any(char not in _NAME_CHARACTERS for char in host.lower()):
                raise SettingError(f"NOBRAINS_FETCH_ALLOW: {entry!r} is no name, address or network") from None
            self._names.append((host.lower().rstrip("."), port))


_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-._*")


def parse_url(url: str, schemes: tuple[str, ...]) -> Target:
    """Return the parts of a URL as those who send requests read it; raises FetchFailed BAD_URL."""
    if len(url) > MAX_URL_LENGTH or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise _bad(f"it must be at most {MAX_URL_LENGTH:,} printable ASCII characters, without blanks or backslashes")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as exc:
        raise _bad(str(exc)) from exc
    if parts.scheme not in schemes:
        raise _bad(f"it must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}")
    if "@" in parts.netloc:
        raise _bad("it must not hold a username or password")
    host = (parts.hostname or "").rstrip(".")
    if not host or port == 0:
        raise _bad("it names no host, or the port 0")
    if "%" in host or (":" not in host and any(char not in _NAME_CHARACTERS - {"*"} for char in host)):
        raise _bad("its host has characters that no host has; write a name of other letters as xn--…")
    if _literal(host) is None and _looks_numeric(host):
        raise _bad("its host is a number that is no address as one writes it: 93.184.216.34, or [2001:db8::1]")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port or DEFAULT_PORTS.get(parts.scheme, 0), path)


def held_address(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address holds, or the address itself."""
    if isinstance(address, ipaddress.IPv6Address):
        for network, shift in _HOLD_IPV4.items():
            if address in network and int(address) > 1:  # :: and ::1 are no IPv4.
                return ipaddress.IPv4Address((int(address) >> shift) & 0xFFFFFFFF)
    return address


def is_public(address: Address) -> bool:
    """Return whether it is an address that anybody's server in the public network may have."""
    inner = held_address(address)
    return inner.is_global and not any(inner.version == network.version and inner in network for network in _NEVER)


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _looks_numeric(host: str) -> bool:
    """Return whether a resolver may read it as a number: 2130706433, 0x7f.1, 127.1."""
    last = host.rsplit(".", 1)[-1]
    return last.isdigit() or last.startswith("0x") or ":" in host


def _bad(why: str) -> FetchFailed:
    return FetchFailed("BAD_URL", f"This address cannot be used: {why}.")


def _refused(target: Target, why: str) -> FetchFailed:
    return FetchFailed(NOT_ALLOWED, f"{target.host} {why}.")
