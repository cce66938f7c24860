"""Describe the addresses that pipelines take events at, and the events that came."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ..base import Record


@dataclass(frozen=True)
class Hook(Record):
    """Describe the address that a pipeline takes events at.

    Attributes:
        created_at: When it was made, in UTC.
        signed: Whether events must be signed as Standard Webhooks say.
        routing_key: Of messages to the exchange of events, where the service uses RabbitMQ.
        confirmation: A subscription that its sender wants to be confirmed: {at, topic, url}.
        url: Where events are sent; a secret, which only `make_hook` returns.
        token: The secret part of the URL; only `make_hook` returns it.
        secret: What signs events; only `make_hook` returns it.
    """

    created_at: datetime | None = None
    signed: bool = False
    routing_key: str = ""
    confirmation: dict[str, Any] | None = None
    url: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class ReceivedEvents(Record):
    """Say which events have come for a pipeline.

    Attributes:
        waiting: Those that are in no run yet: {events, rows}.
        kept: Those that runs take their data from: {events, rows, bytes, segments}.
        newest: The newest ones that are in a run: {id, name, at, source, rows} for each.
    """

    waiting: dict[str, int] = field(default_factory=dict)
    kept: dict[str, int] = field(default_factory=dict)
    newest: tuple[dict[str, Any], ...] = ()
