"""Open event streams: a row for each, so that a user's cap holds in all api processes together.

A row says until when it counts, and is renewed as long as its stream is open: the rows that a killed process leaves
behind count for a minute more.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from core.domain.ids import new_id
from core.limits.quotas import quota_exceeded
from core.ports import Tables
from core.storage import rows

KIND = "listener"
TTL_S = 60.0
RENEW_S = 20.0
RETRY_AFTER_S = 5


class StreamQuota:
    """Counts open streams. Clocks of processes may differ by less than a row lives."""

    def __init__(self, tables: Tables, clock: Callable[[], float] = time.time) -> None:
        self.tables = tables
        self.clock = clock

    def acquire(self, user_id: str, most: int) -> str:
        """Count one more stream of the user; return its key for `release`. Raises TooMany QUOTA_EXCEEDED."""
        key = rows.key(KIND, user_id, new_id())
        self.renew(key)
        # Count after writing: of two that come at once, the last to write sees both.
        found = [rows.load_json(row.value)["until"] for row in rows.scan_all(self.tables, rows.prefix(KIND, user_id))]
        if sum(until > self.clock() for until in found) > most:
            self.release(key)
            raise quota_exceeded("streams", most, "Close a stream.", RETRY_AFTER_S)
        return key

    def renew(self, key: str) -> None:
        """Renew the row of a stream that is still open."""
        self.tables.put(key, rows.dump({"until": self.clock() + TTL_S}))

    def release(self, key: str) -> None:
        """Delete the row of a closed stream."""
        self.tables.delete(key)
