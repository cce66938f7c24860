"""Secrets over HTTP: put and deleted by name, listed by name alone."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from api.context import current_service, current_user
from api.http.blueprint import Blueprint
from api.http.pagination import decode_page_token, page_response
from api.schemas import secrets as schemas
from api.schemas.base import PageQuery, page_schema
from core.secrets.secrets import Secret

blueprint = Blueprint("secrets", __name__, description="Secrets of sources: passwords, keys, credentials of buckets.")


@blueprint.route("/secrets/<secret_name>", methods=["PUT"])
@blueprint.arguments(schemas.SecretBody)
@blueprint.response(204)
def put_secret(body: dict[str, Any], secret_name: str) -> None:
    """Keep a secret, in the place of an earlier one of that name. Sources name it: `{"secret": "NAME"}`."""
    current_service().secrets.put(current_user().id, secret_name, body["value"])
    _record("secret.set", secret_name)


@blueprint.route("/secrets", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_schema(schemas.SecretAnswer))
def list_secrets(query: dict[str, Any]) -> dict[str, Any]:
    """List the names of the secrets, in the order of the alphabet; never what they hold."""
    after = decode_page_token(query["page_token"])
    return page_response(current_service().secrets.page(current_user().id, query["page_size"], after), _show)


@blueprint.route("/secrets/<secret_name>", methods=["DELETE"])
@blueprint.response(204)
def delete_secret(secret_name: str) -> None:
    """Delete a secret. Sources that name it cannot be fetched any more."""
    current_service().secrets.delete(current_user().id, secret_name)
    _record("secret.deleted", secret_name)


def _show(secret: Secret) -> dict[str, Any]:
    return asdict(secret)


def _record(action: str, name: str) -> None:
    current_service().activity.record(current_user().id, action, f"secret/{name}")
