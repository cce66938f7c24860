"""Errors as the protocols' clients read them: our problems, with the members beside that each client looks for."""

from __future__ import annotations

import orjson
from flask import Flask, Response, request

OPEN_INFERENCE = ("/v2", "/v2/", "/v1/models", "/v1/models/")
SCORING = ("/serving/",)

BAD_REQUEST = 400
MLFLOW_CODES = {
    400: "BAD_REQUEST",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "RESOURCE_DOES_NOT_EXIST",
    405: "BAD_REQUEST",
    409: "RESOURCE_CONFLICT",
    413: "BAD_REQUEST",
    415: "BAD_REQUEST",
    429: "REQUEST_LIMIT_EXCEEDED",
    503: "TEMPORARILY_UNAVAILABLE",
}


def register_protocol_problems(app: Flask) -> None:
    """Have every problem below the protocols' paths say what their clients read; 422, which none knows, is 400."""
    app.after_request(_add_members)


def is_open_inference(path: str) -> bool:
    """Return whether a path is one of KServe's protocols, the first or the second."""
    return _is_below(path, OPEN_INFERENCE)


def _add_members(response: Response) -> Response:
    if response.mimetype != "application/problem+json":
        return response
    below_serving = _is_below(request.path, SCORING)
    if not below_serving and not is_open_inference(request.path):
        return response
    problem = orjson.loads(response.get_data())
    if response.status_code == 422:
        response.status_code = BAD_REQUEST
        problem |= {"status": BAD_REQUEST, "title": "Bad Request"}
    if below_serving:
        code = MLFLOW_CODES.get(response.status_code, "INTERNAL_ERROR")
        problem |= {"error_code": code, "message": problem["detail"]}
    else:
        problem["error"] = problem["detail"]
    response.set_data(orjson.dumps(problem))
    return response


def _is_below(path: str, prefixes: tuple[str, ...]) -> bool:
    return any(path == prefix or (prefix.endswith("/") and path.startswith(prefix)) for prefix in prefixes)
