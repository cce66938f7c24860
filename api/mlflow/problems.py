"""Errors as MLflow's clients read them: our problems, with `error_code` and `message` beside the other members."""

from __future__ import annotations

import orjson
from flask import Flask, Response, request

from api.mlflow.blueprint import PREFIX
from api.mlflow.other_calls import UNKNOWN_VIEWS

UNKNOWN_CALLS = tuple(f"mlflow.{view}" for view in UNKNOWN_VIEWS)
CODES = {
    400: "INVALID_PARAMETER_VALUE",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "RESOURCE_DOES_NOT_EXIST",
    409: "INVALID_STATE",
    412: "RESOURCE_CONFLICT",
    422: "INVALID_PARAMETER_VALUE",
    429: "REQUEST_LIMIT_EXCEEDED",
    501: "NOT_IMPLEMENTED",
    503: "TEMPORARILY_UNAVAILABLE",
}
"""MLflow's word for a status: it must be one of its own, or its client does not read the message."""


def register_mlflow_problems(app: Flask) -> None:
    """Have every problem below /mlflow say what MLflow's clients read."""
    app.after_request(_add_members)


def _add_members(response: Response) -> Response:
    if request.path.startswith(f"{PREFIX}/") and response.mimetype == "application/problem+json":
        problem = orjson.loads(response.get_data())
        code = CODES.get(response.status_code, "BAD_REQUEST" if response.status_code < 500 else "INTERNAL_ERROR")
        if response.status_code == 404 and request.endpoint in (None, *UNKNOWN_CALLS):
            code = "ENDPOINT_NOT_FOUND"
        message = f"{problem['detail']} ({problem['reason']})"
        response.set_data(orjson.dumps({**problem, "error_code": code, "message": message}))
    return response
