"""Administration over HTTP: all accounts, all jobs, the audit log."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import url_for

from api.context import current_service, current_user
from api.http.blueprint import Blueprint
from api.http.pagination import decode_page_token, page_response
from api.routes.jobs import serialize as show_job
from api.schemas import administration as schemas
from api.schemas.base import page_schema
from core.accounts.usage import measure_usage
from core.domain.users import User
from core.errors import Forbidden
from core.jobs.job_views import JobView
from core.storage.rows import Page

blueprint = Blueprint("administration", __name__, description="For administrators.")


@blueprint.before_request  # type: ignore[untyped-decorator]
def _administrators_only() -> None:
    """Check the role before every view of this blueprint; it is re-read with each request."""
    if current_user().role != "admin":
        raise Forbidden("ADMIN_ONLY", "Only an administrator may do that.")


@blueprint.route("/admin/users", methods=["GET"])
@blueprint.arguments(schemas.UsersQuery, location="query")
@blueprint.response(200, page_schema(schemas.AccountAnswer))
def list_users(query: dict[str, Any]) -> dict[str, Any]:
    """List all accounts, or the account of a username."""
    service = current_service()
    if query["username"] is not None:
        found = service.accounts.find_by_username(query["username"])
        return page_response(Page([found] if found else [], None), _serialize_account)
    page = service.administration.users(query["page_size"], decode_page_token(query["page_token"]))
    return page_response(page, _serialize_account)


@blueprint.route("/admin/users", methods=["POST"])
@blueprint.arguments(schemas.NewUserBody)
@blueprint.response(201, schemas.AccountAnswer)
def create_user(body: dict[str, Any]) -> Any:
    """Create an account, even if sign-up is closed."""
    service = current_service()
    user = service.accounts.sign_up(body["username"], body["password"], body["role"])
    service.activity.record(user.id, "account.created", f"user/{user.id}")
    return _serialize_account(user), {"Location": url_for("administration.get_user", user_id=user.id)}


@blueprint.route("/admin/users/<user_id>", methods=["GET"])
@blueprint.response(200, schemas.AccountWithUseAnswer)
def get_user(user_id: str) -> dict[str, Any]:
    """Return one account with its usage."""
    service = current_service()
    user = service.accounts.get(user_id)
    return {**_serialize_account(user), "use": measure_usage(service.ports.tables, service.work, user.id)}


@blueprint.route("/admin/users/<user_id>/lock", methods=["POST"])
@blueprint.response(200, schemas.AccountAnswer)
def lock_user(user_id: str) -> dict[str, Any]:
    """Lock the account: refuse all its credentials. Its jobs continue."""
    return _serialize_account(current_service().administration.lock(user_id, by=current_user().id))


@blueprint.route("/admin/users/<user_id>/unlock", methods=["POST"])
@blueprint.response(200, schemas.AccountAnswer)
def unlock_user(user_id: str) -> dict[str, Any]:
    """Unlock the account: accept its credentials again."""
    return _serialize_account(current_service().administration.unlock(user_id))


@blueprint.route("/admin/users/<user_id>/role", methods=["PUT"])
@blueprint.arguments(schemas.RoleBody)
@blueprint.response(200, schemas.AccountAnswer)
def set_role(body: dict[str, Any], user_id: str) -> dict[str, Any]:
    """Set the role of the account: administrator or user."""
    return _serialize_account(current_service().administration.set_role(user_id, body["role"], by=current_user().id))


@blueprint.route("/admin/users/<user_id>/quotas", methods=["PUT"])
@blueprint.arguments(schemas.QuotasBody)
@blueprint.response(200, schemas.AccountAnswer)
def set_quotas(body: dict[str, Any], user_id: str) -> dict[str, Any]:
    """Set quotas of the account; those left out are the defaults."""
    own = {name: most for name, most in body.items() if most is not None}
    return _serialize_account(current_service().administration.set_quotas(user_id, own))


@blueprint.route("/admin/users/<user_id>/password", methods=["PUT"])
@blueprint.arguments(schemas.NewPasswordBody)
@blueprint.response(204)
def set_password(body: dict[str, Any], user_id: str) -> None:
    """Set a new password. Every token, session and API key of the account is revoked."""
    service = current_service()
    service.accounts.reset_password(user_id, body["new_password"])
    service.activity.record(user_id, "password.reset", f"user/{user_id}", "by an administrator")


@blueprint.route("/admin/jobs", methods=["GET"])
@blueprint.arguments(schemas.EveryJobQuery, location="query")
@blueprint.response(200, page_schema(schemas.EveryJobAnswer))
def list_every_job(query: dict[str, Any]) -> dict[str, Any]:
    """List the jobs of all accounts, optionally by state. A filtered page may be short and still have a next one."""
    after = decode_page_token(query["page_token"])
    page = current_service().administration.jobs(query["page_size"], after, query["state"])
    return page_response(page, _serialize_job)


@blueprint.route("/admin/audit", methods=["GET"])
@blueprint.arguments(schemas.AuditQuery, location="query")
@blueprint.response(200, page_schema(schemas.AuditAnswer))
def list_audit(query: dict[str, Any]) -> dict[str, Any]:
    """List the audit log: who did what, when and from where."""
    after = decode_page_token(query["page_token"])
    return page_response(current_service().audit.page(query["page_size"], after, query["actor"]))


def _serialize_account(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "username": user.username,
        "created_at": user.created_at,
        "role": user.role,
        "locked": user.locked,
        "quotas": asdict(current_service().quotas.for_user(user)),
        "own_quotas": user.quotas,
    }


def _serialize_job(found: tuple[JobView, str]) -> dict[str, Any]:
    view, username = found
    return {**show_job(view), "user_id": view.job.user_id, "username": username}
