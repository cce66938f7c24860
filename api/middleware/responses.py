"""Finish every response, whichever view makes it: an id, ETags, security headers."""

from __future__ import annotations

import re
import time
from typing import Any

import orjson
import structlog
from flask import Flask, Response, g, request
from flask.json.provider import JSONProvider

from core.domain.ids import new_id

_SANE_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")

API_CSP = "default-src 'none'; frame-ancestors 'none'"
"""Policy of the API's responses, which are data: a browser that shows one runs nothing of it."""

PAGE_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Policy of pages, which use local files only, and no inline script or style."""

HEADERS = {
    "Content-Security-Policy": API_CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class OrjsonProvider(JSONProvider):
    """Flask's JSON by orjson: fast, RFC 3339 times, and no NaN."""

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        body = orjson.dumps(self._prepare_response_obj(args, kwargs))
        return Response(body, content_type="application/json")


def register_responses(app: Flask) -> None:
    """Register all this with the app. After-request functions run in reverse order of registration."""
    app.json = OrjsonProvider(app)
    app.before_request(_begin)
    app.after_request(_guard)
    app.after_request(_tag)


def _begin() -> None:
    g.started = time.monotonic()
    sent = request.headers.get("X-Request-ID", "")
    g.request_id = sent if _SANE_ID.fullmatch(sent) else new_id()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _tag(response: Response) -> Response:
    """Handle ETag and If-None-Match on JSON read with GET; nothing in a 204."""
    if response.status_code == 204:
        response.set_data(b"")
        response.headers.pop("Content-Type", None)
    elif (
        request.method in ("GET", "HEAD")
        and response.status_code == 200
        and response.is_json
        and not response.is_streamed
    ):
        response.add_etag()
        response.make_conditional(request)
    return response


def _guard(response: Response) -> Response:
    # One look at those that the view has set: `setdefault` looks through all of them for each.
    present = {name.lower() for name, _ in response.headers}
    wanted = [header for header in HEADERS.items() if header[0].lower() not in present]
    if request.is_secure and "strict-transport-security" not in present:
        wanted.append(("Strict-Transport-Security", "max-age=31536000"))
    if "cache-control" not in present:
        # A browser may keep a response, but must revalidate it; secrets it does not keep at all.
        wanted.append(("Cache-Control", "private, no-cache" if request.method in ("GET", "HEAD") else "no-store"))
    response.headers.extend(wanted)
    response.headers["X-Request-ID"] = g.request_id
    return response
