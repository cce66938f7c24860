"""The web page: one shell for all its addresses. Its data come from the same API that programs use."""

from __future__ import annotations

import json

from flask import Blueprint, Response, render_template, request
from werkzeug.exceptions import NotFound

import vocabulary
from api.context import current_service
from api.middleware.auth import COOKIE, SAFE_METHODS, public
from api.middleware.problems import http_problem
from api.middleware.responses import PAGE_CSP
from api.routes.page.assets import app_files, app_url, wheel_url
from core.accounts.credentials import Principal, csrf_token
from core.errors import Unauthorized, Unavailable
from core.pipelines import gate

blueprint = Blueprint("pages", __name__)

VIEWS = "views/"
"""Modules that are fetched when their view is first shown; the others come with the shell."""

PROGRAMS = ("/api/", "/app/", "/mlflow/", "/serving/", "/static/", "/v1/", "/v2/", "/wheels/")
"""Paths below which only programs ask."""

VOCABULARY = json.dumps(
    {
        "baseline": vocabulary.BASELINE,
        "default_max_predict_ms": vocabulary.DEFAULT_MAX_PREDICT_MS,
        "default_time_budget_s": vocabulary.DEFAULT_TIME_BUDGET_S,
        "families": vocabulary.FAMILIES,
        "gate": gate.DEFAULTS,
        "metrics": {name: info._asdict() for name, info in vocabulary.METRICS.items()},
        "metrics_by_task": vocabulary.METRICS_BY_TASK,
    }
)
"""Vocabulary and defaults that the page shares with the API: `vocabulary.js` reads them."""


@blueprint.get("/")
@blueprint.get("/sign-in")
@blueprint.get("/sign-up")
@blueprint.get("/sources")
@blueprint.get("/sources/<id>")
@blueprint.get("/datasets")
@blueprint.get("/datasets/<id>")
@blueprint.get("/datasets/<id>/train")
@blueprint.get("/jobs")
@blueprint.get("/jobs/<id>")
@blueprint.get("/models")
@blueprint.get("/models/<id>")
@blueprint.get("/models/<id>/predict")
@blueprint.get("/compare")
@blueprint.get("/evaluations")
@blueprint.get("/evaluations/<id>")
@blueprint.get("/comparisons/<id>")
@blueprint.get("/endpoints")
@blueprint.get("/endpoints/<id>")
@blueprint.get("/pipelines")
@blueprint.get("/pipelines/<id>")
@blueprint.get("/pipelines/<id>/runs/<int:number>")
@blueprint.get("/account")
@blueprint.get("/activity")
@blueprint.get("/admin")
@public
def shell(id: str = "", number: int = 0) -> Response:
    """Serve the shell. It already names the signed-in user, so that the first view need not fetch that first."""
    principal = _session_principal()
    page = render_template(
        "app.html",
        app_url=app_url,
        wheel_url=wheel_url,
        vocabulary=VOCABULARY,
        modules=_preloaded_modules(),
        styles=[name for name in app_files() if name.endswith(".css")],
        username=principal.user.username if principal else "",
        role=principal.user.role if principal else "",
        csrf=csrf_token(request.cookies[COOKIE]) if principal else "",
        signup=current_service().settings.signup,
    )
    answer = Response(page)
    answer.headers["Content-Security-Policy"] = PAGE_CSP
    answer.headers["Cache-Control"] = "no-store"  # It carries the session's CSRF token.
    return answer


@blueprint.app_errorhandler(NotFound)
def not_found(error: NotFound) -> Response:
    """Serve the shell, which says so and leads home, to people who look for a page that there is not."""
    wants_page = request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"
    is_page = request.endpoint is None and request.method in SAFE_METHODS and not request.path.startswith(PROGRAMS)
    if is_page and wants_page:
        try:
            answer = shell()
        except Unavailable:  # Then the page could not say who is signed in.
            return http_problem(error)
        answer.status_code = 404
        return answer
    return http_problem(error)


def _session_principal() -> Principal | None:
    try:
        return current_service().accounts.authenticate(request.cookies.get(COOKIE, ""), {"session"})
    except Unauthorized:
        return None


def _preloaded_modules() -> list[str]:
    return [name for name in app_files() if name.endswith(".js") and name != "theme.js" and not name.startswith(VIEWS)]
