"""Comparisons over HTTP: models measured on the same labelled rows, or laid side by side as they are."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for

from api.context import current_service, current_user
from api.http.blueprint import Blueprint
from api.http.downloads import send_report
from api.http.pagination import decode_page_token, page_response
from api.schemas import comparisons as schemas
from api.schemas.base import PageQuery, page_schema
from api.schemas.names import safe_filename
from core.evaluations.comparisons import ComparisonView
from core.evaluations.side_by_side import side_by_side

blueprint = Blueprint("comparisons", __name__, description="Comparisons of models.")


@blueprint.route("/comparisons", methods=["POST"])
@blueprint.arguments(schemas.ComparisonBody)
@blueprint.response(202, schemas.ComparisonAnswer)
def submit_comparison(body: dict[str, Any]) -> Any:
    """Compare two to ten models, or versions of endpoints, on a labelled dataset, in the background."""
    service, user_id = current_service(), current_user().id
    view = service.comparisons.submit(user_id, body, request.headers.get("Idempotency-Key"))
    subject = f"comparison/{view.record.id}"
    service.activity.record(user_id, "comparison.created", subject, view.record.name, once=f"created#{subject}")
    return serialize_brief(view), {"Location": url_for("comparisons.get_comparison", comparison_id=view.record.id)}


@blueprint.route("/comparisons", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_schema(schemas.ComparisonAnswer))
def list_comparisons(query: dict[str, Any]) -> dict[str, Any]:
    """List the comparisons, each with its best model."""
    after = decode_page_token(query["page_token"])
    page = current_service().comparisons.page(current_user().id, query["page_size"], after)
    return page_response(page, serialize_brief)


@blueprint.route("/comparisons/<comparison_id>", methods=["GET"])
@blueprint.response(200, schemas.ComparisonAnswer)
def get_comparison(comparison_id: str) -> dict[str, Any]:
    """Return a comparison and all that it has found."""
    comparisons = current_service().comparisons
    view = comparisons.get(current_user().id, comparison_id)
    brief, found = serialize_brief(view), comparisons.content(view)
    if found is None:
        return brief
    named = {each["id"]: each for each in brief["models"]}
    return {**brief, **found, "models": [{**named[each["id"]], **each} for each in found["models"]]}


@blueprint.route("/comparisons/<comparison_id>/report", methods=["GET"])
def get_comparison_report(comparison_id: str) -> Response:
    """Return the comparison as an HTML page that works offline."""
    service = current_service()
    view = service.comparisons.get(current_user().id, comparison_id)
    filename = safe_filename(view.record.name or f"comparison-{view.record.id}", ".html")
    return send_report(service.ports.blobs, service.comparisons.report(view), filename)


@blueprint.route("/comparisons/<comparison_id>", methods=["DELETE"])
@blueprint.response(204)
def delete_comparison(comparison_id: str) -> None:
    """Delete a comparison; a worker that is at it gives it up."""
    service, user_id = current_service(), current_user().id
    service.comparisons.delete(user_id, comparison_id)
    service.activity.record(user_id, "comparison.deleted", f"comparison/{comparison_id}")


@blueprint.route("/compare", methods=["GET"])
@blueprint.arguments(schemas.CompareQuery, location="query")
@blueprint.response(200, schemas.SideBySideAnswer)
def compare_models(query: dict[str, Any]) -> dict[str, Any]:
    """Lay models side by side: their jobs, data, parameters, scores and importances, differences marked.

    Nothing is measured anew: `POST /comparisons` does that.
    """
    service, user_id = current_service(), current_user().id
    models = [service.models.get(user_id, id) for id in query["model"]]
    jobs = [service.jobs.find(user_id, model.job_id) if model.job_id else None for model in models]
    datasets = [service.datasets.find(user_id, model.dataset_id) if model.dataset_id else None for model in models]
    return side_by_side(models, jobs, datasets, only_differences=query["only_differences"])


def serialize_brief(view: ComparisonView) -> dict[str, Any]:
    """Return the comparison as lists show it."""
    record, task_state = view.record, view.task_state
    made = task_state.result or {}
    return {
        "id": record.id,
        "name": record.name or None,
        "dataset_id": record.dataset_id,
        "state": task_state.state,
        "created_at": record.created_at,
        "started_at": task_state.started_at,
        "finished_at": task_state.finished_at,
        "error": task_state.error,
        "models": [
            {"id": each["model_id"], "endpoint": each["endpoint"], "version": each["version"]} for each in record.models
        ],
        "rows": made.get("rows"),
        "metric": made.get("metric", record.metric),
        "best": made.get("best"),
        "title": made.get("title"),
    }
