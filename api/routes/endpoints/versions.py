"""Versions of endpoints over HTTP. A version is named by its number or by an alias, everywhere."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import request, url_for

from api.context import current_service, current_user, deciding
from api.http.blueprint import Blueprint
from api.http.pagination import decode_page_token, page_response
from api.routes.endpoints.endpoints import if_match
from api.schemas.base import PageQuery, page_schema
from api.schemas.endpoints import endpoints as schemas
from core.domain.endpoints import Endpoint, EndpointVersion, NewVersion
from core.endpoints.traffic import aliases_of

blueprint = Blueprint("endpoint_versions", __name__, description="Versions of endpoints: models, numbered.")


@blueprint.route("/endpoints/<name>/versions", methods=["POST"])
@blueprint.arguments(schemas.VersionBody)
@blueprint.response(201, schemas.VersionAnswer)
def register_version(body: dict[str, Any], name: str) -> Any:
    """Make a model the next version; no alias leads to it yet. It keeps the decision rule that the model has now.

    409 SIGNATURE_DIFFERS lists what requests of now would trip over, unless `force_signature`. Sent again under one
    `Idempotency-Key`, it makes one version.
    """
    service, user_id = current_service(), current_user().id
    new = NewVersion(
        body["model_id"], deciding().by, body["note"], body["tags"], body["why"],
        decision=body.get("decision"), has_own_decision="decision" in body,
    )  # fmt: skip
    key = request.headers.get("Idempotency-Key")
    made = service.versions.register(user_id, name, new, force_signature=body["force_signature"], key=key)
    subject, once = _subject(name, made.version), f"version#{made.endpoint_id}#{made.version}"
    service.activity.record(user_id, "version.created", subject, f"{name} {made.version}", once=once)
    location = url_for("endpoint_versions.get_version", name=name, version=made.version)
    return serialize(service.endpoints.get(user_id, name), made), {"Location": location}


@blueprint.route("/endpoints/<name>/versions", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_schema(schemas.VersionAnswer))
def list_versions(query: dict[str, Any], name: str) -> dict[str, Any]:
    """List the versions, newest first."""
    service, user_id = current_service(), current_user().id
    endpoint = service.endpoints.get(user_id, name)
    page = service.versions.page(user_id, name, query["page_size"], decode_page_token(query["page_token"]))
    return page_response(page, lambda version: serialize(endpoint, version))


@blueprint.route("/endpoints/<name>/versions/<version>", methods=["GET"])
@blueprint.response(200, schemas.VersionAnswer)
def get_version(name: str, version: str) -> dict[str, Any]:
    """Return a version: its model, who registered it and why, its signature."""
    service = current_service()
    endpoint = service.endpoints.get(current_user().id, name)
    number, _ = service.versions.resolve(endpoint, version)
    return serialize(endpoint, service.versions.of(endpoint, number))


@blueprint.route("/endpoints/<name>/versions/<version>", methods=["DELETE"])
@blueprint.response(204)
def delete_version(name: str, version: str) -> None:
    """Delete a version to which no alias leads; its model stays, its number is not given again."""
    service, user_id = current_service(), current_user().id
    seen = if_match(name)
    number, _ = service.versions.resolve(service.endpoints.get(user_id, name), version)
    service.versions.delete(user_id, name, number, seen)
    service.activity.record(user_id, "version.deleted", _subject(name, number))


def serialize(endpoint: Endpoint, version: EndpointVersion) -> dict[str, Any]:
    """Return the version as its owner sees it."""
    return {**asdict(version), "aliases": aliases_of(endpoint, version.version)}


def _subject(name: str, number: int) -> str:
    return f"version/{name}/{number}"
