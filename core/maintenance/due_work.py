"""What is due at a time, in the sweeper's hands: found by one scan, done in the order in which it fell due."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import structlog

from core.domain.ids import now
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
        handlers: what does each kind of it. It deletes the row once nothing is due by it any more.
        monotonic: measures time.
    """

    def __init__(
        self, tables: Tables, handlers: Mapping[str, Callable[[Due], None]], monotonic: Callable[[], float]
    ) -> None:
        self.tables = tables
        self.handlers = handlers
        self.monotonic = monotonic
        self.failed: dict[Due, float] = {}

    def run(self) -> None:
        """Do one round. What fails keeps nothing else waiting. Raises Unavailable."""
        began_s = self.monotonic()
        self.failed = {due: at_s for due, at_s in self.failed.items() if began_s - at_s < PAUSE_S}
        for due in due_until(self.tables, minute_of(now()), MAX_FOUND):
            if due in self.failed or due.kind not in self.handlers:
                continue
            try:
                self.handlers[due.kind](due)
            except Unavailable:
                raise
            except Exception:
                log.exception("sweeper.due_failed", kind=due.kind, user_id=due.user_id, id=due.id)
                self.failed[due] = began_s
            if self.monotonic() - began_s > MAX_ROUND_S:
                return
