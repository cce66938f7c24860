"""/healthz: the process is up. /readyz: its back ends can be reached."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait

import structlog
from flask import Blueprint, Response, jsonify

from api.context import current_service
from api.middleware.auth import public
from api.middleware.problems import RETRY_AFTER_S, problem

PING_TIMEOUT_S = 3.0

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
    """Check that every back end answers, all asked side by side."""
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
    if not down:
        return jsonify(status="ok")
    for name, why in down:
        log.warning("not ready", part=name, error=why)
    names = [name for name, _ in down]
    entries = [{"field": name, "detail": "Cannot be reached."} for name in names]
    answer = problem(503, "NOT_READY", f"Cannot be reached now: {', '.join(names)}.", entries)
    answer.headers["Retry-After"] = str(RETRY_AFTER_S)
    return answer
