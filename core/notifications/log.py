"""Each user's numbered notifications: create-only rows, so that a reader goes on after the last one it has seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from core.domain.notifications import Notification
from core.ports import Tables
from core.storage import rows

LAG = 16
"""Numbers that are looked through for a free one: the row that tells where to begin is written this often."""


class NotificationLog:
    """Appends to the notifications of users. Several processes may append; each number is given once.

    The row `notification_head` tells where to begin to look for a free number. It lags behind, as it is written for one
    notification in `LAG`, and it is what keeps numbers from being given again: it is written before a notification
    beyond it is deleted.
    """

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def append(self, user_id: str, notification: Notification) -> Notification:
        """Write it under the next free number, and return it with that."""
        head = self._head(user_id)
        seq = self._newest(user_id, head) + 1
        while True:
            numbered = replace(notification, seq=seq)
            if rows.write_once(self.tables, _key(user_id, seq), rows.dump(numbered), None):
                if seq >= head + LAG:
                    self._advance(user_id, seq)
                return numbered
            seq += 1

    def withdraw(self, user_id: str, seq: int) -> None:
        """Delete one that tells of what another one tells of already."""
        self.delete([_key(user_id, seq)])

    def delete(self, keys: Iterable[str]) -> None:
        """Delete the rows of notifications. Nobody who has seen them waits for their numbers to come: they never do."""
        newest: dict[str, int] = {}
        for key in (keys := list(keys)):
            _, user_id, number = key.split("#")
            newest[user_id] = max(newest.get(user_id, 0), int(number))
        for user_id, seq in newest.items():
            self._advance(user_id, seq)
        for key in keys:
            self.tables.delete(key)

    def last(self, user_id: str) -> int:
        """Return the number of the newest one, 0 if there is none."""
        return self._newest(user_id, self._head(user_id))

    def find(self, user_id: str, seq: int) -> Notification | None:
        """Return the notification of that number, None if it is no longer kept."""
        raw = self.tables.get(_key(user_id, seq))
        return None if raw is None else rows.load(Notification, raw)

    def read(self, user_id: str, after: int) -> Iterator[Notification]:
        """Yield those with a greater number, in order."""
        start = rows.prefix("notification", user_id)
        for row in rows.scan_all(self.tables, start, _key(user_id, after)):
            yield rows.load(Notification, row.value)

    def _head(self, user_id: str) -> int:
        raw = self.tables.get(_head_key(user_id))
        return 0 if raw is None else rows.load(_Head, raw).seq

    def _newest(self, user_id: str, head: int) -> int:
        found = rows.scan_all(self.tables, rows.prefix("notification", user_id), _key(user_id, head))
        return max((int(row.key.rpartition("#")[2]) for row in found), default=head)

    def _advance(self, user_id: str, seq: int) -> None:
        """Have the head say this number, unless it says a greater one."""
        rows.update(
            self.tables, _head_key(user_id), _Head,
            lambda head: _Head(seq) if head is None or head.seq < seq else None,
        )  # fmt: skip


@dataclass(frozen=True)
class _Head:
    seq: int


def _head_key(user_id: str) -> str:
    return rows.key("notification_head", user_id, "newest")


def _key(user_id: str, seq: int) -> str:
    return rows.key("notification", user_id, seq)
