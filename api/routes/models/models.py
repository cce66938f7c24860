"""Trained models over HTTP."""

from __future__ import annotations

from typing import Any

from flask import Response

from api.context import current_service, current_user, deciding
from api.http.blueprint import Blueprint
from api.http.downloads import send_blob, send_report
from api.http.model_files import send_model_file
from api.http.pagination import decode_page_token, page_response
from api.http.revisions import revision_etag, seen_revision
from api.schemas import models as schemas
from api.schemas.base import page_schema
from api.schemas.decisions import DecisionBody
from api.schemas.names import safe_filename
from core.domain.records import UPLOADED, Model
from core.models.model_search import ModelFilter, describe_model, search_models
from core.models.model_upload import ModelUpload

blueprint = Blueprint("models", __name__, description="Trained models.")

FILTERS = ("target", "task", "dataset_id", "origin")
VERBOSE_FIELDS = ("features", "example", "leaderboard", "importance", "data_actions", "onnx")
"""Fields that grow with the table's columns: lists for choosing do without."""


@blueprint.route("/models", methods=["GET"])
@blueprint.arguments(schemas.ModelQuery, location="query")
@blueprint.response(200, page_schema(schemas.ModelAnswer))
def list_models(query: dict[str, Any]) -> dict[str, Any]:
    """List the models, optionally by words, tags, target, task, dataset or origin."""
    wanted = ModelFilter(query["search"], tuple(query["tag"]), *(query[name] for name in FILTERS))
    after = decode_page_token(query["page_token"])
    page = search_models(current_service().models, current_user().id, wanted, query["page_size"], after)
    return page_response(page, serialize_brief if query["brief"] else serialize)


@blueprint.route("/models/<model_id>", methods=["GET"])
@blueprint.response(200, schemas.ModelAnswer)
def get_model(model_id: str) -> Any:
    """Return a model: features, scores, leaderboard, importance, preprocessing. Its ETag is for `If-Match`."""
    found = current_service().uploads.get(current_user().id, model_id)
    body = serialize_any(found)
    return (body, revision_etag(found.revision, body)) if isinstance(found, Model) else body


@blueprint.route("/models/<model_id>", methods=["PATCH"])
@blueprint.arguments(schemas.ModelPatchBody)
@blueprint.response(200, schemas.ModelAnswer)
def patch_model(body: dict[str, Any], model_id: str) -> Any:
    """Change name, note and tags of a model; 412 if they were changed since `If-Match`."""
    service, user_id = current_service(), current_user().id
    seen = seen_revision(lambda: service.models.get(user_id, model_id).revision)
    model = describe_model(service.models, user_id, model_id, body, seen)
    service.activity.record(user_id, "model.updated", f"model/{model_id}")
    answer = serialize(model)
    return answer, revision_etag(model.revision, answer)


@blueprint.route("/models/<model_id>/download", methods=["GET"])
@blueprint.arguments(schemas.DownloadQuery, location="query")
def download_model(query: dict[str, Any], model_id: str) -> Response:
    """Download the model file, which needs only the engine, or ONNX or a folder of MLflow, which run without it.

    ONNX is of the ensemble or of one `model` in it. 409 names what ONNX cannot express, and the best single model of
    the ensemble that it can. `mlflow` is a ZIP file that is a model directory of MLflow.
    """
    model = current_service().models.get(current_user().id, model_id)
    return send_model_file(model, f"{model.summary['target']}-{model.id}", query["format"], query["model"])


@blueprint.route("/models/<model_id>/report", methods=["GET"])
def get_model_report(model_id: str) -> Response:
    """Return the report as an HTML page that works offline: performance, importance, search."""
    service = current_service()
    model = service.models.get(current_user().id, model_id)
    filename = safe_filename(f"{model.summary['target']}-{model.id}", ".html")
    return send_report(service.ports.blobs, service.models.report(model), filename)


@blueprint.route("/models/<model_id>/evaluation", methods=["GET"])
@blueprint.alt_response(200, schema=schemas.EvaluationAnswer)
def get_model_evaluation(model_id: str) -> Response:
    """Return the evaluation as JSON: verdict, curves, errors, partial dependence, trials."""
    service = current_service()
    model = service.models.get(current_user().id, model_id)
    filename = safe_filename(f"{model.summary['target']}-{model.id}-evaluation", ".json")
    blob = service.models.evaluation(model)
    return send_blob(service.ports.blobs, blob, filename, "application/json", disposition="inline")


@blueprint.route("/models/<model_id>/decision", methods=["PUT"])
@blueprint.arguments(DecisionBody)
@blueprint.response(200, schemas.ModelAnswer)
def set_decision(body: dict[str, Any], model_id: str) -> dict[str, Any]:
    """Have the model answer its positive label from a probability on; probabilities and scores stay as they are.

    Versions that were registered before keep the rule that they have.
    """
    service, user_id = current_service(), current_user().id
    decided = service.decision_rules.set(user_id, model_id, body, deciding().by)
    service.activity.record(user_id, "model.decision_set", f"model/{model_id}", f"{body['threshold']:g}")
    return serialize(decided)


@blueprint.route("/models/<model_id>/decision", methods=["DELETE"])
@blueprint.response(204)
def clear_decision(model_id: str) -> None:
    """Have the model answer as it was trained."""
    service, user_id = current_service(), current_user().id
    service.decision_rules.clear(user_id, model_id)
    service.activity.record(user_id, "model.decision_cleared", f"model/{model_id}")


@blueprint.route("/models/<model_id>", methods=["DELETE"])
@blueprint.response(204)
def delete_model(model_id: str) -> None:
    """Delete the model and its stored predictions."""
    service, user_id = current_service(), current_user().id
    service.eraser.model(user_id, model_id)
    service.activity.record(user_id, "model.deleted", f"model/{model_id}")


def serialize(model: Model) -> dict[str, Any]:
    """Return the model as its owner sees it."""
    return {
        **model.summary,
        "id": model.id,
        "job_id": model.job_id or None,
        "dataset_id": model.dataset_id or None,
        "origin": model.origin,
        "state": "ready",
        "name": model.name or None,
        "note": model.note,
        "tags": model.tags,
        "decision": model.decision,
        "created_at": model.created_at,
        "size_bytes": model.size_bytes,
        "sha256": model.sha256,
    }


def serialize_any(found: Model | ModelUpload) -> dict[str, Any]:
    """Return the same, also of an upload that is not checked yet, or was rejected."""
    if isinstance(found, Model):
        return serialize(found)
    return {
        "id": found.id,
        "job_id": None,
        "dataset_id": None,
        "origin": UPLOADED,
        "state": found.state,
        "name": found.name,
        "error": found.error,
        "target": found.said.get("target") or "",
        "task": found.said.get("task") or "",
        "metric": "",
        "created_at": found.created_at,
        "size_bytes": found.size_bytes,
        "sha256": found.sha256,
        **{name: [] for name in ("features", "leaderboard", "importance", "data_actions", "warnings")},
        "scores": {"reported": {}, "baseline": {}},
    }


def serialize_brief(model: Model) -> dict[str, Any]:
    """Return the same without its long fields."""
    return {name: value for name, value in serialize(model).items() if name not in VERBOSE_FIELDS}
