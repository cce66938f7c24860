"""The OpenAPI document, and Swagger UI over it from local files."""

from __future__ import annotations

from typing import Any

import orjson
from apispec import APISpec
from flask import Flask, Response, render_template, send_from_directory
from swagger_ui_bundle import swagger_ui_path  # type: ignore[import-untyped]

from api.middleware.auth import COOKIE, CSRF_HEADER, public
from api.middleware.responses import PAGE_CSP

SPEC: dict[str, Any] = {
    "info": {
        "description": "Upload a CSV, choose a target column, get the best model with a validated score, and use"
        " it. Errors are RFC 9457 problems; lists go on with `next_page_token`.",
    },
    "security": [{"bearer": []}, {"session": [], "csrf": []}],
    "components": {
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer", "description": "A token or an API key."},
            "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
            "csrf": {"type": "apiKey", "in": "header", "name": CSRF_HEADER},
        }
    },
}

ASSETS = frozenset({"swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"})


def register_openapi(app: Flask, spec: APISpec) -> None:
    """Serve /api/v1/openapi.json and /docs. To be called last: the document is made once, here."""
    document = orjson.dumps(spec.to_dict())

    @public
    def openapi() -> Response:
        return Response(document, content_type="application/json")

    @public
    def docs() -> Response:
        answer = Response(render_template("docs.html"))
        answer.headers["Content-Security-Policy"] = PAGE_CSP
        return answer

    @public
    def docs_asset(name: str) -> Response:
        return send_from_directory(swagger_ui_path, name if name in ASSETS else "missing", max_age=3600)

    app.add_url_rule("/api/v1/openapi.json", "openapi", openapi)
    app.add_url_rule("/docs", "docs", docs)
    app.add_url_rule("/docs/<name>", "docs_asset", docs_asset)
