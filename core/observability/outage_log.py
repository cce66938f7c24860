"""Tell in the log that a back end is away: when that begins, once a minute while it lasts, and when it is over."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

REPEAT_S = 60.0

log = structlog.get_logger()


class OutageLog:
    """What one loop, or several that use the same back end, say of its outages. Threads may share it.

    Args:
        name: what the lines begin with, `<name>.unavailable` and `<name>.available`.
        monotonic: measures time.
    """

    def __init__(self, name: str, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.name = name
        self.monotonic = monotonic
        self._lock = threading.Lock()
        self._began_s: float | None = None
        self._said_s = 0.0

    def unavailable(self, error: object) -> None:
        """Take note that it was away just now."""
        with self._lock:
            now_s = self.monotonic()
            if self._began_s is None:
                self._began_s = now_s
            elif now_s - self._said_s < REPEAT_S:
                return
            self._said_s = now_s
            lasts_s = now_s - self._began_s
        log.warning(f"{self.name}.unavailable", error=str(error)[:300], for_s=round(lasts_s))

    def available(self) -> None:
        """Take note that it was there just now."""
        if self._began_s is None:  # As nearly always: nobody waits for the lock.
            return
        with self._lock:
            if self._began_s is None:
                return
            lasted_s = self.monotonic() - self._began_s
            self._began_s = None
        log.info(f"{self.name}.available", after_s=round(lasted_s))
