"""How fast an account's messages are answered: they count as its requests for predictions do."""

from __future__ import annotations

import time

import structlog

from core.errors import TooMany
from core.limits.rate_limit import RateLimit

log = structlog.get_logger(__name__)


class Pace:
    """Counts messages against the limit on predictions. What exceeds it is not refused: it waits for the next minute.

    Args:
        limit: of predictions of an account, that over HTTP counts against, too.
    """

    def __init__(self, limit: RateLimit) -> None:
        self.limit = limit
        self._until_s: dict[str, float] = {}

    def waits(self, user_id: str) -> bool:
        """Return whether the account's messages are to be left where they are for now."""
        return time.monotonic() < self._until_s.get(user_id, 0.0)

    def admit(self, user_id: str) -> bool:
        """Count a message of the account; return whether it may be answered now."""
        if self.waits(user_id):
            return False
        try:
            self.limit.hit(user_id)
        except TooMany as exc:
            log.warning("scoring.rate_limited", user_id=user_id, pause_s=exc.retry_after_s)
            self._until_s[user_id] = time.monotonic() + exc.retry_after_s
            return False
        self._until_s.pop(user_id, None)
        return True
