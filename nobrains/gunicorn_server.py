"""The api under gunicorn: one thread a request."""

from __future__ import annotations

import threading
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from api.app import Role, create_app
from api.middleware.access_log import flush_access_log
from api.routes.health import expect_warming
from api.scoring.consumer import start_scoring
from api.serving.loaded_models import warm
from api.serving.serving import EXTENSION
from backends.factory import create_backends
from core.maintenance.sweeper_thread import SweeperThread
from core.process import die_with_parent
from core.service import Service
from core.settings import Settings
from nobrains.opentelemetry import start_traces

THREADS = 128
"""Threads of a process: as many connections keep one each. Streams and uploads mostly wait, predictions take turns."""
HEADER_BYTES = 16_384
SCHEDULE_S = 1.0
"""Seconds between two looks at what is due."""


class Server(BaseApplication):  # type: ignore[misc]
    """Gunicorn with our settings; back ends are opened in each worker process, after the fork."""

    def __init__(self, settings: Settings, options: dict[str, Any], role: Role) -> None:
        self.settings = settings
        self.options = options
        self.role = role
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        stop_traces = start_traces(self.settings, self.role)
        service = Service(create_backends(self.settings), self.settings)
        app = create_app(service, self.role)
        sweeping = [
            SweeperThread(service.sweeper, self.settings.sweep_s),
            SweeperThread(service.scheduler, SCHEDULE_S, "scheduler"),
        ]
        for each in sweeping:
            each.start()
        scoring = None if self.role == "api" else start_scoring(app, service)

        def close() -> None:
            if scoring is not None:
                scoring.stop()
            app.extensions[EXTENSION].close()
            flush_access_log(app)
            for each in sweeping:
                each.stop()
            service.ports.close()
            stop_traces()

        app.extensions["nobrains_close"] = close
        if self.role != "api":
            threading.Thread(target=_warm, args=(expect_warming(app),), name="warm", daemon=True).start()
        return app


def serve_http(settings: Settings, host: str, port: int, *, processes: int = 1, role: Role = "all") -> None:
    """Serve until a signal: SIGTERM finishes the requests in progress first."""
    options = {
        "bind": f"{host}:{port}",
        "workers": processes,
        "worker_class": "api.gunicorn_worker.ApiWorker",
        "threads": THREADS,
        "timeout": 120,
        "graceful_timeout": 20,
        "keepalive": 75,
        "limit_request_line": 8190,
        "limit_request_field_size": HEADER_BYTES,
        "proc_name": f"nobrains-{role}",
        "loglevel": "warning",
        "control_socket_disable": True,
        "post_fork": lambda server, worker: die_with_parent(),
        "worker_exit": _close,
    }
    Server(settings, options, role).run()


def _warm(warmed: threading.Event) -> None:
    warm()
    warmed.set()


def _close(server: object, worker: Any) -> None:
    app = getattr(worker, "wsgi", None)
    if app is not None:
        app.extensions["nobrains_close"]()
