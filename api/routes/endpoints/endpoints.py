"""Endpoints over HTTP: names under which versions are served, what each serves, and who changed it when and why."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import request, url_for

from api.context import current_service, current_user, deciding
from api.http.blueprint import Blueprint
from api.http.pagination import decode_page_token, page_response
from api.http.revisions import revision_etag, seen_revision
from api.schemas.base import PageQuery, SearchQuery, page_schema
from api.schemas.endpoints import endpoints as schemas
from core.domain.endpoints import CHAMPION, Endpoint, EndpointVersion, Traffic
from core.endpoints.endpoint_search import search_endpoints
from core.monitoring.monitoring import Status
from core.monitoring.reviews import shown_alarm

blueprint = Blueprint("endpoints", __name__, description="Endpoints: names under which versions of models are served.")


@blueprint.route("/endpoints", methods=["POST"])
@blueprint.arguments(schemas.EndpointBody)
@blueprint.response(201, schemas.EndpointAnswer)
def create_endpoint(body: dict[str, Any]) -> Any:
    """Create an endpoint; a model that is given becomes version 1 and champion."""
    user_id, name = current_user().id, body["name"]
    endpoint = current_service().endpoints.create(
        user_id, name, deciding().by, model_id=body["model_id"], note=body["note"], log=body["log"]
    )
    _record("endpoint.created", name, name)
    answer, headers = with_etag(endpoint)
    return answer, {**headers, "Location": url_for("endpoints.get_endpoint", name=name)}


@blueprint.route("/endpoints", methods=["GET"])
@blueprint.arguments(SearchQuery, location="query")
@blueprint.response(200, page_schema(schemas.EndpointAnswer))
def list_endpoints(query: dict[str, Any]) -> dict[str, Any]:
    """List the endpoints, by name."""
    after = decode_page_token(query["page_token"])
    service, user_id = current_service(), current_user().id
    page = search_endpoints(service.endpoints, user_id, query["page_size"], after, search=query["search"])
    statuses, champions = service.monitoring.statuses(page.items), service.versions.rows.champions(page.items)
    return page_response(
        page, lambda endpoint: serialize(endpoint, statuses[endpoint.name], champions.get(endpoint.name))
    )


@blueprint.route("/endpoints/<name>", methods=["GET"])
@blueprint.response(200, schemas.EndpointAnswer)
def get_endpoint(name: str) -> Any:
    """Return an endpoint: aliases, traffic, health, the newest change. Its ETag is for `If-Match`."""
    return with_etag(current_service().endpoints.get(current_user().id, name))


@blueprint.route("/endpoints/<name>", methods=["PATCH"])
@blueprint.arguments(schemas.EndpointPatchBody)
@blueprint.response(200, schemas.EndpointAnswer)
def patch_endpoint(body: dict[str, Any], name: str) -> Any:
    """Change the note, what is kept of requests or looked up, or the runtime; 412 if changed since `If-Match`."""
    service, user_id, seen = current_service(), current_user().id, if_match(name)
    further = {field: value for field, value in body.items() if field != "lookup"}
    if "lookup" in body:
        endpoint = service.lookups.set(user_id, name, body["lookup"], deciding(), seen)
        seen = None if seen is None else endpoint.revision
    if further or "lookup" not in body:
        endpoint = service.endpoints.patch(user_id, name, further, seen)
    _record("endpoint.updated", name)
    return with_etag(endpoint)


@blueprint.route("/endpoints/<name>", methods=["DELETE"])
@blueprint.response(204)
def delete_endpoint(name: str) -> None:
    """Delete the endpoint with its versions and its log of changes; their models stay."""
    current_service().eraser.endpoint(current_user().id, name, if_match(name))
    _record("endpoint.deleted", name)


@blueprint.route("/endpoints/<name>/aliases/<alias>", methods=["PUT"])
@blueprint.arguments(schemas.AliasBody)
@blueprint.response(200, schemas.EndpointAnswer)
def set_alias(body: dict[str, Any], name: str, alias: str) -> Any:
    """Have an alias lead to a version; `champion` is what is served. 412 if changed since `If-Match`."""
    endpoint = current_service().endpoints.set_alias(
        current_user().id, name, alias, body["version"], deciding(body["why"]), if_match(name)
    )
    _record("alias.set", name, f"{alias}: version {endpoint.aliases.get(alias)}")
    return with_etag(endpoint)


@blueprint.route("/endpoints/<name>/aliases/<alias>", methods=["DELETE"])
@blueprint.arguments(schemas.WhyQuery, location="query")
@blueprint.response(204)
def delete_alias(query: dict[str, Any], name: str, alias: str) -> None:
    """Delete an alias, if neither split nor shadow names it; champion is moved instead."""
    current_service().endpoints.delete_alias(current_user().id, name, alias, deciding(query["why"]), if_match(name))
    _record("alias.deleted", name, alias)


@blueprint.route("/endpoints/<name>/traffic", methods=["PUT"])
@blueprint.arguments(schemas.TrafficBody)
@blueprint.response(200, schemas.EndpointAnswer)
def set_traffic(body: dict[str, Any], name: str) -> Any:
    """Share out the requests between aliases, and name shadows. 412 if changed since `If-Match`."""
    traffic = Traffic(body["split"], body["sticky"], body["shadow"])
    decision = deciding(body["why"])
    endpoint = current_service().endpoints.set_traffic(current_user().id, name, traffic, decision, if_match(name))
    _record("traffic.set", name)
    return with_etag(endpoint)


@blueprint.route("/endpoints/<name>/rollback", methods=["POST"])
@blueprint.arguments(schemas.RollbackBody, required=False)
@blueprint.response(200, schemas.EndpointAnswer)
def roll_back(body: dict[str, Any], name: str) -> Any:
    """Put aliases and traffic back: as before the newest change of what is served, or as of the change `to`.

    Sent again under one `Idempotency-Key`, it is one change.
    """
    key = request.headers.get("Idempotency-Key")
    endpoint = current_service().endpoints.rollback(
        current_user().id, name, deciding(body["why"]), body["to"], if_match(name), key
    )
    _record("endpoint.rolled_back", name, f"champion: version {endpoint.aliases.get(CHAMPION)}")
    return with_etag(endpoint)


@blueprint.route("/endpoints/<name>/changes", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_schema(schemas.ChangeAnswer))
def list_changes(query: dict[str, Any], name: str) -> dict[str, Any]:
    """List the log of changes, newest first: who, what, when, why, and the state after it."""
    after = decode_page_token(query["page_token"])
    return page_response(current_service().endpoints.changes(current_user().id, name, query["page_size"], after))


def if_match(name: str) -> int | None:
    """Return the revision that the endpoint must have, None if the client does not say."""
    service, user_id = current_service(), current_user().id
    return seen_revision(lambda: service.endpoints.get(user_id, name).revision)


def serialize(endpoint: Endpoint, status: Status, champion: EndpointVersion | None) -> dict[str, Any]:
    """Return the endpoint as its owner sees it."""
    return {
        "name": endpoint.name,
        "created_at": endpoint.created_at,
        "note": endpoint.note,
        "revision": endpoint.revision,
        "aliases": endpoint.aliases,
        "model_id": champion.model_id if champion else None,
        "traffic": asdict(endpoint.traffic),
        "health": status.health,
        "alarms": [shown_alarm(alarm) for alarm in status.alarms],
        "last_window": status.last_window,
        "log": endpoint.log,
        "kept": current_service().requests.policy.describe(endpoint),
        "runtime": endpoint.runtime,
        "messages": endpoint.messages,
        "lookup": current_service().features.describe(endpoint.user_id, endpoint.lookup),
        "newest_change": current_service().endpoints.newest_change(endpoint),
    }


def with_etag(endpoint: Endpoint) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the body and the header ETag of an endpoint."""
    service = current_service()
    status = service.monitoring.statuses([endpoint])[endpoint.name]
    body = serialize(endpoint, status, service.versions.rows.champions([endpoint]).get(endpoint.name))
    return body, revision_etag(endpoint.revision, body)


def _record(action: str, name: str, detail: str = "") -> None:
    current_service().activity.record(current_user().id, action, f"endpoint/{name}", detail)
