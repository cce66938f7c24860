"""What is due at a time, found by one scan, done in the order in which it fell due."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from itertools import islice

import structlog

from core.domain.ids import rfc3339, wall_clock
from core.errors import Unavailable
from core.ports import Tables
from core.storage.due_rows import Due, due_until, minute_of

log = structlog.get_logger()

MAX_FOUND = 500
MAX_ROUND_S = 0.5
"""Seconds that a round may take: what falls due at the full hour is done in several, and nothing else waits for it."""
PAUSE_S = 60.0
"""Seconds after which what failed is tried again."""


class DueWork:
    """Does what is due.

    Args:
        handlers: what does each kind of it; other kinds are left to others. It deletes the row once nothing is due by
            it any more.
        monotonic: measures time.
        at_once: how many are done at a time, since each waits for the tables most of its time.
        clock: tells what is due.
    """

    def __init__(
        self, tables: Tables, handlers: Mapping[str, Callable[[Due], None]], monotonic: Callable[[], float],
        at_once: int = 1, clock: Callable[[], datetime] = wall_clock,
    ) -> None:  # fmt: skip
        self.tables = tables
        self.handlers = handlers
        self.monotonic = monotonic
        self.at_once = at_once
        self.clock = clock
        self.failed: dict[Due, float] = {}
        self._pool = ThreadPoolExecutor(at_once, "due")

    def run(self, overdue: timedelta = timedelta()) -> bool:
        """Do one round of what has been due for that long; return whether nothing of it is left.

        What fails keeps nothing else waiting. Raises Unavailable.
        """
        began_s = self.monotonic()
        self.failed = {due: at_s for due, at_s in self.failed.items() if began_s - at_s < PAUSE_S}
        until = minute_of(rfc3339(self.clock() - overdue))
        found = (due for due in due_until(self.tables, until, self.handlers) if due not in self.failed)
        waiting = deque(islice(found, MAX_FOUND))
        was_full = len(waiting) == MAX_FOUND
        while waiting:
            batch = [waiting.popleft() for _ in range(min(self.at_once, len(waiting)))]
            self.failed |= {due: began_s for due, done in zip(batch, self._do_all(batch), strict=True) if not done}
            if self.monotonic() - began_s > MAX_ROUND_S:
                break
        return not waiting and not was_full

    def _do_all(self, batch: list[Due]) -> list[bool]:
        """Do these side by side; return of each whether it was done, once all are over. Raises Unavailable."""
        if self.at_once == 1:
            return [self._do(due) for due in batch]
        running = [self._pool.submit(self._do, due) for due in batch]
        wait(running)
        return [each.result() for each in running]

    def _do(self, due: Due) -> bool:
        """Do what is due; return False for what failed. Raises Unavailable."""
        try:
            self.handlers[due.kind](due)
        except Unavailable:
            raise
        except Exception:
            log.exception("sweeper.due_failed", kind=due.kind, user_id=due.user_id, id=due.id)
            return False
        return True
