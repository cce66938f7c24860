"""How a notification is handed over: as a signed request, as mail, or to the broker's exchange."""

from __future__ import annotations

import time
from dataclasses import dataclass

from core.domain.notifications import Notification, Webhook
from core.domain.records import Json
from core.errors import Corrupted, FetchFailed, RequestError
from core.message_ports import Message, MessageQueue
from core.notifications import signing
from core.notifications.webhooks import CONFIRM, context
from core.ports import Mailer, OutgoingHttp
from core.storage import rows
from core.storage.sealed import SecretBox

GONE = 410
MAX_ANSWER = 500
"""Characters of an answer that the log of deliveries keeps."""


@dataclass(frozen=True)
class Outcome:
    """What became of one try.

    Attributes:
        status: of the answer, None if there was none.
        error: {reason, detail} of a try without an answer.
        answer: the first words of an answer from the public network.
    """

    delivered: bool
    status: int | None = None
    error: Json | None = None
    answer: str = ""

    @property
    def gone(self) -> bool:
        """Return whether the receiver wants nothing any more."""
        return self.status == GONE


class Channels:
    """Hands notifications over.

    Args:
        http: the way out to servers that users name.
        mailer: sends mail; None where no mail server is set.
        messages: the broker; None where there is no exchange.
        exchange: name of its exchange, without the prefix.
    """

    def __init__(
        self, http: OutgoingHttp, secrets: SecretBox, mailer: Mailer | None = None,
        messages: MessageQueue | None = None, exchange: str = "",
    ) -> None:  # fmt: skip
        self.http = http
        self.secrets = secrets
        self.mailer = mailer
        self.messages = messages
        self.exchange = exchange

    def send(self, webhook: Webhook, notification: Notification) -> Outcome:
        """Hand it to a webhook."""
        try:
            secret = self.secrets.open(webhook.secret, *context(webhook))
            if webhook.is_mail:
                return self._mail(webhook, notification, secret)
            return self._request(webhook, notification, secret)
        except (FetchFailed, RequestError) as exc:
            return Outcome(False, error={"reason": exc.reason, "detail": exc.detail})
        except Corrupted:
            detail = "The secret of this webhook can no longer be read. Make the webhook anew."
            return Outcome(False, error={"reason": "SECRET_LOST", "detail": detail})

    def publish(self, user_id: str, notification: Notification) -> Outcome:
        """Hand it to the exchange. Raises Unavailable."""
        if self.messages is not None:
            event = signing.cloud_event(user_id, notification)
            message = Message(rows.dump(event), signing.CLOUD_EVENT, notification.id, sent_at_s=int(time.time()))
            self.messages.announce(self.exchange, signing.routing_key(user_id, notification), message)
        return Outcome(True)

    def _request(self, webhook: Webhook, notification: Notification, secret: str) -> Outcome:
        body = signing.payload(notification)
        answer = self.http.send("POST", webhook.url, body, signing.signed_headers(secret, notification.id, body))
        words = answer.body.decode("utf-8", "replace")[:MAX_ANSWER] if answer.is_public else ""
        return Outcome(200 <= answer.status < 300, answer.status, answer=words)

    def _mail(self, webhook: Webhook, notification: Notification, secret: str) -> Outcome:
        if self.mailer is None:
            raise FetchFailed("MAIL_NOT_SET_UP", "This service sends no mail any more.")
        subject, text = mail_words(webhook, notification, secret)
        self.mailer.send(webhook.url.removeprefix("mailto:"), subject, text, f"{notification.id}.{webhook.id}")
        return Outcome(True)


def mail_words(webhook: Webhook, notification: Notification, code: str) -> tuple[str, str]:
    """Return subject and text of the mail; `code` is what confirms the address."""
    if notification.type == CONFIRM:
        return "No Brains ML: confirm this address", (
            "Somebody wants to have notifications of No Brains ML sent to this address. If it was you, confirm it:\n\n"
            f"    nobrains webhooks confirm {webhook.id} {code}\n\n"
            "If it was not, do nothing: nothing more will be sent.\n"
        )
    about = f" ({notification.endpoint})" if notification.endpoint else ""
    lines = [f"{name}: {_words(value)}" for name, value in notification.data.items() if value not in (None, "", {}, [])]
    return f"No Brains ML: {notification.type}{about}", (
        f"{notification.type} at {notification.at}\n\n" + "\n".join(lines) + "\n\n-- \n"
        f"To get no more of these: nobrains webhooks delete {webhook.id}\n"
    )


def _words(value: object) -> str:
    return value if isinstance(value, str) else rows.dump(value).decode()
