"""The worker role."""

from __future__ import annotations

import signal

from api.logs import configure_logs
from backends.open import open_ports
from core.service import Service
from core.settings import Settings
from worker.loop import Worker


def run_worker(settings: Settings, queue: str) -> None:
    """Work on the queue until SIGTERM or SIGINT, then hand back what is held."""
    configure_logs(settings.log_format)
    ports = open_ports(settings)
    try:
        worker = Worker(Service(ports, settings), queue)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: worker.stop())
        worker.run()
    finally:
        ports.close()
