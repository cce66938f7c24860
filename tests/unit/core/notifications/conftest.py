"""A service whose notifications are delivered, over real connections, in a time that tests move."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backends.factory import create_backends, open_mailer
from backends.fetch.http import Caps, GuardedHttp
from core.domain.notifications import Delivery, Notification, Webhook
from core.limits.outgoing import OutgoingPolicy
from core.message_ports import MessageQueue
from core.notifications.channels import Channels
from core.notifications.dispatcher import Dispatcher
from core.notifications.webhook_health import WebhookHealth
from core.service import Service
from core.settings import Settings
from tests.unit.core.conftest import World
from tests.unit.core.endpoints.conftest import Served

USER = "u1"


@pytest.fixture
def served(world: World) -> Served:
    return Served(world)


class Telling:
    """A service, its dispatcher, and their clock."""

    def __init__(self, settings: Settings, messages: MessageQueue | None = None) -> None:
        self.ports = create_backends(settings)
        self.service = Service(self.ports, settings)
        self.passed = timedelta()
        webhooks = self.service.webhooks
        self.http = GuardedHttp(OutgoingPolicy.of(settings), Caps(seconds=1.0))
        channels = Channels(self.http, webhooks.secrets, open_mailer(settings), messages, "events.out")
        health = WebhookHealth(webhooks, self.service.activity)
        self.dispatcher = Dispatcher(webhooks, channels, health, lambda: datetime.now(UTC) + self.passed)

    def webhook(self, url: str, *events: str) -> tuple[Webhook, str]:
        made = self.service.webhooks.create(USER, url, events or ["*"])
        return made.webhook, made.secret or ""

    def emit(self, id: str = "job/j1", type: str = "job.succeeded") -> None:
        self.service.notifications.emit(USER, type, {"job_id": id}, id=id)

    def deliver(self, after_s: float = 0.0) -> None:
        """Let time pass, and have the turns that are due then."""
        self.passed += timedelta(seconds=after_s)
        while self.dispatcher.run_due():
            continue

    def deliveries(self, webhook: Webhook) -> list[Delivery]:
        return self.service.webhooks.deliveries(USER, webhook.id, 100).items

    def notifications(self) -> list[Notification]:
        return list(self.service.notifications.log.read(USER, 0))


@pytest.fixture
def make_telling(tmp_path: Path) -> Iterator[Callable[..., Telling]]:
    """Makes services with these settings, and closes them."""
    made: list[Telling] = []

    def make(messages: MessageQueue | None = None, **settings: str) -> Telling:
        variables = {f"NOBRAINS_{name.upper()}": value for name, value in settings.items()}
        made.append(Telling(Settings(variables, data=str(tmp_path / "telling")), messages))
        return made[-1]

    yield make
    for telling in made:
        telling.ports.close()


@pytest.fixture
def telling(make_telling: Callable[..., Telling]) -> Telling:
    return make_telling()
