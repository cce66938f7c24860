"""Predictions of an endpoint over HTTP: like those of a model, by the version that its traffic asks for."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from flask import Response, current_app, request

from api.context import current_user
from api.http.blueprint import Blueprint, json_body
from api.http.bodies.instances import columns_of, ignored_columns, row_keys, rows_without
from api.http.bodies.uploads import BODY_DOCS, CSV, MULTIPART
from api.middleware.auth import predicts
from api.routes.models.predict import check_count_to_explain, unsupported_media_type
from api.schemas.predict import EndpointPredictAnswer, EndpointPredictBody, EndpointPredictQuery
from api.serving.rows import Rows
from api.serving.serving import Serving, current_serving
from api.serving.table_completion import hooks_of
from api.serving.table_predictions import TableOptions, predict_upload
from api.serving.versions.served_version import ServedVersion, tell_version

blueprint = Blueprint("endpoint_predict", __name__, description="Online predictions of endpoints.")

_BODY = EndpointPredictBody()
DOCS = {
    "requestBody": {
        **BODY_DOCS,
        "content": {"application/json": {"schema": EndpointPredictBody}, **BODY_DOCS["content"]},
    },
    "responses": {
        "200": {
            "content": {"application/json": {"schema": EndpointPredictAnswer}, CSV: {"schema": {"type": "string"}}}
        },
    },
}


@blueprint.route("/endpoints/<name>/predict", methods=["POST"])
@blueprint.doc(**DOCS)
@blueprint.arguments(EndpointPredictQuery, location="query")
@predicts
def predict(query: dict[str, Any], name: str) -> Response:
    """Predict rows by the version that the traffic of the endpoint asks for: JSON in, JSON out; or CSV in, CSV out.

    As for a model. The answer says which version has answered, and has an id for each row: `prediction_ids`, of a CSV
    the column `prediction_id`. A CSV is answered by one version.
    """
    serving = current_serving()
    served = serving.locate(current_user().id, name, query.get("version"))
    if request.mimetype == "application/json":
        return _predict_json(serving, served)
    if request.mimetype in (CSV, MULTIPART):
        return _predict_csv(serving, served, TableOptions.of_query(query))
    raise unsupported_media_type()


def _predict_json(serving: Serving, served: ServedVersion) -> Response:
    body = json_body(_BODY)
    instances = body["instances"]
    columns, extra = columns_of(instances, serving.columns_read(served))
    n = len(instances)
    keys = row_keys(body["key"], body["keys"], n)
    if body["explain"]:
        check_count_to_explain(instances)
    rows = Rows(columns, n, keys, lacks=partial(rows_without, instances))
    predicted = serving.predict(served, rows, strict=body["strict"])
    answer = predicted.to_json(probabilities=body["probabilities"])
    if body["explain"]:
        answer |= serving.explain(predicted)
    if extra:
        answer["warnings"] = [*answer.get("warnings", ()), *ignored_columns(extra, n)]
    return cast(Response, current_app.json.response(answer))


def _predict_csv(serving: Serving, served: ServedVersion, options: TableOptions) -> Response:
    served, ids = serving.draw(served)
    answer = predict_upload(
        served.record, lambda _: serving.model_of(served), options, partial(hooks_of, serving, served, ids)
    )
    return tell_version(answer, served)
