"""Authentication: a token or API key in the Authorization header, or the browser's session cookie.

Every view needs it unless it is marked `public`: a forgotten view is closed.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request

from api.context import current_service
from api.middleware.rate_limits import current_limits, request_address
from api.middleware.scopes import check_scope
from core.accounts.credentials import CREDENTIAL_KINDS, Principal, csrf_token
from core.errors import Forbidden, Unauthorized

BEARER_KINDS = CREDENTIAL_KINDS - {"session"}
BASIC_KINDS = frozenset({"key"})
COOKIE = "nobrains_session"
CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})

View = TypeVar("View", bound=Callable[..., Any])


def public(view: View) -> View:
    """Mark a view that needs no credentials. Stands directly above the function, below other decorators."""
    view.public = True  # type: ignore[attr-defined]
    return view


def predicts(view: View) -> View:
    """Mark a view that predicts: it is asked so often that nothing about a request may wait for a table or the log.

    Its caller may have been read up to a second ago, `predictions_per_minute` counts its requests, and what succeeds is
    logged in sums. Stands directly above the function.
    """
    view.predicts = True  # type: ignore[attr-defined]
    return view


def is_prediction() -> bool:
    """Return whether the view of this request is marked so."""
    return getattr(current_app.view_functions.get(request.endpoint or ""), "predicts", False)


def register_auth(app: Flask) -> None:
    """Authenticate every request to a view that is not public, as `g.principal`."""
    app.before_request(_authenticate)


def _authenticate() -> None:
    if request.endpoint is None:
        return  # no such path or method: the router answers
    view = current_app.view_functions[request.endpoint]
    if getattr(view, "public", False):
        counts_itself = getattr(view, "rate_limited_by_view", False)
        if request.method not in SAFE_METHODS and not counts_itself:  # Sign-in and sign-up: passwords cost time.
            current_limits().anonymous.hit(request_address())
        return
    is_predicting = getattr(view, "predicts", False)
    try:
        g.principal = authenticate_request(remembered=is_predicting)
    except Unauthorized:
        current_limits().anonymous.hit(request_address())
        raise
    if not getattr(view, "rate_limited_by_upstream", False):
        current_limits().hit(g.principal, predicts=is_predicting)
    check_scope(g.principal, request.endpoint, request.view_args or {})


def authenticate_request(*, remembered: bool = False) -> Principal:
    """Return the caller, who may have been read up to a second ago if `remembered`.

    Raises Unauthorized, always in the same words, and Forbidden without the CSRF token.
    """
    accounts = current_service().accounts
    header = request.headers.get("Authorization")
    if header is not None:
        secret, kinds = _read_authorization(header)
        return accounts.authenticate(secret, kinds, remembered=remembered)
    cookie = request.cookies.get(COOKIE, "")
    principal = accounts.authenticate(cookie, {"session"}, remembered=remembered)
    if request.method not in SAFE_METHODS:
        sent = request.headers.get(CSRF_HEADER, "")
        if not hmac.compare_digest(sent.encode("utf-8", "replace"), csrf_token(cookie).encode()):
            detail = f"Send {CSRF_HEADER} with the csrf_token of the session (GET /api/v1/sessions)."
            raise Forbidden("CSRF_TOKEN_WRONG", detail)
    return principal


def _read_authorization(header: str) -> tuple[str, frozenset[str]]:
    """Return the secret in an Authorization header, and the kinds of credentials that may be shown so.

    HTTP Basic is for clients that can send nothing else: an API key as the password of any username. No answer asks
    for it: a browser would show a dialog, and from then on send the key along with requests of other sites, too.
    """
    scheme, _, secret = header.partition(" ")
    if scheme.lower() == "bearer":
        return secret.strip(), BEARER_KINDS
    if scheme.lower() == "basic" and request.authorization is not None:  # Else it is garbled.
        return request.authorization.password or "", BASIC_KINDS
    raise Unauthorized()


def set_session_cookie(response: Response, secret: str, max_age_s: int) -> None:
    """Set the browser's session cookie. Scripts cannot read it, other sites cannot send it."""
    response.set_cookie(COOKIE, secret, max_age=max_age_s, path="/", secure=_secure(), httponly=True, samesite="Strict")


def clear_session_cookie(response: Response) -> None:
    """Clear the browser's session cookie."""
    response.delete_cookie(COOKIE, path="/", secure=_secure(), httponly=True, samesite="Strict")


def _secure() -> bool:
    host = urlsplit(f"//{request.host}").hostname
    return not (host in LOCAL_HOSTS or current_service().settings.insecure_cookies)
