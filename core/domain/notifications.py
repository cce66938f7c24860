"""Records of what users are told about: notifications, the webhooks that want them, and their deliveries.

They are records like those of `core.domain.records`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from core.domain.records import Json

WAITING, DELIVERED, FAILED = "waiting", "delivered", "failed"

EXCHANGE = "exchange"
"""Stands in the place of a webhook's id: the exchange that every notification is published to."""


@dataclass(frozen=True)
class Notification:
    """Something that has happened to what a user owns. It never changes.

    Attributes:
        id: the same however often it is delivered, and however often whoever saw it happen says so.
        seq: its place among the user's notifications.
        type: such as `job.succeeded`.
        endpoint: name of the endpoint that it is about, None for none.
    """

    id: str
    seq: int
    type: str
    at: str
    data: Json
    endpoint: str | None = None


@dataclass(frozen=True)
class Webhook:
    """An address that a user wants to have notifications sent to: of HTTP, or (`mailto:`) of mail.

    Attributes:
        events: types, such as `job.failed`, or families of them, such as `job.*`; `*` is all.
        endpoint: only what is about this endpoint; None for everything.
        secret: what signs the requests, sealed; of a mail address the code that confirms it.
        confirmed: whether it may be sent anything: whoever reads a mail address has to agree first.
        failing_since: when the first of the tries failed that have failed since the last success.
        disabled: {at, reason, detail} if nothing is sent any more.
    """

    id: str
    user_id: str
    url: str
    events: list[str]
    created_at: str
    endpoint: str | None = None
    note: str = ""
    secret: str = ""
    confirmed: bool = True
    failing_since: str | None = None
    disabled: Json | None = None

    @property
    def is_mail(self) -> bool:
        return self.url.startswith("mailto:")

    @property
    def is_active(self) -> bool:
        """Return whether notifications are sent to it."""
        return self.disabled is None and self.confirmed


@dataclass(frozen=True)
class Delivery:
    """A notification on its way to a webhook, or there.

    Attributes:
        seq: of the notification.
        event_id: of the notification.
        type: of the notification.
        due: when it is tried next; the row `waiting#…` of this time, and no other, counts.
        tries: number of tries that were begun.
        attempts: [{at, status, error, ms, answer}] of those that ended, oldest first.
    """

    webhook_id: str
    seq: int
    event_id: str
    type: str
    at: str
    due: str
    state: str = WAITING
    tries: int = 0
    attempts: list[Json] = field(default_factory=list)

    @property
    def id(self) -> str:
        return delivery_id(self.seq)


def delivery_id(seq: int) -> str:
    """Return the id of the delivery of the notification with this number: the newest come first in key order."""
    return f"{10**9 - 1 - seq:09d}"
