"""The fetcher role: the one process that speaks to servers that users name. It loads no engine."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from backends.factory import create_backends, open_mailer
from backends.fetch.http import GuardedHttp
from backends.fetch.readers import Readers
from core.events.consumer import EventConsumer
from core.limits.outgoing import OutgoingPolicy
from core.notifications.channels import Channels
from core.notifications.dispatcher import Dispatcher
from core.notifications.notifications import has_exchange
from core.notifications.webhook_health import WebhookHealth
from core.ports import Ports
from core.process import touch_heartbeat
from core.service import Service
from core.settings import SettingError, Settings
from nobrains.opentelemetry import start_traces
from nobrains.prometheus import serve_metrics
from worker.fetcher.fetcher import Fetcher


def run_fetcher(settings: Settings) -> None:
    """Fetch sources, deliver notifications, take in events until SIGTERM or SIGINT; what is being sent then is sent."""
    if settings.metrics_port:
        try:
            serve_metrics(settings.metrics_port)
        except OSError as exc:
            raise SettingError(
                f"NOBRAINS_METRICS_PORT={settings.metrics_port}: {exc.strerror}: choose another"
            ) from exc
    stop_traces = start_traces(settings, "fetcher")
    ports = create_backends(settings)
    try:
        service = Service(ports, settings)
        dispatcher, fetcher = make_dispatcher(settings, ports, service), Fetcher(service, Readers(settings))

        def stop(*_: object) -> None:
            dispatcher.stop()
            fetcher.stop()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        fetcher.start()
        with events_taken(settings, ports, service):
            dispatcher.run(alive=lambda: touch_heartbeat(settings.heartbeat_file))
        fetcher.join()
    finally:
        ports.close()
        stop_traces()


@contextmanager
def events_taken(settings: Settings, ports: Ports, service: Service) -> Iterator[None]:
    """Take in events that come by message, beside whatever else is done."""
    if ports.messages is None:
        yield
        return
    consumer = EventConsumer(service.events, ports.messages, polls=settings.queue == "local")
    consumer.loop.start()
    try:
        yield
    finally:
        consumer.loop.stop()


def make_dispatcher(settings: Settings, ports: Ports, service: Service) -> Dispatcher:
    """Return what delivers, with the ways out that the settings allow. Raises SettingError."""
    channels = Channels(
        GuardedHttp(OutgoingPolicy.of(settings)),
        service.webhooks.secrets,
        open_mailer(settings),
        ports.messages if has_exchange(settings) else None,
        settings.events_exchange,
    )
    return Dispatcher(service.webhooks, channels, WebhookHealth(service.webhooks, service.activity))
