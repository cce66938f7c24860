"""Deliveries that wait, in the order of the times at which they are due.

| row | holds |
|---|---|
| `delivery#user#webhook#…` | the delivery, newest first: the log of deliveries, and the truth |
| `waiting#user#webhook#<due>#…` | that it waits until then; it counts only if the delivery says the same time |
| `due_webhook#<due>#user#webhook` | that something may be due for that webhook then; of all users together |

A `waiting` row is written before the delivery says its time, and deleted after the delivery says another: a crash
leaves one too many, never one too few. As long as a webhook has `waiting` rows it has a `due_webhook` row.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.domain.notifications import WAITING, Delivery, Notification, delivery_id
from core.ports import Row, Tables
from core.storage import rows

MAX_WAITING = 1000
"""Deliveries of one webhook that may wait; what comes on top is not delivered to it."""


class Outbox:
    """Writes and finds what waits."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def add(self, user_id: str, webhook_id: str, notification: Notification) -> Delivery:
        """Have the notification delivered, and return its delivery; doing so twice makes one of them."""
        due = notification.at
        delivery = Delivery(webhook_id, notification.seq, notification.id, notification.type, due, due)
        key = delivery_key(user_id, webhook_id, delivery.id)
        if not self.tables.put_if_absent(key, rows.dump(delivery)):
            raw = self.tables.get(key)
            present = None if raw is None else rows.load(Delivery, raw)
            if present is None or present.tries or present.state != WAITING:
                return present or delivery
        self.schedule(user_id, webhook_id, delivery.id, due)
        self.wake(user_id, webhook_id, due)
        return delivery

    def is_full(self, user_id: str, webhook_id: str) -> bool:
        """Return whether no more may wait."""
        return len(self.tables.scan(rows.prefix("waiting", user_id, webhook_id), MAX_WAITING)) >= MAX_WAITING

    def schedule(self, user_id: str, webhook_id: str, id: str, due: str) -> None:
        """Write that the delivery waits until then."""
        self.tables.put(rows.key("waiting", user_id, webhook_id, due, id), b"")

    def unschedule(self, user_id: str, webhook_id: str, id: str, due: str) -> None:
        """Delete that row."""
        self.tables.delete(rows.key("waiting", user_id, webhook_id, due, id))

    def wake(self, user_id: str, webhook_id: str, at: str) -> Row:
        """Have the webhook's deliveries looked at then; return the row that says so."""
        row = Row(rows.key("due_webhook", at, user_id, webhook_id), b"{}")
        self.tables.put(row.key, row.value)
        return row

    def due(self, now: str) -> Iterator[tuple[Row, str, str]]:
        """Yield rows whose time has come, each with its user and webhook; the longest overdue first."""
        for row in rows.scan_all(self.tables, "due_webhook#", page=100):
            _, at, user_id, webhook_id = row.key.split("#")
            if at > now:
                return
            yield row, user_id, webhook_id

    def waiting(self, user_id: str, webhook_id: str, limit: int) -> list[tuple[str, str]]:
        """Return (due, id) of the first deliveries that wait."""
        start = rows.prefix("waiting", user_id, webhook_id)
        found = self.tables.scan(start, limit)
        return [(due, id) for due, id in (row.key.removeprefix(start).split("#") for row in found)]


def delivery_key(user_id: str, webhook_id: str, id: str) -> str:
    """Return the key of a delivery."""
    return rows.key("delivery", user_id, webhook_id, id)


def key_of(user_id: str, webhook_id: str, seq: int) -> str:
    """Return the key of the delivery of the notification with this number."""
    return delivery_key(user_id, webhook_id, delivery_id(seq))
