"""Requests that failed: those that are answered are kept in the log, of these there is only a number a minute.

A process counts in memory and writes its numbers down now and then, in rows of its own; where nothing fails, nothing is
written.
"""

from __future__ import annotations

import secrets
from collections import Counter
from datetime import UTC, datetime
from threading import Lock

from core.domain.endpoints import Endpoint
from core.domain.ids import now
from core.ports import Tables
from core.storage import rows
from core.storage.due_rows import minute_of

KIND = "failed_requests"
MAX_WAITING = 10_000
"""Numbers that wait to be written; beyond them the newest are not counted."""

Minute = tuple[str, str, str, str]
"""User, name and id of the endpoint, and the minute."""


class FailedRequests:
    """Counts them, and writes the numbers down. Safe from several threads."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self._process = secrets.token_hex(6)
        self._lock = Lock()
        self._counted: Counter[Minute] = Counter()
        self._changed: set[Minute] = set()

    def add(self, endpoint: Endpoint, rows: int = 1) -> None:
        """Count requests that failed."""
        minute = (endpoint.user_id, endpoint.name, endpoint.id, minute_of(now()))
        with self._lock:
            if minute in self._counted or len(self._counted) < MAX_WAITING:
                self._counted[minute] += rows
                self._changed.add(minute)

    def write(self) -> None:
        """Write down what has changed. Raises Unavailable; then the next call does it."""
        with self._lock:
            changed = {minute: self._counted[minute] for minute in self._changed}
        for minute, count in changed.items():
            user_id, name, endpoint_id, at = minute
            key = rows.key(KIND, user_id, name, at, self._process)
            self.tables.put(key, rows.dump({"endpoint_id": endpoint_id, "count": count}))
        with self._lock:
            written = {minute for minute, count in changed.items() if self._counted[minute] == count}
            self._changed -= written
            present = minute_of(now())
            for minute in [each for each in self._counted if each[3] != present and each not in self._changed]:
                del self._counted[minute]

    def count(self, endpoint: Endpoint, start: datetime, end: datetime) -> int:
        """Return how many requests failed in the minutes of a time."""
        low, high = (minute_of(at.astimezone(UTC).isoformat()) for at in (start, end))
        prefix = rows.prefix(KIND, endpoint.user_id, endpoint.name)
        count = 0
        for row in rows.scan_all(self.tables, prefix, prefix + low):
            if row.key.removeprefix(prefix) >= high:
                break
            known = rows.load_json(row.value)
            if known["endpoint_id"] == endpoint.id:
                count += known["count"]
        return count

    def delete_before(self, endpoint: Endpoint, limit: datetime, most: int = 1000) -> None:
        """Delete numbers of minutes before a time, at most so many."""
        prefix = rows.prefix(KIND, endpoint.user_id, endpoint.name)
        high = minute_of(limit.astimezone(UTC).isoformat())
        for row in self.tables.scan(prefix, most):
            if row.key.removeprefix(prefix) >= high:
                return
            self.tables.delete(row.key)
