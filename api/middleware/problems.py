"""Every error as RFC 9457 `application/problem+json`, wherever it was raised."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import orjson
import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from api.context import current_request_id
from core import errors
from core.strict_json import Malformed

log = structlog.get_logger(__name__)

STATUS: dict[type[errors.RequestError], int] = {
    Malformed: 400,
    errors.Unauthorized: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.PreconditionFailed: 412,
    errors.TooLarge: 413,
    errors.Unsupported: 415,
    errors.Invalid: 422,
    errors.TooMany: 429,
}

DETAILS = {
    404: "There is nothing at this path. The paths are listed at /api/v1/openapi.json.",
    405: "This path does not support this method. See the Allow header.",
    413: "The body is larger than this server accepts.",
}

# Statuses that the standard library has renamed since.
REASONS = {413: "TOO_LARGE", 422: "INVALID"}

RETRY_AFTER_S = 2


def register_problems(app: Flask) -> None:
    """Make the app respond to every error with a problem."""
    app.register_error_handler(errors.RequestError, _request_error)
    app.register_error_handler(errors.Unavailable, _unavailable)
    app.register_error_handler(errors.Corrupted, _stored_data_bad)
    app.register_error_handler(errors.BlobMissing, _stored_data_bad)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def problem(status: int, reason: str, detail: str, entries: list[dict[str, Any]] | None = None) -> Response:
    """Return the response for an error."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "reason": reason,
        "request_id": current_request_id(),
    }
    if entries:
        body["errors"] = entries
    return Response(orjson.dumps(body), status, content_type="application/problem+json")


def _request_error(error: errors.RequestError) -> Response:
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    answer = problem(status, error.reason, error.detail, error.errors)
    if isinstance(error, errors.Unauthorized):
        answer.headers["WWW-Authenticate"] = 'Bearer realm="nobrains"'
    if isinstance(error, errors.TooMany):
        answer.headers["Retry-After"] = str(error.retry_after_s)
    return answer


def _unavailable(error: errors.Unavailable) -> Response:
    # The message may name hosts and files: for the log, not for the client.
    log.warning("unavailable", error=str(error))
    if isinstance(error, errors.StorageFull):
        answer = problem(507, "STORAGE_FULL", "The storage of this server is full. Contact the operator.")
    else:
        answer = problem(503, "UNAVAILABLE", "Part of the service is unavailable. Try again in a moment.")
    answer.headers["Retry-After"] = str(RETRY_AFTER_S)
    return answer


def _stored_data_bad(error: errors.NoBrainsError) -> Response:
    log.error("stored data is damaged", error=str(error))
    detail = "Stored data is missing or damaged, so it was not used. Upload or train again."
    return problem(500, "STORED_DATA_DAMAGED", detail)


def _http(error: HTTPException) -> Response | HTTPException:
    # A redirect is no error.
    return error if error.code is None or error.code < 400 else http_problem(error)


def http_problem(error: HTTPException) -> Response:
    """Return the problem that an error of HTTP itself is, such as a path at which there is nothing."""
    status = error.code or 500
    reason = REASONS.get(status) or HTTPStatus(status).name
    answer = problem(status, reason, DETAILS.get(status) or error.description or HTTPStatus(status).phrase)
    for name, value in error.get_headers(request.environ):
        if name.lower() not in ("content-type", "content-length"):
            answer.headers[name] = value
    return answer


def _unexpected(error: Exception) -> Response:
    log.error("unexpected error", exc_info=error)
    detail = "An internal error occurred. Report the request_id to the operator."
    return problem(500, "INTERNAL", detail)
