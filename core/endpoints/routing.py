"""Which version of an endpoint answers: pure functions of the endpoint's row, equal in every process."""

from __future__ import annotations

import hashlib

from core.domain.endpoints import CHAMPION, Endpoint
from core.errors import NotFound

MAX_DIGITS = 9
"""Of the number of a version."""
_BITS = 64


def named_version(endpoint: Endpoint, ref: str | None = None) -> tuple[int, str | None]:
    """Return the number that a number or an alias means, and the alias; None is the champion.

    Whether there is a version of that number is not looked up. Raises NotFound for an alias that there is not.
    """
    alias = CHAMPION if ref is None else ref
    if alias in endpoint.aliases:
        return endpoint.aliases[alias], alias
    if alias == CHAMPION:
        raise NotFound("champion of the endpoint", endpoint.name)
    if not (alias.isascii() and alias.isdigit() and len(alias) <= MAX_DIGITS):
        raise NotFound("version", f"{endpoint.name}/{alias[:60]}")
    return int(alias), None


def choose_alias(endpoint: Endpoint, key: str) -> str:
    """Return the alias that answers the row of this key.

    The endpoint's name goes into the hash: whoever is in the small share of one endpoint is not so in all. An alias
    whose share grows keeps the keys that it had, as long as no alias that sorts before it changes its share.

    Args:
        endpoint: as it stands now.
        key: the caller's own key for the row where the traffic is sticky by `key`, else the id of the prediction.
    """
    split = endpoint.traffic.split
    if not split:
        return CHAMPION
    digest = hashlib.blake2b(f"{endpoint.name}#{key}".encode("utf-8", "surrogatepass"), digest_size=_BITS // 8).digest()
    point = int.from_bytes(digest, "big") / (1 << _BITS)
    end = 0.0
    for alias in sorted(split):
        end += split[alias]
        if point < end:
            return alias
    return CHAMPION
