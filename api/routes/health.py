"""/healthz: the process is up. /readyz: its back ends can be reached."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, wait

import structlog
from flask import Blueprint, Flask, Response, current_app, jsonify

from api.context import current_service
from api.middleware.auth import public
from api.middleware.problems import RETRY_AFTER_S, problem

PING_TIMEOUT_S = 3.0
LOADING = "Is being loaded."
_WARMING = "nobrains_warming"

log = structlog.get_logger(__name__)

blueprint = Blueprint("health", __name__)

# Kept: a ping that hangs holds its thread until the back end replies, and no more than these few.
_PINGS = ThreadPoolExecutor(6, thread_name_prefix="ping")


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """Answer that the process is up."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
@public
def readyz() -> Response:
    """Check that every back end answers, all asked side by side, and that the engine is loaded where it is wanted."""
    ports = current_service().ports
    pings = {name: _PINGS.submit(getattr(ports, name).ping) for name in ("tables", "blobs", "queue")}
    wait(pings.values(), PING_TIMEOUT_S)
    down = []
    for name, ping in pings.items():
        if not ping.done():
            ping.cancel()
            down.append((name, f"no answer within {PING_TIMEOUT_S} s"))
        elif error := ping.exception():
            down.append((name, str(error)))
    if not is_warm(current_app):
        down.append(("engine", "it is still being loaded"))
    if not down:
        return jsonify(status="ok")
    for name, why in down:
        log.warning("not ready", part=name, error=why)
    names = [name for name, _ in down]
    entries = [{"field": name, "detail": LOADING if name == "engine" else "Cannot be reached."} for name in names]
    answer = problem(503, "NOT_READY", f"Not ready now: {', '.join(names)}.", entries)
    answer.headers["Retry-After"] = str(RETRY_AFTER_S)
    return answer


def expect_warming(app: Flask) -> threading.Event:
    """Have the app count as ready once this event is set."""
    warm = threading.Event()
    app.extensions[_WARMING] = warm
    return warm


def is_warm(app: Flask) -> bool:
    """Return whether all that the app waits for is loaded."""
    warm: threading.Event | None = app.extensions.get(_WARMING)
    return warm is None or warm.is_set()
