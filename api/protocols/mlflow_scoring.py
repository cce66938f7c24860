"""MLflow's scoring server, below /serving/NAME: what `mlflow models serve` answers, answered by an endpoint."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, cast

from flask import Response, current_app, request

from api.context import current_service
from api.http.blueprint import Blueprint
from api.http.bodies.packed_bodies import read_body
from api.middleware.auth import predicts
from api.protocols.answers import locate, predict_columns
from api.protocols.csv_rows import columns_of_csv
from api.protocols.parquet_conversion import parquet_to_csv
from api.protocols.tabular_bodies import Columns, columns_of_body, read_params
from api.serving.versions.served_version import tell_version
from core.domain.records import Json, Model
from core.errors import Unsupported
from core.strict_json import parse_json
from csvfile.dialect import Dialect

MLFLOW_VERSION = "3.17.2"
"""The version of MLflow whose protocol this is."""

JSON, CSV, PARQUET = "application/json", "text/csv", "application/vnd.apache.parquet"
PARAMS: dict[str, type] = {"probabilities": bool, "prediction_ids": bool, "key": str, "strict": bool}

blueprint = Blueprint("mlflow_scoring", __name__, description="MLflow's scoring server.")

BODY = {"type": "string", "format": "binary"}
DOCS = {
    "requestBody": {"content": {JSON: {"schema": {"type": "object"}}, CSV: {"schema": BODY}, PARQUET: {"schema": BODY}}}
}


@blueprint.route("/serving/<name>/ping", methods=["GET"])
@blueprint.route("/serving/<name>/health", endpoint="get_health", methods=["GET"])
@blueprint.route("/serving/<name>/versions/<version>/ping", endpoint="ping_version", methods=["GET"])
@blueprint.route("/serving/<name>/versions/<version>/health", endpoint="get_health_of_version", methods=["GET"])
def ping(name: str, version: str | None = None) -> Response:
    """Tell that the endpoint, or a version of it, can be asked."""
    return tell_version(Response("\n", mimetype=JSON), locate(name, version))


@blueprint.route("/serving/<name>/version", methods=["GET"])
@blueprint.route("/serving/<name>/versions/<version>/version", endpoint="get_protocol_of_version", methods=["GET"])
def get_protocol(name: str, version: str | None = None) -> Response:
    """Return the version of MLflow whose protocol this is."""
    return tell_version(Response(MLFLOW_VERSION, mimetype="text/plain"), locate(name, version))


@blueprint.route("/serving/<name>/invocations", methods=["POST"])
@blueprint.route("/serving/<name>/versions/<version>/invocations", endpoint="invoke_version", methods=["POST"])
@blueprint.doc(**DOCS)
@predicts
def invoke(name: str, version: str | None = None) -> Response:
    """Predict rows: JSON (`dataframe_split`, `dataframe_records`, `instances` or `inputs`), CSV or Parquet."""
    served = locate(name, version)
    if request.mimetype not in (JSON, CSV, PARQUET):
        sent = repr(request.mimetype[:100]) if request.mimetype else "none"
        raise Unsupported("UNSUPPORTED_MEDIA_TYPE", f"Send Content-Type: {JSON}, {CSV} or {PARQUET}, not {sent}.")
    settings = current_service().settings
    body = read_body(request, settings.max_body_bytes)
    document = parse_json(body, allow_nan=True) if request.mimetype == JSON else {}
    params = read_params(document, PARAMS) if isinstance(document, dict) else {}
    columns, n = _rows(body, document, served.record, settings.max_columns)
    predicted, warnings = predict_columns(served, columns, n, key=params.get("key"), strict=bool(params.get("strict")))
    answer: Json = {"predictions": predicted.predictions}
    if params.get("probabilities") and predicted.labels:
        answer["predictions"] = [dict(zip(predicted.labels, row, strict=True)) for row in predicted.raw.tolist()]
    if params.get("prediction_ids"):
        answer["prediction_ids"] = predicted.prediction_ids
    if warnings:
        answer["warnings"] = warnings
    return tell_version(cast(Response, current_app.json.response(answer)), predicted.served)


def _rows(body: bytes, document: Any, record: Model, max_columns: int) -> Columns:
    if request.mimetype == JSON:
        return columns_of_body(document, [feature["name"] for feature in record.summary["features"]])
    if request.mimetype == CSV:
        return columns_of_csv(body, record, max_columns)
    return columns_of_csv(parquet_to_csv(body, max_columns), record, max_columns, asdict(Dialect()))
