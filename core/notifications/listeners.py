"""Who is to be told of a notification: the webhooks of its user that want it.

They are read each time, by one scan, rather than remembered: what happens right after a webhook was made is told to it,
whichever process sees it happen. Writing a notification down costs more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import structlog

from core.domain.notifications import EXCHANGE, Notification, Webhook
from core.notifications.outbox import Outbox
from core.ports import Tables
from core.storage import rows

log = structlog.get_logger(__name__)


class Listeners:
    """Finds them.

    Args:
        outbox: knows which of them have too much waiting already.
        exchange: whether every notification is published to an exchange as well.
    """

    def __init__(self, tables: Tables, outbox: Outbox, *, exchange: bool) -> None:
        self.tables = tables
        self.outbox = outbox
        self.exchange = exchange

    def of(self, user_id: str, notification: Notification, to: Collection[str] = ()) -> Iterator[str]:
        """Yield the ids of webhooks that are to be told.

        Args:
            user_id: whose notification it is.
            notification: what they are told of.
            to: ids of webhooks, or mail addresses of webhooks, that are told whichever types they want.
        """
        if self.exchange and not self.outbox.is_full(user_id, EXCHANGE):
            yield EXCHANGE
        for row in rows.scan_all(self.tables, rows.prefix("webhook", user_id)):
            webhook = rows.load(Webhook, row.value)
            named = webhook.id in to or webhook.url.removeprefix("mailto:") in to
            if not webhook.is_active or not (named or wants(webhook, notification)):
                continue
            if self.outbox.is_full(user_id, webhook.id):
                log.warning("webhook.full", webhook_id=webhook.id, event_id=notification.id)
            else:
                yield webhook.id


def wants(webhook: Webhook, notification: Notification) -> bool:
    """Return whether the webhook is for notifications of this type, about this endpoint."""
    if webhook.endpoint not in (None, notification.endpoint):
        return False
    if notification.data.get("webhook_id") == webhook.id:  # That it is switched off is for others.
        return False
    family = notification.type.partition(".")[0]
    return not {"*", f"{family}.*", notification.type}.isdisjoint(webhook.events)
