"""Stored predictions over HTTP: whole datasets, predicted in the background.

Each has a path of its own, and one below its model.
"""

from __future__ import annotations

from typing import Any

from flask import Response, url_for

from api.context import current_service, current_user
from api.http.blueprint import Blueprint
from api.http.csv_injection import escape_formulas
from api.http.downloads import send_blob
from api.http.pagination import decode_page_token, page_response
from api.schemas import models as schemas
from api.schemas.base import PageQuery, page_schema
from api.schemas.predict import SpreadsheetQuery
from core.models.stored_predictions import PredictionView

blueprint = Blueprint("predictions", __name__, description="Stored predictions of whole datasets.")


@blueprint.route("/models/<model_id>/predictions", methods=["POST"])
@blueprint.arguments(schemas.PredictionBody)
@blueprint.response(202, schemas.PredictionAnswer)
def submit_prediction(body: dict[str, Any], model_id: str) -> Any:
    """Predict a dataset in the background. The CSV is stored until it is deleted."""
    service, user_id = current_service(), current_user().id
    view = service.predictions.submit(user_id, model_id, body["dataset_id"], strict=body["strict"])
    id = view.prediction.id
    service.activity.record(user_id, "prediction.created", f"prediction/{id}", f"model/{model_id}")
    return serialize(view), {"Location": url_for("predictions.get_prediction", prediction_id=id)}


@blueprint.route("/models/<model_id>/predictions", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_schema(schemas.PredictionAnswer))
def list_predictions(query: dict[str, Any], model_id: str) -> dict[str, Any]:
    """List the stored predictions of a model."""
    service, user_id = current_service(), current_user().id
    model = service.models.get(user_id, model_id)
    page = service.predictions.page(user_id, model.id, query["page_size"], decode_page_token(query["page_token"]))
    return page_response(page, serialize)


@blueprint.route("/predictions/<prediction_id>", methods=["GET"])
@blueprint.route("/models/<model_id>/predictions/<prediction_id>", methods=["GET"], endpoint="get_of_model")
@blueprint.response(200, schemas.PredictionAnswer)
def get_prediction(prediction_id: str, model_id: str | None = None) -> dict[str, Any]:
    """Return stored predictions and their state."""
    return serialize(current_service().predictions.get(current_user().id, prediction_id, model_id))


@blueprint.route("/predictions/<prediction_id>/content", methods=["GET"])
@blueprint.route(
    "/models/<model_id>/predictions/<prediction_id>/content", methods=["GET"], endpoint="download_of_model"
)
@blueprint.arguments(SpreadsheetQuery, location="query")
def download_prediction(query: dict[str, Any], prediction_id: str, model_id: str | None = None) -> Response:
    """Return the dataset's rows with the prediction columns added, as CSV."""
    service = current_service()
    view = service.predictions.get(current_user().id, prediction_id, model_id)
    blob = service.predictions.blob(view)
    filename = f"predictions-{prediction_id}.csv"
    if not query["spreadsheet"]:
        return send_blob(service.ports.blobs, blob, filename, "text/csv")
    chunks = escape_formulas(service.ports.blobs.read(blob.name), service.predictions.delimiter(view))
    answer = Response(chunks, mimetype="text/csv")
    answer.headers.set("Content-Disposition", "attachment", filename=filename)
    return answer


@blueprint.route("/predictions/<prediction_id>", methods=["DELETE"])
@blueprint.route("/models/<model_id>/predictions/<prediction_id>", methods=["DELETE"], endpoint="delete_of_model")
@blueprint.response(204)
def delete_prediction(prediction_id: str, model_id: str | None = None) -> None:
    """Delete stored predictions."""
    service, user_id = current_service(), current_user().id
    service.eraser.prediction(user_id, prediction_id, model_id)
    service.activity.record(user_id, "prediction.deleted", f"prediction/{prediction_id}")


def serialize(view: PredictionView) -> dict[str, Any]:
    """Return the predictions as their owner sees them."""
    prediction, task_state = view.prediction, view.task_state
    made = task_state.result or {}
    return {
        "id": prediction.id,
        "model_id": prediction.model_id,
        "dataset_id": prediction.dataset_id,
        "state": task_state.state,
        "rows": made.get("rows"),
        "size_bytes": made.get("size_bytes"),
        "sha256": made.get("sha256"),
        "created_at": prediction.created_at,
        "started_at": task_state.started_at,
        "finished_at": task_state.finished_at,
        "warnings": made.get("warnings", []),
        "error": task_state.error,
    }
