"""The Flask app, put together."""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Literal

import flask_smorest
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from api import (
    accounts,
    administration,
    assets,
    datasets,
    events,
    forward,
    health,
    jobs,
    models,
    pages,
    predict,
    predictions,
    reference,
)  # fmt: skip
from api.answers import register_answers
from api.audit import register_audit
from api.auth import public, register_auth
from api.context import EXTENSION
from api.limits import register_limits
from api.metrics import register_metrics
from api.problems import register_problems
from api.schemas import ProblemAnswer
from api.traces import register_traces

if TYPE_CHECKING:
    from core.service import Service

PREFIX = "/api/v1"
Role = Literal["all", "api", "predictor"]
MODULES: dict[Role, tuple[ModuleType, ...]] = {
    "api": (accounts, administration, datasets, jobs, events, models, predictions, forward),
    "all": (accounts, administration, datasets, jobs, events, models, predictions, predict),
    "predictor": (predict,),
}


class Api(flask_smorest.Api):  # type: ignore[misc]
    """flask-smorest for the OpenAPI document alone: errors are `api.problems`' business."""

    ERROR_SCHEMA = ProblemAnswer

    def _register_error_handlers(self) -> None:
        """Nothing: ours are there."""


def create_app(service: Service, role: Role = "all") -> Flask:
    """The app over a service.

    Args:
        service: what does the work.
        role: `all` answers everything itself; `api` loads no models, and hands predictions on to the predictor;
            `predictor` answers predictions only.
    """
    app = Flask(__name__)
    app.config.update(
        API_TITLE="No Brains ML",
        API_VERSION="1",
        OPENAPI_VERSION="3.0.3",  # what the bundled Swagger UI can show
        MAX_CONTENT_LENGTH=service.settings.max_body_bytes,
        MAX_FORM_PARTS=100,
    )
    app.extensions[EXTENSION] = service
    # Guards first: they run before any view, and their headers go on every answer.
    register_traces(app)
    register_metrics(app)
    register_answers(app)
    register_limits(app, service.ports.tables, service.settings)
    register_auth(app)
    register_audit(app)
    register_problems(app)
    public(app.view_functions["static"])
    app.register_blueprint(health.blueprint)
    if role != "predictor":
        app.register_blueprint(assets.blueprint)
        app.register_blueprint(pages.blueprint)

    api = Api(app, spec_kwargs=reference.SPEC)
    for module in MODULES[role]:
        api.register_blueprint(module.blueprint, url_prefix=PREFIX)
    reference.register_reference(app, api.spec)

    if hops := service.settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops, x_port=hops)  # type: ignore[method-assign]
    return app
