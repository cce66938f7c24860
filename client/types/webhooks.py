"""Describe webhooks: who is told of what happens, and what each was told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from .base import Record


@dataclass(frozen=True)
class SwitchedOff(Record):
    """Describe why a webhook gets nothing any more.

    Attributes:
        at: Since when, in UTC.
        reason: `FAILING` (every try of a day has failed), `GONE` (it has answered 410) or `SWITCHED_OFF`.
        detail: The same in words.
    """

    at: datetime | None = None
    reason: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Webhook(Record):
    """Describe an address that is told of what happens.

    Attributes:
        id: Id of the webhook.
        url: Where requests go, or `mailto:` and a mail address.
        events: Types such as `job.failed`, families such as `alias.*`, or `*` for all.
        endpoint: Name of the endpoint that it is about; None for everything.
        note: What it is for.
        created_at: When it was made, in UTC.
        enabled: Whether it is told anything.
        confirmed: Whether it may be told anything: a mail address gets a code first.
        failing_since: Since when no try has succeeded; None if it is well.
        disabled: Why it is switched off; None if it is not.
        secret: What verifies signatures, `whsec_…`; only `create_webhook` returns it.
    """

    id: str
    url: str = ""
    events: tuple[str, ...] = ()
    endpoint: str | None = None
    note: str = ""
    created_at: datetime | None = None
    enabled: bool = True
    confirmed: bool = True
    failing_since: datetime | None = None
    disabled: SwitchedOff | None = None
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Attempt(Record):
    """Describe one try.

    Attributes:
        at: When, in UTC.
        status: HTTP status of the answer; None if there was none.
        error: {reason, detail} of a try without an answer.
        answer: The first words of the answer.
        ms: How long it took, in milliseconds.
    """

    at: datetime | None = None
    status: int | None = None
    error: dict[str, str] = field(default_factory=dict)
    answer: str = ""
    ms: int = 0


@dataclass(frozen=True)
class Delivery(Record):
    """Describe a notification on its way to a webhook, or there.

    Attributes:
        id: Id of the delivery.
        event_id: `webhook-id` of the request: the same at each try.
        type: Type of the notification.
        at: When it happened, in UTC.
        state: `waiting`, `delivered` or `failed`.
        due: When one that waits is tried next, in UTC.
        attempts: The tries, oldest first.
    """

    id: str
    event_id: str = ""
    type: str = ""
    at: datetime | None = None
    state: str = ""
    due: datetime | None = None
    attempts: tuple[Attempt, ...] = ()
