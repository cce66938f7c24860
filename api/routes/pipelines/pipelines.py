"""Pipelines over HTTP: what trains, compares and promotes by itself."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from api.context import current_service, current_user, deciding
from api.http.blueprint import Blueprint
from api.http.pagination import decode_page_token, page_response
from api.http.revisions import revision_etag, seen_revision
from api.routes.pipelines.runs import serialize_brief
from api.schemas.base import PageQuery, page_schema
from api.schemas.pipelines import pipelines as schemas
from core.domain.pipelines import SETTINGS, Pipeline
from core.schedules.cron import Cron

blueprint = Blueprint("pipelines", __name__, description="What trains, compares and promotes models by itself.")


@blueprint.route("/pipelines", methods=["POST"])
@blueprint.arguments(schemas.PipelineBody)
@blueprint.response(201, schemas.PipelineAnswer)
def create_pipeline(body: dict[str, Any]) -> Any:
    """Create a pipeline. Every field is checked now: what would end its first run in failure is refused.

    Sent again under one `Idempotency-Key`, it is one pipeline.
    """
    service, user_id = current_service(), current_user().id
    said = schemas.settings_of(body)
    pipeline = service.pipelines.create(user_id, said, request.headers.get("Idempotency-Key"))
    subject = f"pipeline/{pipeline.id}"
    service.activity.record(user_id, "pipeline.created", subject, pipeline.name, once=f"created#{subject}")
    answer, headers = _with_etag(pipeline)
    return answer, {**headers, "Location": url_for("pipelines.get_pipeline", pipeline_id=pipeline.id)}


@blueprint.route("/pipelines", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_schema(schemas.PipelineAnswer))
def list_pipelines(query: dict[str, Any]) -> dict[str, Any]:
    """List the pipelines, newest first, each with its newest run."""
    after = decode_page_token(query["page_token"])
    return page_response(current_service().pipelines.page(current_user().id, query["page_size"], after), serialize)


@blueprint.route("/pipelines/<pipeline_id>", methods=["GET"])
@blueprint.response(200, schemas.PipelineAnswer)
def get_pipeline(pipeline_id: str) -> Any:
    """Return a pipeline, when it runs next, and its newest run. Its ETag is for `If-Match`."""
    return _with_etag(current_service().pipelines.get(current_user().id, pipeline_id))


@blueprint.route("/pipelines/<pipeline_id>", methods=["PATCH"])
@blueprint.arguments(schemas.PipelinePatchBody)
@blueprint.response(200, schemas.PipelineAnswer)
def patch_pipeline(body: dict[str, Any], pipeline_id: str) -> Any:
    """Change settings; 412 if it was changed since `If-Match`. Runs that are on keep those that they began with."""
    service, user_id = current_service(), current_user().id
    revision = seen_revision(lambda: service.pipelines.get(user_id, pipeline_id).revision)
    pipeline = service.pipelines.update(user_id, pipeline_id, schemas.settings_of(body), revision)
    service.activity.record(user_id, "pipeline.updated", f"pipeline/{pipeline_id}", ", ".join(sorted(body)))
    return _with_etag(pipeline)


@blueprint.route("/pipelines/<pipeline_id>", methods=["DELETE"])
@blueprint.response(204)
def delete_pipeline(pipeline_id: str) -> None:
    """Delete the pipeline with its runs; those that are on are cancelled. Models and versions stay."""
    service, user_id = current_service(), current_user().id
    service.pipeline_deletion.delete(user_id, pipeline_id, deciding().by)
    service.activity.record(user_id, "pipeline.deleted", f"pipeline/{pipeline_id}")


def serialize(pipeline: Pipeline) -> dict[str, Any]:
    """Return the pipeline as its owner sees it."""
    newest = current_service().runs.newest(pipeline.user_id, pipeline.id)
    return {
        **{name: getattr(pipeline, name) for name in SETTINGS},
        "when": [_in_words(entry) for entry in pipeline.when],
        "id": pipeline.id,
        "enabled": pipeline.enabled,
        "created_at": pipeline.created_at,
        "changed_at": pipeline.changed_at,
        "revision": pipeline.revision,
        "next_at": None if pipeline.next_at is None else f"{pipeline.next_at}:00.000Z",
        "last_run": None if newest is None else serialize_brief(newest),
    }


def _in_words(entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry of `when` with when that is in words, if it goes by time."""
    return {**entry, "words": Cron.parse(entry["cron"], entry["timezone"]).words()} if "cron" in entry else entry


def _with_etag(pipeline: Pipeline) -> tuple[dict[str, Any], dict[str, str]]:
    body = serialize(pipeline)
    return body, revision_etag(pipeline.revision, body)
