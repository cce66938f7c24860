"""Endpoints and their versions as MLflow writes registered models and model versions."""

from __future__ import annotations

from typing import Any

from api.mlflow.run_ids import run_id_of
from api.mlflow.runs import artifact_uri, to_ms
from core.domain.endpoints import Change, Endpoint, EndpointVersion


def model_entity(endpoint: Endpoint, newest: list[dict[str, Any]], change: Change | None) -> dict[str, Any]:
    """Return an endpoint as a registered model.

    Args:
        endpoint: the endpoint.
        newest: its newest version as an entity, if it has one.
        change: the newest one of what it serves.
    """
    return {
        "name": endpoint.name,
        "creation_timestamp": to_ms(endpoint.created_at),
        "last_updated_timestamp": to_ms(change.at if change else endpoint.created_at),
        "description": endpoint.note,
        "latest_versions": newest,
        "aliases": [{"alias": alias, "version": str(number)} for alias, number in sorted(endpoint.aliases.items())],
        "tags": [],
    }


def version_entity(endpoint: Endpoint, version: EndpointVersion, job_id: str | None) -> dict[str, Any]:
    """Return a version of an endpoint; `job_id` is the training's that made its model, if it is still there."""
    created = to_ms(version.created_at)
    tags = {**version.tags, "nobrains.model_id": version.model_id, "nobrains.by": version.by}
    if version.why:
        tags["nobrains.why"] = version.why
    return {
        "name": endpoint.name,
        "version": str(version.version),
        "creation_timestamp": created,
        "last_updated_timestamp": created,
        "user_id": version.by,
        "current_stage": "None",
        "description": version.note,
        "source": download_uri(version),
        "run_id": run_id_of(job_id) if job_id else "",
        "status": "READY",
        "aliases": sorted(alias for alias, number in endpoint.aliases.items() if number == version.version),
        "tags": [{"key": key, "value": value} for key, value in tags.items()],
    }


def download_uri(version: EndpointVersion) -> str:
    """Return where a version's model directory is: its model's, or its own where it has a decision rule."""
    if version.decision is None:
        return f"{artifact_uri(version.model_id, '')}/model"
    return f"mlflow-artifacts:/versions/{version.endpoint}/{version.version}/model"
