"""Whether a webhook is still to be tried: one that has failed for a day, or that says it is gone, is switched off."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from core.domain.ids import rfc3339
from core.domain.notifications import Webhook
from core.domain.records import Json
from core.errors import NotFound
from core.history.activity_log import ActivityLog
from core.notifications.channels import Outcome
from core.notifications.webhooks import Webhooks

FAILING = timedelta(days=1)


class WebhookHealth:
    """Keeps since when a webhook fails. A try of one that is well writes nothing."""

    def __init__(self, webhooks: Webhooks, activity: ActivityLog) -> None:
        self.webhooks = webhooks
        self.activity = activity

    def record(self, webhook: Webhook, outcome: Outcome, now: datetime) -> None:
        """Take note of what became of a try; say so where it switches the webhook off."""
        if outcome.delivered and webhook.failing_since is None:
            return
        at = rfc3339(now)
        since = None if outcome.delivered else webhook.failing_since or at
        disabled = None if since is None else _verdict(outcome, since, now)
        try:
            written = self.webhooks.alter(
                webhook.user_id,
                webhook.id,
                lambda found: replace(found, failing_since=since, disabled=found.disabled or disabled),
            )
        except NotFound:
            return
        if disabled is not None and written.disabled == disabled:
            self._say_so(written, disabled)

    def _say_so(self, webhook: Webhook, disabled: Json) -> None:
        where = webhook.url if webhook.is_mail else urlsplit(webhook.url).hostname  # A path may hold a secret.
        once = f"webhook/{webhook.id}/{disabled['at']}"
        self.activity.record(
            webhook.user_id, "webhook.disabled", f"webhook/{webhook.id}", disabled["reason"], once=once
        )
        data = {"webhook_id": webhook.id, "url": where, "note": webhook.note, **disabled}
        self.webhooks.notifications.emit(webhook.user_id, "webhook.disabled", data, id=once)


def _verdict(outcome: Outcome, since: str, now: datetime) -> Json | None:
    if outcome.gone:
        return {"at": rfc3339(now), "reason": "GONE", "detail": "It has answered 410: it wants nothing any more."}
    if now - datetime.fromisoformat(since) >= FAILING:
        detail = f"Every try has failed since {since}, for a day and more."
        return {"at": rfc3339(now), "reason": "FAILING", "detail": detail}
    return None
