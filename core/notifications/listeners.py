"""Who is to be told of a notification: the webhooks of its user that want it, as they were up to a second ago."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from core.domain.notifications import EXCHANGE, Notification, Webhook
from core.notifications.outbox import Outbox
from core.ports import Tables
from core.storage import rows
from core.storage.fresh_cache import FreshCache

STALE_S = 60.0


class Listeners:
    """Finds them, with one scan a second and user at most.

    Args:
        outbox: knows which of them have too much waiting already.
        exchange: whether every notification is published to an exchange as well.
    """

    def __init__(self, tables: Tables, outbox: Outbox, *, exchange: bool) -> None:
        self.tables = tables
        self.outbox = outbox
        self.exchange = exchange
        self._known: FreshCache[str, list[Webhook]] = FreshCache("webhooks", self._read, STALE_S)

    def of(self, user_id: str, notification: Notification, to: Collection[str] = ()) -> Iterator[str]:
        """Yield the ids of webhooks that are to be told.

        Args:
            user_id: whose notification it is.
            notification: what they are told of.
            to: ids of webhooks, or mail addresses of webhooks, that are told whichever types they want.
        """
        if self.exchange:
            yield EXCHANGE
        # Those that are named may have been made this second.
        for webhook in self._read(user_id) if to else self._known.get(user_id):
            named = webhook.id in to or webhook.url.removeprefix("mailto:") in to
            if named or wants(webhook, notification):
                yield webhook.id

    def _read(self, user_id: str) -> list[Webhook]:
        found = rows.scan_all(self.tables, rows.prefix("webhook", user_id))
        active = [webhook for row in found if (webhook := rows.load(Webhook, row.value)).is_active]
        return [webhook for webhook in active if not self.outbox.is_full(user_id, webhook.id)]


def wants(webhook: Webhook, notification: Notification) -> bool:
    """Return whether the webhook is for notifications of this type, about this endpoint."""
    if webhook.endpoint not in (None, notification.endpoint):
        return False
    family = notification.type.partition(".")[0]
    return not {"*", f"{family}.*", notification.type}.isdisjoint(webhook.events)
