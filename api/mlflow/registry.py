"""MLflow's model registry: endpoints are registered models, and their aliases are its aliases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from api.context import current_service, current_user, deciding
from api.http.numbers import is_number
from api.mlflow.blueprint import API, blueprint
from api.mlflow.filters import Searchable, parse_filter, parse_order, select
from api.mlflow.registry_entities import download_uri, model_entity, version_entity
from api.mlflow.requests import page_of, refuse, sent_fields, text_field, texts_field
from core.domain.endpoints import Endpoint, EndpointVersion

MODELS = Searchable(
    frozenset({"name"}),
    frozenset({"creation_timestamp", "last_updated_timestamp", "timestamp"}),
    frozenset({"tags"}),
)
VERSIONS = Searchable(
    frozenset({"name", "run_id", "source", "source_path"}),
    frozenset({"version_number", "creation_timestamp", "last_updated_timestamp"}),
    frozenset({"tags"}),
)
DEFAULT_MODELS = 100
DEFAULT_VERSIONS = 10_000
NO_PROMPT = {"mlflow.prompt.is_prompt": "false"}
"""Tag of what is no prompt: MLflow's client leaves prompts out of each search for models, by this tag."""
WHY = "Set through MLflow's registry API."


@blueprint.route(f"{API}/registered-models/search", methods=["GET"])
def search_registered_models() -> dict[str, Any]:
    """List the endpoints as registered models."""
    fields = sent_fields()
    comparisons = parse_filter(text_field(fields, "filter", ""), MODELS)
    orders = parse_order(texts_field(fields, "order_by"), MODELS)
    found = [_model_entity(endpoint) for endpoint in current_service().endpoints.all_of(current_user().id)]
    found = select(found, comparisons, orders, _fields_of)
    shown, next_page = page_of(found, fields, DEFAULT_MODELS)
    return {"registered_models": shown, **next_page}


@blueprint.route(f"{API}/registered-models/get", methods=["GET"])
def get_registered_model() -> dict[str, Any]:
    """Return an endpoint as a registered model."""
    return {"registered_model": _model_entity(_endpoint(text_field(sent_fields(), "name")))}


@blueprint.route(f"{API}/registered-models/get-latest-versions", methods=["GET", "POST"])
def get_latest_versions() -> dict[str, Any]:
    """Return the newest version, which `models:/NAME/latest` means; there are no stages, so none is in one."""
    fields = sent_fields()
    shown = _model_entity(_endpoint(text_field(fields, "name")))["latest_versions"]
    stages = texts_field(fields, "stages")
    return {"model_versions": shown if not stages or "None" in stages else []}


@blueprint.route(f"{API}/registered-models/alias", methods=["GET"])
def get_version_by_alias() -> dict[str, Any]:
    """Return the version that an alias leads to."""
    fields = sent_fields()
    endpoint = _endpoint(text_field(fields, "name"))
    number, _ = current_service().versions.resolve(endpoint, text_field(fields, "alias"))
    return {"model_version": _version_entity(endpoint, current_service().versions.of(endpoint, number))}


@blueprint.route(f"{API}/registered-models/alias", methods=["POST"])
def set_alias() -> dict[str, Any]:
    """Have an alias lead to a version: a change with its line in the endpoint's log."""
    fields, user_id = sent_fields(), current_user().id
    name, alias, number = text_field(fields, "name"), text_field(fields, "alias"), _number(fields)
    current_service().endpoints.set_alias(user_id, name, alias, number, deciding(WHY))
    current_service().activity.record(user_id, "alias.set", f"endpoint/{name}", f"{alias}: version {number}")
    return {}


@blueprint.route(f"{API}/registered-models/alias", methods=["DELETE"])
def delete_alias() -> dict[str, Any]:
    """Delete an alias: a change with its line in the endpoint's log."""
    fields, user_id = sent_fields(), current_user().id
    name, alias = text_field(fields, "name"), text_field(fields, "alias")
    current_service().endpoints.delete_alias(user_id, name, alias, deciding(WHY))
    current_service().activity.record(user_id, "alias.deleted", f"endpoint/{name}", alias)
    return {}


@blueprint.route(f"{API}/model-versions/search", methods=["GET"])
def search_model_versions() -> dict[str, Any]:
    """List versions of endpoints."""
    fields = sent_fields()
    comparisons = parse_filter(text_field(fields, "filter", ""), VERSIONS)
    orders = parse_order(texts_field(fields, "order_by"), VERSIONS)
    names = [each.value for each in comparisons if (each.kind, each.key, each.operator) == ("attributes", "name", "=")]
    found = []
    for endpoint in current_service().endpoints.all_of(current_user().id):
        if all(endpoint.name == name for name in names):
            found += [_version_entity(endpoint, version) for version in current_service().versions.all_of(endpoint)]
    found = select(found, comparisons, orders, _fields_of)
    shown, next_page = page_of(found, fields, DEFAULT_VERSIONS)
    return {"model_versions": shown, **next_page}


@blueprint.route(f"{API}/model-versions/get", methods=["GET"])
def get_model_version() -> dict[str, Any]:
    """Return a version of an endpoint."""
    endpoint, version = _version()
    return {"model_version": _version_entity(endpoint, version)}


@blueprint.route(f"{API}/model-versions/get-download-uri", methods=["GET"])
def get_download_uri() -> dict[str, Any]:
    """Return where the version's model directory is."""
    _, version = _version()
    return {"artifact_uri": download_uri(version)}


def _endpoint(name: str) -> Endpoint:
    return current_service().endpoints.get(current_user().id, name)


def _version() -> tuple[Endpoint, EndpointVersion]:
    fields = sent_fields()
    endpoint = _endpoint(text_field(fields, "name"))
    return endpoint, current_service().versions.of(endpoint, _number(fields))


def _number(fields: dict[str, Any]) -> int:
    version = text_field(fields, "version")
    if not is_number(version):
        refuse("version", f"{version[:60]!r} is no number of a version.")
    return int(version)


def _model_entity(endpoint: Endpoint) -> dict[str, Any]:
    service = current_service()
    newest = service.versions.page(endpoint.user_id, endpoint.name, 1).items
    change = service.endpoints.newest_change(endpoint)
    return model_entity(endpoint, [_version_entity(endpoint, each) for each in newest], change)


def _version_entity(endpoint: Endpoint, version: EndpointVersion) -> dict[str, Any]:
    service = current_service()
    model = service.models.find(version.user_id, version.model_id)
    job = service.jobs.find(version.user_id, model.job_id) if model else None
    return version_entity(endpoint, version, job.id if job else None)


def _fields_of(entity: dict[str, Any]) -> Callable[[str], dict[str, Any]]:
    """Return what there is to search by of a model or a version."""
    if "version" not in entity:
        values = {**entity, "timestamp": entity["last_updated_timestamp"]}
    else:
        values = {**entity, "version_number": int(entity["version"]), "source_path": entity["source"]}
    tags = {**NO_PROMPT, **{each["key"]: each["value"] for each in entity["tags"]}}
    return lambda kind: tags if kind == "tags" else values
