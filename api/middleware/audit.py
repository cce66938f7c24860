"""Write a line of the audit log for every action, whichever view does it.

An action is an unsafe method that succeeded, by a known caller, and everything below /admin, reading and refused
requests included. Calls that leave nothing behind are left out: no prediction waits for a row to be written.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, g, request

from api.context import current_request_id, current_service
from api.middleware.auth import SAFE_METHODS, is_prediction
from core.errors import Unavailable

log = structlog.get_logger(__name__)

PREFIX = "/api/v1"
ADMINISTRATION = "administration."
NOT_AUDITED = frozenset({"datasets.check_dataset", "open_inference.list_repository"})
"""Views that change nothing, besides predictions."""


def register_audit(app: Flask) -> None:
    """Register the audit with the app."""
    app.after_request(_audit)


def set_audit_actor(user_id: str) -> None:
    """Set the acting user, in a view that is public: signing up and signing in."""
    g.audit_actor = user_id


def _audit(response: Response) -> Response:
    actor = g.get("audit_actor") or (g.principal.user.id if "principal" in g else None)
    if actor is None or not _is_auditable(response.status_code):
        return response
    route = request.url_rule.rule if request.url_rule else request.path
    line = {
        "actor": actor,
        "action": f"{request.method} {route.removeprefix(PREFIX)}",
        # A new object is named by its Location; anything else by the path itself, without its query.
        "subject": urlsplit(response.headers.get("Location") or request.path).path.removeprefix(PREFIX)[:300],
        "status": response.status_code,
        "remote": request.remote_addr or "",
        "request_id": current_request_id(),
    }
    try:
        current_service().audit.record(**line)
    except Unavailable as exc:  # The action is done, and cannot be undone by an error response.
        log.error("audit.not_written", why=str(exc), **line)
    return response


def _is_auditable(status: int) -> bool:
    endpoint = request.endpoint or ""
    if endpoint.startswith(ADMINISTRATION):
        return status < 500
    return request.method not in SAFE_METHODS and status < 400 and endpoint not in NOT_AUDITED and not is_prediction()
