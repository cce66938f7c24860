"""Use cases around webhooks: make, confirm, find, list, change, delete; their deliveries."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

from core.domain.ids import new_id, now
from core.domain.notifications import FAILED, WAITING, Delivery, Notification, Webhook
from core.domain.records import Json
from core.errors import Conflict, FetchFailed, Invalid, NotFound
from core.limits.outgoing import OutgoingPolicy
from core.limits.quotas import quota_exceeded
from core.limits.rate_limit import RateLimit
from core.notifications import signing
from core.notifications.notifications import Notifications
from core.notifications.outbox import delivery_key
from core.ports import Tables
from core.settings import Settings
from core.storage import rows
from core.storage.rows import Page
from core.storage.sealed import SecretBox

MAX_WEBHOOKS = 20
MAX_EVENTS = 50
CODE_BYTES = 6
MAX_MAIL_CODES = 20
"""Codes to mail addresses that one user may have sent in an hour."""
MAX_TESTS = 60
"""Tests and redeliveries of one user in a minute."""
EVENT = re.compile(r"\*|[a-z][a-z_]{0,30}\.(\*|[a-z][a-z_]{0,30})")
MAIL_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}")
TEST = "webhook.test"
CONFIRM = "webhook.confirm"


@dataclass(frozen=True)
class NewWebhook:
    """A webhook that was just made, and its secret, which is shown this once; None of a mail address."""

    webhook: Webhook
    secret: str | None


class Webhooks:
    """A user's webhooks."""

    def __init__(self, tables: Tables, settings: Settings, notifications: Notifications) -> None:
        self.tables = tables
        self.settings = settings
        self.notifications = notifications
        self.outbox = notifications.outbox
        self.secrets = SecretBox(settings)
        self.policy = OutgoingPolicy.of(settings)
        self.mail_codes = RateLimit(tables, "new mail addresses", MAX_MAIL_CODES, 3600)
        self.tests = RateLimit(tables, "tests and redeliveries", MAX_TESTS)

    def create(
        self, user_id: str, url: str, events: Sequence[str], *, endpoint: str | None = None, note: str = ""
    ) -> NewWebhook:
        """Make a webhook. A mail address gets a code first, by which it is confirmed.

        Raises Invalid BAD_URL, ADDRESS_NOT_ALLOWED, BAD_EVENTS; Conflict QUOTA_EXCEEDED, SECRETS_NOT_SET_UP,
        MAIL_NOT_SET_UP, FETCH_OFF.
        """
        check_events(events)
        is_mail = url.startswith("mailto:")
        self._check_mail(user_id, url) if is_mail else self._check_url(url)
        secret = secrets.token_hex(CODE_BYTES) if is_mail else signing.new_secret()
        webhook = Webhook(new_id(), user_id, url, list(events), now(), endpoint, note, confirmed=not is_mail)
        webhook = replace(webhook, secret=self.secrets.seal(secret, *context(webhook)))
        key = _key(user_id, webhook.id)
        self.tables.put(key, rows.dump(webhook))
        # Counted after the write, so that of many at the same moment none gets through beyond it.
        if len(self.tables.scan(rows.prefix("webhook", user_id), MAX_WEBHOOKS + 1)) > MAX_WEBHOOKS:
            self.tables.delete(key)
            raise quota_exceeded("webhooks", MAX_WEBHOOKS, "Delete a webhook that is no longer used.")
        if is_mail:  # The code is in the mail alone: the notification shows it to nobody.
            self._deliver(webhook, CONFIRM, {"webhook_id": webhook.id})
        return NewWebhook(webhook, None if is_mail else secret)

    def confirm(self, user_id: str, id: str, code: str) -> Webhook:
        """Confirm a mail address by the code that it was sent. Raises NotFound, Invalid WRONG_CODE."""

        def confirmed(webhook: Webhook) -> Webhook:
            if webhook.confirmed:
                return webhook
            if not hmac.compare_digest(self.secrets.open(webhook.secret, *context(webhook)), code):
                raise Invalid("WRONG_CODE", "This is not the code that was sent to that address.",
                              [{"field": "code", "detail": "another code was sent"}])  # fmt: skip
            return replace(webhook, confirmed=True)

        return self.alter(user_id, id, confirmed)

    def get(self, user_id: str, id: str) -> Webhook:
        """Return the webhook; raises NotFound."""
        webhook = self.find(user_id, id)
        if webhook is None:
            raise NotFound("webhook", id)
        return webhook

    def find(self, user_id: str, id: str) -> Webhook | None:
        raw = self.tables.get(_key(user_id, id))
        return None if raw is None else rows.load(Webhook, raw)

    def page(self, user_id: str, size: int, after: str | None = None) -> Page[Webhook]:
        """Return a page of webhooks, newest first."""
        return rows.page(self.tables, Webhook, rows.prefix("webhook", user_id), size, after)

    def patch(self, user_id: str, id: str, changes: Json) -> Webhook:
        """Apply {events?, note?, enabled?}. Raises NotFound, Invalid BAD_EVENTS."""
        if "events" in changes:
            check_events(changes["events"])

        def patched(webhook: Webhook) -> Webhook:
            said: Json = {name: changes[name] for name in ("events", "note") if name in changes}
            if changes.get("enabled"):
                said |= {"disabled": None, "failing_since": None}
            elif changes.get("enabled") is False and webhook.disabled is None:
                said |= {"disabled": {"at": now(), "reason": "SWITCHED_OFF", "detail": "Its user has switched it off."}}
            return replace(webhook, **said)

        return self.alter(user_id, id, patched)

    def alter(self, user_id: str, id: str, alter: Callable[[Webhook], Webhook]) -> Webhook:
        """Write what `alter` makes of the webhook; doing so twice must do no harm. Raises NotFound."""

        def altered(webhook: Webhook | None) -> Webhook:
            if webhook is None:
                raise NotFound("webhook", id)
            return alter(webhook)

        written = rows.update(self.tables, _key(user_id, id), Webhook, altered)
        assert written is not None
        return written

    def delete(self, user_id: str, id: str) -> None:
        """Delete the webhook with its deliveries; raises NotFound. One that is on its way may still arrive."""
        self.get(user_id, id)
        self.tables.delete(_key(user_id, id))
        self.forget(user_id, id)

    def forget(self, user_id: str, id: str) -> None:
        """Delete what a webhook that is gone has left. May be done again."""
        for kind in ("waiting", "delivery"):
            for row in rows.scan_all(self.tables, rows.prefix(kind, user_id, id)):
                self.tables.delete(row.key)

    def test(self, user_id: str, id: str) -> Delivery:
        """Send a notification to this webhook alone. Raises NotFound, Conflict WEBHOOK_OFF."""
        webhook = self.get(user_id, id)
        check_active(webhook)
        self.tests.hit(user_id)
        return self._deliver(webhook, TEST, {"webhook_id": id, "note": "This is a test."})

    def deliveries(self, user_id: str, id: str, size: int, after: str | None = None) -> Page[Delivery]:
        """Return a page of the webhook's deliveries, newest first. Raises NotFound."""
        self.get(user_id, id)
        return rows.page(self.tables, Delivery, rows.prefix("delivery", user_id, id), size, after)

    def delivery(self, user_id: str, id: str, delivery_id: str) -> Delivery:
        """Return a delivery; raises NotFound."""
        raw = self.tables.get(delivery_key(user_id, id, delivery_id))
        if raw is None or self.find(user_id, id) is None:
            raise NotFound("delivery", f"{id}/{delivery_id}")
        return rows.load(Delivery, raw)

    def redeliver(self, user_id: str, id: str, delivery_id: str) -> Delivery:
        """Deliver it once more, with the same id and body, and all the tries of a new one.

        Raises NotFound, Conflict WEBHOOK_OFF, NOTIFICATION_GONE.
        """
        check_active(self.get(user_id, id))
        self.tests.hit(user_id)
        delivery = self.delivery(user_id, id, delivery_id)
        if self.notifications.log.find(user_id, delivery.seq) is None:
            raise Conflict("NOTIFICATION_GONE", "What this delivery told of is no longer kept.")
        due = now()
        self.outbox.schedule(user_id, id, delivery_id, due)
        written = rows.update(
            self.tables, delivery_key(user_id, id, delivery_id), Delivery,
            lambda found: None if found is None else replace(found, state=WAITING, due=due, tries=0),
        )  # fmt: skip
        self.outbox.wake(user_id, id, due)
        if delivery.state == WAITING and delivery.due != due:
            self.outbox.unschedule(user_id, id, delivery_id, delivery.due)
        return written or replace(delivery, state=FAILED)

    def _deliver(self, webhook: Webhook, type: str, data: Json) -> Delivery:
        log = self.notifications.log
        notification = log.append(
            webhook.user_id, Notification(f"evt_{new_id()}{secrets.token_hex(4)}", 0, type, now(), data)
        )
        return self.outbox.add(webhook.user_id, webhook.id, notification)

    def _check_url(self, url: str) -> None:
        try:
            self.policy.check_url(url)
        except FetchFailed as exc:
            if exc.reason == "FETCH_OFF":
                raise Conflict(exc.reason, exc.detail) from exc
            raise Invalid(exc.reason, exc.detail, [{"field": "url", "detail": exc.detail}]) from exc

    def _check_mail(self, user_id: str, url: str) -> None:
        if not self.settings.smtp_url:
            raise Conflict("MAIL_NOT_SET_UP", "This service sends no mail: its operator has to set NOBRAINS_SMTP_URL.")
        if not MAIL_ADDRESS.fullmatch(url.removeprefix("mailto:")):
            detail = "Write mailto: and one mail address: mailto:ada@example.org"
            raise Invalid("BAD_URL", detail, [{"field": "url", "detail": detail}])
        self.mail_codes.hit(user_id)


def check_events(events: Sequence[str]) -> None:
    """Raise Invalid BAD_EVENTS unless each is a type, a family (`job.*`) or `*`."""
    wrong = next((event for event in events if not EVENT.fullmatch(event)), None)
    if wrong is None and 0 < len(events) <= MAX_EVENTS:
        return
    rule = f"Name 1 to {MAX_EVENTS} types such as job.failed, families such as job.*, or * for all."
    which = f"{wrong[:60]!r} is none. " if wrong is not None else ""
    raise Invalid("BAD_EVENTS", which + rule, [{"field": "events", "detail": rule}])


def check_active(webhook: Webhook) -> None:
    """Raise Conflict WEBHOOK_OFF if nothing is sent to it."""
    if not webhook.confirmed:
        raise Conflict("WEBHOOK_OFF", "This mail address is not confirmed yet: send the code that it got.")
    if webhook.disabled is not None:
        raise Conflict("WEBHOOK_OFF", f"This webhook is switched off: {webhook.disabled['detail']} Switch it on first.")


def context(webhook: Webhook) -> tuple[str, str, str]:
    """Return what the secret of a webhook is bound to."""
    return "webhook", webhook.user_id, webhook.id


def show(webhook: Webhook) -> Json:
    """Return the webhook as its owner may see it."""
    hidden = ("user_id", "secret")
    shown = {name: value for name, value in asdict(webhook).items() if name not in hidden}
    return {**shown, "enabled": webhook.disabled is None}


def _key(user_id: str, id: str) -> str:
    return rows.key("webhook", user_id, id)
