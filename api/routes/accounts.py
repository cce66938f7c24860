"""Accounts, tokens, sessions and API keys over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Response, jsonify, request

from api.context import current_principal, current_service, current_user
from api.http.blueprint import Blueprint
from api.http.pagination import decode_page_token, page_response
from api.middleware.audit import set_audit_actor
from api.middleware.auth import COOKIE, clear_session_cookie, public, set_session_cookie
from api.middleware.rate_limits import current_limits, request_address
from api.schemas import accounts as schemas
from api.schemas.base import PageQuery, page_schema
from core.accounts.credentials import csrf_token
from core.accounts.usage import measure_usage
from core.errors import Forbidden, Invalid, NotFound

blueprint = Blueprint("accounts", __name__, description="Accounts, tokens, sessions and API keys.")

NO_AUTH: list[Any] = [{}]
"""Entry of the document for views without credentials."""


@blueprint.route("/users", methods=["POST"])
@blueprint.doc(security=NO_AUTH)
@blueprint.arguments(schemas.SignUpBody)
@blueprint.response(201, schemas.UserAnswer)
@public
def sign_up(body: dict[str, str]) -> Any:
    """Create an account. This does not sign in."""
    service = current_service()
    if service.settings.signup == "closed":
        raise Forbidden("SIGNUP_CLOSED", "Sign-up is closed. Ask the operator of this server for an account.")
    current_limits().signups.hit(request_address())
    user = service.accounts.sign_up(body["username"], body["password"])
    set_audit_actor(user.id)
    service.activity.record(user.id, "account.created", f"user/{user.id}")
    return user


@blueprint.route("/tokens", methods=["POST"])
@blueprint.doc(security=NO_AUTH)
@blueprint.arguments(schemas.SignInBody)
@blueprint.response(201, schemas.TokenAnswer)
@public
def make_token(body: dict[str, str]) -> Any:
    """Sign in from a program: get a token."""
    issued = current_service().accounts.sign_in(body["username"], body["password"])
    set_audit_actor(issued.user.id)
    return {"token": issued.secret, "expires_at": issued.credential.expires_at}


@blueprint.route("/tokens/current", methods=["DELETE"])
@blueprint.response(204)
def revoke_token() -> None:
    """Sign out: revoke the token or API key in use."""
    current_service().accounts.sign_out(current_principal())


@blueprint.route("/sessions", methods=["POST"])
@blueprint.doc(security=NO_AUTH)
@blueprint.arguments(schemas.SignInBody)
@blueprint.response(201, schemas.SessionAnswer)
@public
def make_session(body: dict[str, str]) -> Response:
    """Sign in from a browser: set the session cookie."""
    service = current_service()
    issued = service.accounts.sign_in(body["username"], body["password"], "session")
    set_audit_actor(issued.user.id)
    answer = jsonify(
        username=issued.user.username,
        role=issued.user.role,
        csrf_token=csrf_token(issued.secret),
        expires_at=issued.credential.expires_at,
    )
    answer.status_code = 201
    set_session_cookie(answer, issued.secret, service.settings.token_ttl_s)
    return answer


@blueprint.route("/sessions", methods=["GET"])
@blueprint.response(200, schemas.SessionAnswer)
def get_session() -> dict[str, Any]:
    """Return the session and its CSRF token again, for a reloaded page."""
    principal = current_principal()
    if principal.credential.kind != "session":
        raise NotFound("session", "current")
    return {
        "username": principal.user.username,
        "role": principal.user.role,
        "csrf_token": csrf_token(request.cookies[COOKIE]),
        "expires_at": principal.credential.expires_at,
    }


@blueprint.route("/sessions", methods=["DELETE"])
@blueprint.response(204)
def end_session() -> Response:
    """Sign out from a browser: end the session."""
    current_service().accounts.sign_out(current_principal())
    answer = Response(status=204)
    clear_session_cookie(answer)
    return answer


@blueprint.route("/keys", methods=["POST"])
@blueprint.arguments(schemas.KeyBody)
@blueprint.response(201, schemas.NewKeyAnswer)
def make_key(body: dict[str, Any]) -> dict[str, Any]:
    """Create an API key. Its secret is returned only once."""
    user, service = current_user(), current_service()
    for at, name in enumerate(body["endpoints"] or ()):
        if service.endpoints.find(user.id, name) is None:
            detail = f"There is no endpoint {name!r} in your account."
            raise Invalid("VALIDATION_FAILED", detail, [{"field": f"endpoints.{at}", "detail": detail}])
    key, secret = service.accounts.create_key(user, **body)
    service.activity.record(user.id, "key.created", f"key/{key.id}", key.name)
    return {**asdict(key), "key": secret}


@blueprint.route("/keys", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_schema(schemas.KeyAnswer))
def list_keys(query: dict[str, Any]) -> dict[str, Any]:
    """List the API keys, without their secrets."""
    user_id = current_user().id
    page = current_service().accounts.key_page(user_id, query["page_size"], decode_page_token(query["page_token"]))
    return page_response(page)


@blueprint.route("/keys/<key_id>", methods=["DELETE"])
@blueprint.response(204)
def revoke_key(key_id: str) -> None:
    """Revoke an API key."""
    user, service = current_user(), current_service()
    service.accounts.revoke_key(user.id, key_id)
    service.activity.record(user.id, "key.revoked", f"key/{key_id}")


@blueprint.route("/me", methods=["GET"])
@blueprint.response(200, schemas.MeAnswer)
def get_me() -> dict[str, Any]:
    """Return the account with its quotas and usage."""
    user, service = current_user(), current_service()
    return {
        "id": user.id,
        "username": user.username,
        "role": user.role,
        "created_at": user.created_at,
        "quotas": _quotas(),
        "use": measure_usage(service.ports.tables, service.work, user.id),
    }


@blueprint.route("/me/password", methods=["PUT"])
@blueprint.arguments(schemas.PasswordBody)
@blueprint.response(204)
def change_password(body: dict[str, str]) -> None:
    """Change the password. Every other token, session and API key is revoked."""
    user, service = current_user(), current_service()
    service.accounts.change_password(current_principal(), body["current_password"], body["new_password"])
    service.activity.record(user.id, "password.changed", f"user/{user.id}")


@blueprint.route("/me", methods=["DELETE"])
@blueprint.response(204)
def delete_me() -> Response:
    """Delete the account with all its data permanently."""
    current_service().eraser.account(current_user().id)
    answer = Response(status=204)
    clear_session_cookie(answer)
    return answer


@blueprint.route("/activity", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_schema(schemas.ActivityAnswer))
def list_activity(query: dict[str, Any]) -> dict[str, Any]:
    """List the activity of the account, newest first."""
    user_id = current_user().id
    page = current_service().activity.page(user_id, query["page_size"], decode_page_token(query["page_token"]))
    return page_response(page)


def _quotas() -> dict[str, int]:
    service = current_service()
    return {
        **asdict(service.quotas.for_user(current_user())),
        "upload_bytes": service.settings.max_upload_bytes,
        "time_budget_s": service.settings.max_time_budget_s,
    }
