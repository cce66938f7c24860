"""Count the requests to predict with an endpoint that were not answered, for its monitor.

What an endpoint's owner wants to hear of is that callers get errors: by a model that fails, or by rows that it cannot
use any more. Whoever may not call, calls too often or calls what is not there tells nothing of the endpoint.
"""

from __future__ import annotations

import threading
from http import HTTPStatus

import structlog
from flask import Flask, Response, g, request

from api.serving.serving import current_serving
from core.errors import NotFound, Unavailable
from core.monitoring.failed_requests import FailedRequests

log = structlog.get_logger(__name__)

BLUEPRINTS = frozenset({"endpoint_predict", "kserve_v1", "mlflow_scoring", "open_inference"})
NOT_OF_THE_ENDPOINT = frozenset(
    {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.TOO_MANY_REQUESTS}
)
WRITE_EVERY_S = 5.0


class FailedAnswers:
    """Counts failed answers, and has the numbers written by a thread that a process gets with its first one."""

    def __init__(self, failed: FailedRequests) -> None:
        self._failed = failed
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()

    def look(self, response: Response) -> Response:
        """Count the answer if it is one that failed."""
        if response.status_code >= HTTPStatus.BAD_REQUEST and request.blueprint in BLUEPRINTS:
            name = (request.view_args or {}).get("name")
            if request.method == "POST" and name and response.status_code not in NOT_OF_THE_ENDPOINT:
                self._count(str(name))
        return response

    def _count(self, name: str) -> None:
        principal = g.get("principal")
        if principal is None:
            return
        try:
            endpoint = current_serving().known.endpoint(principal.user.id, name)
        except (NotFound, Unavailable):
            return
        self._failed.add(endpoint)
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="failed-answers", daemon=True)
                self._thread.start()
        self._wake.set()

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            threading.Event().wait(WRITE_EVERY_S)  # What fails meanwhile is written along.
            try:
                self._failed.write()
            except Unavailable:
                self._wake.set()
            except Exception:  # A fault of ours: predictions go on.
                log.exception("failed_answers.not_written")


def register_failed_answers(app: Flask, failed: FailedRequests) -> None:
    """Have the answers of the app counted."""
    app.after_request(FailedAnswers(failed).look)
