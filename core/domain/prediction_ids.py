"""Ids of predictions: 20 characters of base32hex that sort by time, made without asking anybody.

They are 48 bits of milliseconds, 24 of the process (chosen at random as it starts) and 24 of a count. So the ids of one
process are in the order in which they were made, whatever its clock does.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import product
from threading import Lock

from core.domain.ids import rfc3339

_COUNT_BITS, _PROCESS_BITS = 24, 24
_MOST = 1 << _COUNT_BITS
_LAST_MS = (1 << 48) - 1
_PAIRS = ["".join(pair) for pair in product("0123456789abcdefghijklmnopqrstuv", repeat=2)]
_PATTERN = re.compile(r"[0-9a-v]{19}[0g]")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class PredictionIds:
    """The ids of one process. Safe from several threads.

    Args:
        wall_ms: milliseconds since 1970.
    """

    def __init__(self, wall_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000) -> None:
        self._wall_ms = wall_ms
        self._process = secrets.randbits(_PROCESS_BITS)
        self._lock = Lock()
        self._last_ms = 0
        self._count = 0

    def make(self, n: int) -> list[str]:
        """Return the next n ids, in order."""
        with self._lock:
            now_ms = self._wall_ms()
            if now_ms > self._last_ms:  # The count begins again, so that it never runs over within a millisecond.
                self._last_ms, self._count = now_ms, 0
            first = (self._last_ms << _COUNT_BITS) + self._count
            self._count += n
            self._last_ms, self._count = self._last_ms + self._count // _MOST, self._count % _MOST
        return [self._format(*divmod(number, _MOST)) for number in range(first, first + n)]

    def stream(self) -> Iterator[str]:
        """Yield one id after the other, without an end."""
        while True:
            yield from self.make(1)

    def _format(self, ms: int, count: int) -> str:
        # By tables, as a request may have thousands of rows: the library's function takes ten times as long.
        low = (self._process & 3) << 28 | count << 4  # four bits fill up the last character
        return f"{_high(ms, self._process)}{_PAIRS[low >> 20]}{_PAIRS[low >> 10 & 1023]}{_PAIRS[low & 1023]}"


@lru_cache(8)
def _high(ms: int, process: int) -> str:
    """Return the 14 characters that the ids of one millisecond share."""
    bits = ms << _PROCESS_BITS | process
    return "".join(_PAIRS[bits >> shift & 1023] for shift in range(62, 1, -10))


def repeatable_ids(source: str, at_ms: int, n: int) -> list[str]:
    """Return n ids that are the same whenever they are made of the same `source`, such as a message's own name.

    Args:
        source: what they are made of.
        at_ms: when it was sent, in milliseconds since 1970, as far as that is known: they sort by it.
        n: how many.
    """
    digest = hashlib.blake2b(source.encode("utf-8", "replace"), digest_size=6).digest()
    first = int.from_bytes(digest, "big")
    ids = []
    for row in range(n):
        number = at_ms << _PROCESS_BITS + _COUNT_BITS | (first + row) % (1 << _PROCESS_BITS + _COUNT_BITS)
        ids.append(base64.b32hexencode(number.to_bytes(12, "big")).decode().rstrip("=").lower())
    return ids


def is_prediction_id(text: str) -> bool:
    """Return whether the text has the form of an id."""
    return _PATTERN.fullmatch(text) is not None


def time_ms(id: str) -> int:
    """Return the time of an id, in milliseconds since 1970. Raises ValueError if it is none."""
    if not is_prediction_id(id):
        raise ValueError(f"{id!r} is no id of a prediction")
    return int(id[:10], 32) >> 2  # its ten first characters are 50 bits, in the digits that Python has for base 32


def predicted_at(id: str) -> str:
    """Return the time of an id, as rows have times. Raises ValueError if it is none."""
    second, ms = divmod(time_ms(id), 1000)
    return f"{_second(second)}.{ms:03d}Z"


@lru_cache(64)
def _second(seconds: int) -> str:
    """Return a time up to its seconds, which the ids of many requests share."""
    return rfc3339(_EPOCH + timedelta(seconds=seconds))[:-5]


def least_id(at_ms: int) -> str:
    """Return the id that sorts before, or is, every id of this millisecond and of later ones."""
    at_ms = min(max(at_ms, 0), _LAST_MS)
    number = at_ms << _PROCESS_BITS + _COUNT_BITS
    return base64.b32hexencode(number.to_bytes(12, "big")).decode().rstrip("=").lower()
