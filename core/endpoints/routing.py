"""Which alias of an endpoint answers a row: a pure function of the row's key, equal in every process."""

from __future__ import annotations

import hashlib

from core.domain.endpoints import CHAMPION, Endpoint

_BITS = 64


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
