"""Remember for a second what rows say: renew it in the background while it is used, go on with it when tables are away.

For what every prediction asks (who is the caller, which model, which endpoint), so that none waits for a table:

| age of a value | what `get` does |
|---|---|
| up to half of `FRESH_S` | gives it out |
| up to `FRESH_S` | gives it out, and has it read again in the background |
| more | waits for it to be read again |
| more, and the tables are slow or away | gives it out, up to `SLOW_S` or `stale_s` |

So what a row says is seen within a second, wherever it is used: a value that nobody asked for meanwhile is read again
first.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

import structlog

from core.errors import NoBrainsError, Unavailable

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

FRESH_S = 1.0
WAIT_S = 0.25
"""Seconds that requests wait for a value in use whose reading takes long: until then tables are slow, then away."""
SLOW_S = 10.0
"""Age up to which a value is given out while its reading merely takes long. An adapter gives up before that."""
AWAY_S = 10.0
"""Seconds after a failed reading for which the tables count as away, until one succeeds."""
READERS = 8

log = structlog.get_logger(__name__)


@dataclass
class _Entry(Generic[V]):
    value: V
    read_at_s: float
    """When its reading began: what was written later is not in it."""
    renewal: Future[V] | None = None
    is_slow: bool = False
    """Whether somebody has waited for this renewal in vain."""
    retry_at_s: float = 0.0


class FreshCache(Generic[K, V]):
    """Values by key, never older than a second while the tables answer. Safe to use from several threads.

    An error other than Unavailable (a row is gone: NotFound, Unauthorized) is raised to whoever asks, and forgets the
    value: it is not remembered itself.

    Args:
        name: what the values are, in words, for the log.
        read: reads the value of a key.
        stale_s: age up to which a value is given out while the tables are away.
        max_entries: values kept; those not renewed for longest are dropped first.
    """

    def __init__(
        self,
        name: str,
        read: Callable[[K], V],
        stale_s: float,
        *,
        max_entries: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.stale_s = stale_s
        self.max_entries = max_entries
        self._read = read
        self._clock = clock
        self._lock = Lock()  # for writers: `get` of a fresh value takes no lock
        self._entries: dict[K, _Entry[V]] = {}
        self._failed_at_s = float("-inf")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix=f"fresh-{name}")

    def get(self, key: K) -> V:
        """Return the value. Raises what reading it raises; Unavailable only if nothing young enough is known."""
        entry = self._entries.get(key)
        if entry is None:
            return self._read_now(key)
        age_s = self._clock() - entry.read_at_s
        if age_s < FRESH_S / 2:
            return entry.value
        away = age_s < self.stale_s and self._is_away()
        if away or age_s < max(FRESH_S, min(SLOW_S, self.stale_s)):
            renewal = self._renew(key, entry)
            wanted = age_s >= FRESH_S and not away
            return self._await(entry, renewal) if wanted and renewal is not None else entry.value
        try:
            return self._read_now(key)
        except Unavailable:
            if age_s < self.stale_s:
                return entry.value
            raise

    def close(self) -> None:
        """Start no more readings."""
        self._readers.shutdown(wait=False, cancel_futures=True)

    def _await(self, entry: _Entry[V], renewal: Future[V]) -> V:
        """Return the renewed value, or the old one if reading it fails or takes long."""
        if entry.is_slow or not wait([renewal], WAIT_S).done:
            entry.is_slow = True  # the next ones do not wait for this reading
            return entry.value
        try:
            return renewal.result()
        except Unavailable:
            return entry.value

    def _is_away(self) -> bool:
        return self._clock() - self._failed_at_s < AWAY_S

    def _renew(self, key: K, entry: _Entry[V]) -> Future[V] | None:
        """Return the reading of the value that is going on, started if need be; None soon after one that failed."""
        with self._lock:
            if entry.renewal is None and self._clock() >= entry.retry_at_s:
                entry.is_slow = False
                entry.renewal = self._readers.submit(self._read_again, key, entry)
            return entry.renewal

    def _read_again(self, key: K, entry: _Entry[V]) -> V:
        try:
            return self._read_now(key)
        except Unavailable:
            entry.retry_at_s = self._clock() + FRESH_S / 2
            raise
        except NoBrainsError:
            raise
        except Exception:
            log.exception("fresh_cache.read_failed", what=self.name)
            raise
        finally:
            entry.renewal = None

    def _read_now(self, key: K) -> V:
        began_s = self._clock()
        try:
            value = self._read(key)
        except Unavailable as exc:
            if not self._is_away():
                log.warning("fresh_cache.stale", what=self.name, up_to_s=self.stale_s, error=str(exc))
            self._failed_at_s = self._clock()
            raise
        except BaseException:
            with self._lock:
                self._entries.pop(key, None)
            raise
        self._failed_at_s = float("-inf")
        self._keep(key, value, began_s)
        return value

    def _keep(self, key: K, value: V, began_s: float) -> None:
        with self._lock:
            known = self._entries.get(key)
            if known is not None and known.read_at_s >= began_s:
                return
            self._entries.pop(key, None)  # inserted anew, at the end: the first one is the one unused for longest
            self._entries[key] = _Entry(value, began_s)
            while len(self._entries) > self.max_entries:
                del self._entries[next(iter(self._entries))]
