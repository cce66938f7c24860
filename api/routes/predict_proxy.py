"""Predictions of an api without an engine: hand the request on to the predictor, and its response back.

A balancer that routes by path spares this way round. Bodies are streamed in both directions, and the predictor itself
authenticates the caller: it gets the caller's credentials, nothing more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import requests
from flask import Response, request

from api.context import current_principal, current_request_id, current_service, current_user
from api.http.blueprint import Blueprint
from api.middleware.auth import predicts
from api.middleware.rate_limits import current_limits, rate_limited_by_upstream
from core.errors import NotFound, Unavailable
from core.observability import tracing

FORWARDED_HEADERS = ("Authorization", "Cookie", "X-CSRF-Token", "Content-Type", "Content-Encoding", "Accept")
RETURNED_HEADERS = ("Content-Type", "Content-Disposition", "CSV-Delimiter", "Retry-After")
CONNECT_S, ANSWER_S = 3.05, 600.0
CHUNK_BYTES = 1 << 16

blueprint = Blueprint("predict", __name__, description="Online predictions.")


@blueprint.route("/models/<model_id>/predict", methods=["POST"])
@predicts
@rate_limited_by_upstream
def predict(model_id: str) -> Response:
    """Predict rows: JSON in, JSON out; or CSV in, and the same rows with `prediction` and `probability_<class>` out."""
    service = current_service()
    try:
        service.models.remembered.get((current_user().id, model_id))
    except NotFound:  # No other process will count it.
        current_limits().hit(current_principal(), predicts=True)
        raise
    if not (address := service.settings.predictor_url):
        raise Unavailable("predictions are not answered here: route them to the predictor, or set its address")
    headers = {name: request.headers[name] for name in FORWARDED_HEADERS if name in request.headers}
    headers["X-Request-ID"] = current_request_id()
    if parent := tracing.traceparent():
        headers["traceparent"] = parent
    try:
        answer = requests.post(
            f"{address.rstrip('/')}{request.path}?{request.query_string.decode('latin-1')}",
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
    if length is not None and length <= CHUNK_BYTES:
        return request.get_data()
    return iter(lambda: request.stream.read(CHUNK_BYTES), b"")


def _chunks(answer: requests.Response) -> Iterator[bytes]:
    # As it comes off the wire: the predictor sends nothing packed.
    yield from answer.iter_content(CHUNK_BYTES)
