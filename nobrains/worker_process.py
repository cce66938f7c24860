"""The worker role."""

from __future__ import annotations

import math
import signal

from backends.factory import create_backends
from core.service import Service
from core.settings import SettingError, Settings
from nobrains.opentelemetry import start_traces
from nobrains.prometheus import serve_metrics
from worker.worker import Worker


def run_worker(settings: Settings, queue: str, until_idle_s: float = math.inf) -> None:
    """Work on the queue until SIGTERM or SIGINT, then requeue what is held; or until it was idle for that long."""
    if settings.metrics_port:
        try:
            serve_metrics(settings.metrics_port)
        except OSError as exc:
            raise SettingError(
                f"NOBRAINS_METRICS_PORT={settings.metrics_port}: {exc.strerror}: choose another"
            ) from exc
    stop_traces = start_traces(settings, f"worker-{queue}")
    ports = create_backends(settings)
    try:
        worker = Worker(Service(ports, settings), queue)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        worker.run(until_idle_s)
    finally:
        ports.close()
        stop_traces()
