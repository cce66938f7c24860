"""Whether an account has room for more rows by events: counted against the same quota as its datasets."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from core.events import keys
from core.limits.quotas import QuotaService
from core.limits.storage_quota import bytes_exceeded, stored_bytes, stored_event_bytes_key
from core.ports import Tables
from core.storage import rows

REMEMBERED_S = 10.0
MAX_REMEMBERED = 1000


class Room:
    """What an account has left, as it was a few seconds ago: counting it for each event would read a row a dataset."""

    def __init__(self, tables: Tables, quotas: QuotaService, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.tables = tables
        self.quotas = quotas
        self.monotonic = monotonic
        self._lock = threading.Lock()
        self._left: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def check(self, user_id: str, size_bytes: int) -> None:
        """Raise Conflict QUOTA_EXCEEDED if there is no room for so much more."""
        now_s = self.monotonic()
        with self._lock:
            read_at_s, left = self._left.get(user_id, (float("-inf"), 0))
        if now_s - read_at_s >= REMEMBERED_S:
            left = (
                self.quotas.for_user_id(user_id).bytes - stored_bytes(self.tables, user_id)[1] - self._waiting(user_id)
            )
            read_at_s = now_s
        with self._lock:
            self._left[user_id] = (read_at_s, left - size_bytes)
            self._left.move_to_end(user_id)
            if len(self._left) > MAX_REMEMBERED:
                self._left.popitem(last=False)
        if size_bytes > left or left <= 0:
            raise bytes_exceeded(self.quotas.for_user_id(user_id))

    def _waiting(self, user_id: str) -> int:
        """Return the size of the data that is in no segment yet."""
        found = rows.scan_all(self.tables, rows.prefix(keys.UNSEALED, user_id))
        return sum(int(rows.load_json(row.value)["bytes"]) for row in found)

    def count(self, user_id: str, pipeline_id: str, size_bytes: int) -> None:
        """Write how much data of events a pipeline has."""
        self.tables.put(stored_event_bytes_key(user_id, pipeline_id), str(size_bytes).encode())

    def forget(self, user_id: str, pipeline_id: str) -> None:
        """Count nothing for a pipeline any more."""
        self.tables.delete(stored_event_bytes_key(user_id, pipeline_id))
