"""The OpenAPI document, and Swagger UI over it from local files."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import flask_smorest
import orjson
from flask import Flask, Response, render_template, send_from_directory
from swagger_ui_bundle import swagger_ui_path  # type: ignore[import-untyped]

from api.middleware.auth import COOKIE, CSRF_HEADER, public
from api.middleware.responses import PAGE_CSP
from api.schemas.base import ProblemAnswer

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


class Document(flask_smorest.Api):  # type: ignore[misc]
    """The OpenAPI document alone, by flask-smorest: errors are `api.middleware.problems`' business.

    It is made when it is first asked for, as that takes longer than all else of an api's start.

    Args:
        app: whose views it describes.
        blueprints: in the order of the document; registered already.
    """

    ERROR_SCHEMA = ProblemAnswer

    def __init__(self, app: Flask, blueprints: Sequence[flask_smorest.Blueprint]) -> None:
        super().__init__(app, spec_kwargs=SPEC)
        self._blueprints = blueprints
        self._lock = threading.Lock()
        self._json = b""

    def to_json(self) -> bytes:
        """Return it as JSON, the same bytes each time."""
        with self._lock:
            if not self._json:
                for blueprint in self._blueprints:
                    blueprint.register_views_in_doc(self, self._app, self.spec, name=blueprint.name, parameters=None)
                    self.spec.tag({"name": blueprint.name, "description": blueprint.description})
                self._json = orjson.dumps(self.spec.to_dict())
            return self._json

    def _register_error_handlers(self) -> None:
        """Do nothing: our handlers are registered elsewhere."""


def register_openapi(app: Flask, blueprints: Sequence[flask_smorest.Blueprint]) -> None:
    """Serve /api/v1/openapi.json, which describes these blueprints, and /docs."""
    document = Document(app, blueprints)

    @public
    def openapi() -> Response:
        return Response(document.to_json(), content_type="application/json")

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
