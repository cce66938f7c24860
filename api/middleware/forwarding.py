"""Predictions of an api without an engine: hand the request on to the predictor, and its response back.

A balancer that routes by path spares this way round. Bodies are streamed in both directions, and the predictor itself
authenticates the caller, counts the request and finds the model: it gets the caller's credentials, nothing more.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import wraps
from typing import Any
from urllib.parse import quote

import requests
from flask import Flask, Response, request
from werkzeug.exceptions import NotFound

from api.context import current_request_id, current_service
from api.middleware.rate_limits import View, rate_limited_by_upstream
from core.errors import Unavailable
from core.observability import tracing

FORWARDED_HEADERS = (
    "Authorization", "Cookie", "X-CSRF-Token", "Content-Type", "Content-Encoding", "Accept", "Accept-Encoding",
    "Inference-Header-Content-Length",
)  # fmt: skip
RETURNED_HEADERS = (
    "Content-Type", "Content-Encoding", "Content-Disposition", "CSV-Delimiter", "Retry-After", "Vary",
    "X-Model-Version", "X-Model-Alias", "X-Decision-Threshold", "Inference-Header-Content-Length",
)  # fmt: skip
CONNECT_S, ANSWER_S = 3.05, 600.0
CHUNK_BYTES = 1 << 16
_DOTS = frozenset({".", ".."})


def forward_to_predictor(app: Flask, blueprints: Collection[str]) -> None:
    """Replace the views of these blueprints: the predictor answers in their stead, at the same path.

    They keep their scopes, and their place in the OpenAPI document.
    """
    for name, view in app.view_functions.items():
        if name.rpartition(".")[0] in blueprints:
            app.view_functions[name] = _forwarding(view)


def _forwarding(view: View) -> View:
    @wraps(view)  # Marks of a view are its attributes: a public one stays public.
    def forward(**_: Any) -> Response:
        return _forward()

    return rate_limited_by_upstream(forward)  # type: ignore[return-value]


def _forward() -> Response:
    if not (address := current_service().settings.predictor_url):
        raise Unavailable("predictions are not answered here: route them to the predictor, or set its address")
    if not _DOTS.isdisjoint(request.path.split("/")):  # `requests` would resolve them, and call another path.
        raise NotFound()
    headers = {name: request.headers[name] for name in FORWARDED_HEADERS if name in request.headers}
    headers.setdefault("Accept-Encoding", "identity")  # Not what `requests` would say of itself.
    headers["X-Request-ID"] = current_request_id()
    if parent := tracing.traceparent():
        headers["traceparent"] = parent
    try:
        answer = requests.request(
            request.method,
            f"{address.rstrip('/')}{quote(request.path)}?{request.query_string.decode('latin-1')}",
            data=_body(), headers=headers, stream=True, timeout=(CONNECT_S, ANSWER_S), allow_redirects=False,
        )  # fmt: skip
    except requests.RequestException as exc:
        raise Unavailable(f"the predictor cannot be reached: {type(exc).__name__}") from exc
    handed = Response(_chunks(answer), answer.status_code)
    for name in RETURNED_HEADERS:
        if name in answer.headers:
            handed.headers[name] = re.sub(r"[\r\n]", "", answer.headers[name])
    handed.call_on_close(answer.close)
    return handed


def _body() -> Iterator[bytes] | bytes:
    """Yield the body as it comes; return it in one piece if its length is known to be small, as JSON's is."""
    length = request.content_length
    if length is None and "Transfer-Encoding" not in request.headers:
        return b""
    if length is not None and length <= CHUNK_BYTES:
        return request.get_data()
    return iter(lambda: request.stream.read(CHUNK_BYTES), b"")


def _chunks(answer: requests.Response) -> Iterator[bytes]:
    # As it comes off the wire: what is packed was packed for the caller.
    yield from answer.raw.stream(CHUNK_BYTES, decode_content=False)
