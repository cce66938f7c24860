"""Predictions of a model over HTTP: a few rows as JSON, or a whole table as CSV, streamed out."""

from __future__ import annotations

from collections.abc import Sized
from typing import Any, cast

from flask import Response, current_app, request

from api.context import current_service, current_user
from api.http.blueprint import Blueprint, json_body
from api.http.bodies.instances import columns_of, ignored_columns
from api.http.bodies.uploads import BODY_DOCS, CSV, MULTIPART
from api.middleware.auth import predicts
from api.schemas.decisions import DecisionCurveAnswer, DecisionQuery
from api.schemas.predict import MAX_EXPLAINED, PredictAnswer, PredictBody, PredictCsvQuery
from api.serving.row_predictions import answer_of, explain_rows, predict_rows, read_cells, warnings_of
from api.serving.serving import current_serving
from api.serving.table_predictions import TableOptions, predict_upload
from core.domain.records import Model
from core.errors import Invalid, Unsupported
from core.models.decision_rules import GAINS
from core.models.stored_predictions import check_features
from core.models.uploaded_models import check_explainable

BODY = PredictBody()
"""Made once: making a schema costs more than reading a row with it."""

blueprint = Blueprint("predict", __name__, description="Online predictions.")


DOCS = {
    "requestBody": {
        **BODY_DOCS,
        "content": {"application/json": {"schema": PredictBody}, **BODY_DOCS["content"]},
    },
    "responses": {
        "200": {"content": {"application/json": {"schema": PredictAnswer}, CSV: {"schema": {"type": "string"}}}},
    },
}


@blueprint.route("/models/<model_id>/predict", methods=["POST"])
@blueprint.doc(**DOCS)
@blueprint.arguments(PredictCsvQuery, location="query")
@predicts
def predict(query: dict[str, Any], model_id: str) -> Response:
    """Predict rows: JSON in, JSON out; or CSV in, and out come the same rows with columns added.

    These are `prediction`, `probability_<class>` and `prediction_warnings`.
    """
    record = current_service().models.remembered.get((current_user().id, model_id))
    if request.mimetype == "application/json":
        return _predict_json(record)
    if request.mimetype in (CSV, MULTIPART):
        return predict_upload(record, current_serving().models.servable, TableOptions.of_query(query))
    raise unsupported_media_type()


@blueprint.route("/models/<model_id>/decision", methods=["GET"])
@blueprint.arguments(DecisionQuery, location="query")
@blueprint.response(200, DecisionCurveAnswer)
def get_decision(query: dict[str, Any], model_id: str) -> dict[str, Any]:
    """Return what each threshold of a binary model earns on rows that it had not seen, by what answers are worth."""
    record = current_service().models.get(current_user().id, model_id)
    gains = {name: query[name] for name in GAINS if name in query}
    return current_serving().decisions.curve(record, gains or None, query.get("positive"))


def unsupported_media_type() -> Unsupported:
    """Make the error of a body that is neither JSON nor a table."""
    sent = repr(request.mimetype[:100]) if request.mimetype else "none"
    return Unsupported("UNSUPPORTED_MEDIA_TYPE", f"Send Content-Type: application/json or {CSV}, not {sent}.")


def check_count_to_explain(instances: Sized) -> None:
    """Raise Invalid if these are too many to explain."""
    if len(instances) > MAX_EXPLAINED:
        raise Invalid(
            "TOO_MANY_TO_EXPLAIN", f"At most {MAX_EXPLAINED} rows can be explained at once, not {len(instances):,}.",
            [{"field": "explain", "detail": "too many instances", "hint": "send fewer rows, or explain: false"}],
        )  # fmt: skip


def _predict_json(record: Model) -> Response:
    body = json_body(BODY)
    instances = body["instances"]
    columns, extra = columns_of(instances, [feature["name"] for feature in record.summary["features"]])
    if body["explain"]:
        check_count_to_explain(instances)
        check_explainable(record)
    check_features(record, columns)
    models = current_serving().models
    cells = read_cells(record, columns, len(instances))
    # Shares of a prediction add up to it: one that is explained is the engine's as well.
    predicted = predict_rows(models.engine(record) if body["explain"] else models.servable(record), cells)
    warnings = [*warnings_of(predicted.flagged, strict=body["strict"]), *ignored_columns(extra, len(instances))]
    answer = answer_of(predicted, warnings)
    if body["explain"]:
        answer |= explain_rows(models.engine(record), cells)
    return cast(Response, current_app.json.response(answer))
