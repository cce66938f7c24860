"""The Flask app, put together."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from api.context import EXTENSION
from api.middleware.access_log import register_access_log
from api.middleware.audit import register_audit
from api.middleware.auth import public, register_auth
from api.middleware.forwarding import forward_to_predictor
from api.middleware.metrics import register_metrics
from api.middleware.problems import register_problems
from api.middleware.rate_limits import register_limits
from api.middleware.responses import register_responses
from api.middleware.tracing import register_tracing
from api.middleware.turns import register_turns
from api.mlflow.registration import register_mlflow
from api.protocols import kserve_v1, mlflow_scoring, open_inference
from api.protocols.problems import register_protocol_problems
from api.routes import (  # fmt: skip
    accounts,
    administration,
    comparisons,
    datasets,
    evaluations,
    events,
    health,
    jobs,
    notifications,
    openapi,
    schedules,
    secrets,
    sources,
    webhooks,
)
from api.routes.endpoints import downloads, endpoints, feedback, gathering, messages, monitor, versions
from api.routes.endpoints import predict as endpoint_predict
from api.routes.endpoints import requests as endpoint_requests
from api.routes.models import model_uploads, models, predict, stored_predictions
from api.routes.page import assets, shell
from api.routes.pipelines import hooks, pipelines
from api.routes.pipelines import runs as pipeline_runs
from api.serving.failed_answers import register_failed_answers
from api.serving.serving import register_serving

if TYPE_CHECKING:
    from core.service import Service

View = TypeVar("View", bound=Callable[..., Any])

PREFIX = "/api/v1"
Role = Literal["all", "api", "predictor"]
PREDICTING = (predict, endpoint_predict, endpoint_requests, feedback)
"""Modules whose views need the engine, or what comes with it: an api without it hands their requests on to a predictor.
"""
_NOUNS = (
    accounts, administration, datasets, jobs, events, models, model_uploads, stored_predictions,
    endpoints, versions, downloads, messages, gathering, monitor, comparisons, evaluations, notifications, webhooks,
    secrets, sources, schedules, hooks, pipelines, pipeline_runs,
)  # fmt: skip
PROTOCOLS = (open_inference, kserve_v1, mlflow_scoring)
"""The same at the paths that other people's clients know, outside of `PREFIX`."""
MODULES: dict[Role, tuple[ModuleType, ...]] = {
    "api": (*_NOUNS, *PREDICTING),
    "all": (*_NOUNS, *PREDICTING),
    "predictor": PREDICTING,
}


class App(Flask):
    """Flask whose views are plain functions: asking each view and each hook whether it is a coroutine takes time."""

    def ensure_sync(self, func: View) -> View:
        return func


def create_app(service: Service, role: Role = "all") -> Flask:
    """Make the app over a service.

    Args:
        service: the service behind the views.
        role: `all` answers everything itself; `api` loads no models, and hands predictions on to the predictor;
            `predictor` answers predictions only.
    """
    app = App(__name__)
    app.config.update(
        API_TITLE="No Brains ML",
        API_VERSION="1",
        OPENAPI_VERSION="3.0.3",  # what the bundled Swagger UI can show
        MAX_CONTENT_LENGTH=service.settings.max_body_bytes,
        MAX_FORM_PARTS=100,
    )
    app.extensions[EXTENSION] = service
    register_serving(app, service)
    # Guards first: they run before any view, and their headers go on every response.
    register_tracing(app)
    register_metrics(app)
    register_responses(app)
    register_access_log(app)
    register_limits(app, service.ports.tables, service.settings)
    register_auth(app)
    if role != "api":  # which computes nothing itself
        register_turns(app)
    register_audit(app)
    if role != "api":  # Its predictions are answered, and counted, by the predictor.
        register_failed_answers(app, service.monitoring.traffic.failures)
    register_problems(app)
    register_protocol_problems(app)
    public(app.view_functions["static"])
    app.register_blueprint(health.blueprint)
    if role != "predictor":
        app.register_blueprint(assets.blueprint)
        app.register_blueprint(shell.blueprint)
        register_mlflow(app)

    for module in MODULES[role]:
        app.register_blueprint(module.blueprint, url_prefix=PREFIX)
    for module in PROTOCOLS:
        app.register_blueprint(module.blueprint)
    if role == "api":
        forward_to_predictor(app, [module.blueprint.name for module in (*PREDICTING, *PROTOCOLS)])
    openapi.register_openapi(app, [module.blueprint for module in (*MODULES[role], *PROTOCOLS)])

    if hops := service.settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops, x_port=hops)  # type: ignore[method-assign]
    return app
