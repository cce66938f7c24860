"""Evaluations over HTTP: a model measured on a labelled dataset."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for

from api.context import current_service, current_user
from api.http.blueprint import Blueprint
from api.http.downloads import send_report
from api.http.pagination import decode_page_token, page_response
from api.schemas import evaluations as schemas
from api.schemas.base import page_schema
from api.schemas.names import safe_filename
from core.domain.evaluations import NewEvaluation
from core.evaluations.evaluations import EvaluationView

blueprint = Blueprint("evaluations", __name__, description="Models measured on labelled datasets.")


@blueprint.route("/evaluations", methods=["POST"])
@blueprint.arguments(schemas.EvaluationBody)
@blueprint.response(202, schemas.EvaluationResultAnswer)
def submit_evaluation(body: dict[str, Any]) -> Any:
    """Measure a model, or a version of an endpoint, on a labelled dataset, in the background.

    The dataset has the target's column (422 TARGET_NOT_FOUND) and what the model reads. Sent again under one
    `Idempotency-Key`, it makes one evaluation.
    """
    service, user_id = current_service(), current_user().id
    version = body.pop("version", None)
    new = NewEvaluation(**{**body, "slices": tuple(body["slices"])}, version=None if version is None else str(version))
    view = service.evaluations.submit(user_id, new, request.headers.get("Idempotency-Key"))
    evaluation = view.record
    service.activity.record(
        user_id,
        "evaluation.created",
        f"evaluation/{evaluation.id}",
        f"model/{evaluation.model_id}",
        once=f"evaluation.created#{evaluation.id}",
    )
    return serialize(view), {"Location": url_for("evaluations.get_evaluation", evaluation_id=evaluation.id)}


@blueprint.route("/evaluations", methods=["GET"])
@blueprint.arguments(schemas.EvaluationQuery, location="query")
@blueprint.response(200, page_schema(schemas.EvaluationBriefAnswer))
def list_evaluations(query: dict[str, Any]) -> dict[str, Any]:
    """List the evaluations, newest first: all, or those of a model or a dataset."""
    after = decode_page_token(query["page_token"])
    page = current_service().evaluations.page_of(
        current_user().id, query["page_size"], after, query["model_id"], query["dataset_id"]
    )
    return page_response(page, serialize)


@blueprint.route("/evaluations/<evaluation_id>", methods=["GET"])
@blueprint.response(200, schemas.EvaluationResultAnswer)
def get_evaluation(evaluation_id: str) -> dict[str, Any]:
    """Return an evaluation: scores with intervals beside what was promised, curves, slices, fairness, overlap."""
    evaluations = current_service().evaluations
    view = evaluations.get(current_user().id, evaluation_id)
    return {**(evaluations.content(view) or {}), **serialize(view)}


@blueprint.route("/evaluations/<evaluation_id>/report", methods=["GET"])
def get_evaluation_report(evaluation_id: str) -> Response:
    """Return the evaluation as an HTML page that works offline."""
    service = current_service()
    view = service.evaluations.get(current_user().id, evaluation_id)
    filename = safe_filename(f"{view.record.name or 'evaluation'}-{evaluation_id}", ".html")
    return send_report(service.ports.blobs, service.evaluations.report(view), filename)


@blueprint.route("/evaluations/<evaluation_id>", methods=["DELETE"])
@blueprint.response(204)
def delete_evaluation(evaluation_id: str) -> None:
    """Delete an evaluation."""
    service, user_id = current_service(), current_user().id
    service.evaluations.delete(user_id, evaluation_id)
    service.activity.record(user_id, "evaluation.deleted", f"evaluation/{evaluation_id}")


def serialize(view: EvaluationView) -> dict[str, Any]:
    """Return the evaluation as its owner sees it, without what was found."""
    evaluation, task_state = view.record, view.task_state
    return {
        "id": evaluation.id,
        "name": evaluation.name,
        "state": task_state.state,
        "model_id": evaluation.model_id,
        "endpoint": evaluation.endpoint,
        "version": evaluation.version,
        "dataset_id": evaluation.dataset_id,
        "created_at": evaluation.created_at,
        "started_at": task_state.started_at,
        "finished_at": task_state.finished_at,
        "error": task_state.error,
        "headline": (task_state.result or {}).get("headline"),
    }
