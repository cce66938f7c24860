"""Each user's numbered notifications: create-only rows, so that a reader goes on after the last one it has seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from core.domain.notifications import Notification
from core.ports import Tables
from core.storage import rows


class NotificationLog:
    """Appends to the notifications of users. Several processes may append; each number is given once.

    The row `notification_head` tells where to begin to look for a free number. It may lag behind, and is what keeps
    numbers from being given again after all notifications were deleted for their age.
    """

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def append(self, user_id: str, notification: Notification) -> Notification:
        """Write it under the next free number, and return it with that."""
        seq = self.last(user_id) + 1
        while True:
            numbered = replace(notification, seq=seq)
            if rows.write_once(self.tables, _key(user_id, seq), rows.dump(numbered), None):
                self.tables.put(_head(user_id), rows.dump({"seq": seq}))
                return numbered
            seq += 1

    def withdraw(self, user_id: str, seq: int) -> None:
        """Delete one that tells of what another one tells of already."""
        self.tables.delete(_key(user_id, seq))

    def last(self, user_id: str) -> int:
        """Return the number of the newest one, 0 if there is none; of one that is being written, the one before."""
        raw = self.tables.get(_head(user_id))
        return 0 if raw is None else int(rows.load_json(raw)["seq"])

    def find(self, user_id: str, seq: int) -> Notification | None:
        """Return the notification of that number, None if it is no longer kept."""
        raw = self.tables.get(_key(user_id, seq))
        return None if raw is None else rows.load(Notification, raw)

    def read(self, user_id: str, after: int) -> Iterator[Notification]:
        """Yield those with a greater number, in order."""
        start = rows.prefix("notification", user_id)
        for row in rows.scan_all(self.tables, start, _key(user_id, after)):
            yield rows.load(Notification, row.value)


def _head(user_id: str) -> str:
    return rows.key("notification_head", user_id, "newest")


def _key(user_id: str, seq: int) -> str:
    return rows.key("notification", user_id, seq)
