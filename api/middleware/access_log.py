"""Log every answer in a line of its own; of predictions that succeed one line tells of all in ten seconds.

A service predicts hundreds of times a second, and a line costs a fifth of what such an answer may. What fails is logged
in full all the same.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import cast

import structlog
from flask import Flask, Response, current_app, g, request

from api.middleware.auth import is_prediction

EXTENSION = "nobrains_predictions_log"
EVERY_S = 10.0
MAX_USERS = 20
"""Users that a line names: those with most predictions."""

_QUIET = frozenset({"/healthz", "/readyz", "/metrics"})

log = structlog.get_logger("access")


@dataclass
class _Sums:
    requests: int = 0
    duration_s: float = 0.0
    slowest_s: float = 0.0
    sent_bytes: int = 0
    users: Counter[str] = field(default_factory=Counter)


class PredictionsLog:
    """Sums of predictions: a thread logs a line some time after the first. Safe to use from several threads."""

    def __init__(self, every_s: float = EVERY_S) -> None:
        self.every_s = every_s
        self._lock = threading.Lock()
        self._sums = _Sums()
        self._timer: threading.Timer | None = None

    def add(self, user_id: str, duration_s: float, sent_bytes: int) -> None:
        """Count one answer."""
        with self._lock:
            sums = self._sums
            sums.requests += 1
            sums.duration_s += duration_s
            sums.slowest_s = max(sums.slowest_s, duration_s)
            sums.sent_bytes += sent_bytes
            sums.users[user_id] += 1
            if self._timer is None:
                self._timer = threading.Timer(self.every_s, self.flush)
                self._timer.daemon = True
                self._timer.start()

    def flush(self) -> None:
        """Log what has been counted; nothing if nothing has been."""
        with self._lock:
            sums, self._sums = self._sums, _Sums()
            timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()
        if sums.requests:
            log.info(
                "predictions",
                requests=sums.requests,
                mean_ms=round(sums.duration_s / sums.requests * 1000, 1),
                slowest_ms=round(sums.slowest_s * 1000, 1),
                sent_bytes=sums.sent_bytes,
                users=len(sums.users),
                requests_of=dict(sums.users.most_common(MAX_USERS)),
            )


def register_access_log(app: Flask) -> None:
    """Log the app's answers."""
    app.extensions[EXTENSION] = PredictionsLog()
    app.after_request(_log)


def flush_access_log(app: Flask) -> None:
    """Log what is counted and not logged yet: the process ends."""
    cast(PredictionsLog, app.extensions[EXTENSION]).flush()


def _log(response: Response) -> Response:
    if request.path in _QUIET and response.status_code < 400:
        return response
    principal = g.get("principal")
    duration_s = time.monotonic() - g.started
    if principal and response.status_code < 400 and is_prediction():
        predictions = cast(PredictionsLog, current_app.extensions[EXTENSION])
        predictions.add(principal.user.id, duration_s, response.content_length or 0)
        return response
    log.info(
        "request",
        method=request.method,
        path=_path(),
        status=response.status_code,
        duration_ms=round(duration_s * 1000, 1),
        sent_bytes=response.content_length,
        user_id=principal and principal.user.id,
        remote=request.remote_addr,
    )
    return response


def _path() -> str:
    """Return the path without what is secret in it: whoever may read the log need not know the address of a hook."""
    if request.url_rule is not None and "token" in (request.view_args or {}):
        return request.url_rule.rule
    return request.path[:300]
