"""The web page."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request

from api.answers import PAGE_CSP
from api.auth import public
from api.context import current_service

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
@public
def home() -> Response:
    """What this is, and how to begin."""
    signup_open = current_service().settings.signup == "open"
    page = render_template("home.html", server=request.host_url.rstrip("/"), signup_open=signup_open)
    answer = Response(page)
    answer.headers["Content-Security-Policy"] = PAGE_CSP
    return answer
