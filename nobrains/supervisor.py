"""The embedded mode: the same api and workers as anywhere, as processes of one machine under one supervisor."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass, field

import structlog

from automl.resources import usable_cpus
from backends.factory import create_backends
from core.errors import Unavailable
from core.process import die_with_parent, reserved_port
from core.settings import Settings
from nobrains.prometheus import shared_metrics

log = structlog.get_logger()

# Settings of a worker that is started by itself: several would get into each other's way.
OF_ONE_WORKER = {"NOBRAINS_METRICS_PORT": "0", "NOBRAINS_HEARTBEAT_FILE": ""}

MAX_API_PROCESSES = 4
"""Maximum by default: each process loads the engine and the models that it is asked for."""

TICK_S = 0.2
# Seconds for a start: a processor that others use as well takes its time to load the engine.
READY_S = 120.0
GRACE_S = 30.0
# Minimum seconds between starts of a process that ends at once, again and again.
RESTART_S = 1.0


@dataclass
class Role:
    """One process, started anew when it ends by itself."""

    name: str
    arguments: list[str]
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    started_at: float = 0.0

    def start(self, environ: dict[str, str]) -> None:
        self.started_at = time.monotonic()
        # In a session of its own: Ctrl-C reaches the supervisor, which stops its processes in order.
        self.process = subprocess.Popen(
            [sys.executable, "-m", "nobrains", *self.arguments],
            env=environ, start_new_session=True, preexec_fn=die_with_parent,
        )  # fmt: skip

    @property
    def ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None


def serve_embedded(settings: Settings, host: str, port: int) -> int:
    """Run until SIGTERM or SIGINT; return the exit code."""
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    with ExitStack() as opened:
        try:
            port = opened.enter_context(reserved_port(host, port))  # Reserved also while the api is started again.
            create_backends(settings).close()  # Made once, before several processes would.
        except (OSError, Unavailable) as exc:
            print(f"Error: cannot start on {host}:{port} with data in {settings.folder}: {exc}", file=sys.stderr)
            return 1
        processes = settings.api_processes or min(usable_cpus(), MAX_API_PROCESSES)
        roles = [Role("api", ["api", "--host", host, "--port", str(port), "--processes", str(processes)])]
        roles += [Role(f"train-{n}", ["worker", "--queue", "train"]) for n in range(settings.train_workers)]
        roles += [Role("profile", ["worker", "--queue", "profile"]), Role("fetcher", ["fetcher"])]
        opened.enter_context(shared_metrics())  # The api serves the workers' numbers, too.
        environ = {**os.environ, **settings.environ(), "NOBRAINS_DATA": str(settings.folder), **OF_ONE_WORKER}
        for role in roles:
            role.start(environ)
        try:
            return _supervise(roles, environ, over, _url(host, port), settings)
        finally:
            _stop(roles)


def _supervise(roles: list[Role], environ: dict[str, str], over: threading.Event, url: str, settings: Settings) -> int:
    announced = False
    deadline = time.monotonic() + READY_S
    while not over.wait(TICK_S if announced else 0.05):
        if not announced and _answers(url):
            announced = True
            print(f"No Brains ML is ready at {url}  (data in {settings.folder}; Ctrl-C stops it)", flush=True)
        elif not announced and time.monotonic() > deadline:
            print("Error: the api does not answer; its log above says why.", file=sys.stderr)
            return 1
        for role in roles:
            if role.ended and time.monotonic() - role.started_at > RESTART_S:
                log.warning("process.restarted", role=role.name, code=role.process and role.process.returncode)
                role.start(environ)
    return 0


def _stop(roles: list[Role]) -> None:
    """Stop the workers first, so that the requeueing of their tasks is seen; each has its grace."""
    deadline = time.monotonic() + GRACE_S
    running = [role.process for role in roles if role.process is not None]
    for process in running:
        process.terminate()
    for process in running:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _url(host: str, port: int) -> str:
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{name}:{port}"


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=1):
            return True
    except (urllib.error.URLError, OSError):
        return False
