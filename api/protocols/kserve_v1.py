"""KServe's first protocol, which is TF Serving's: rows of JSON in, predictions out."""

from __future__ import annotations

from typing import Any, cast

from flask import Response, current_app, request

from api.context import current_service
from api.http.blueprint import Blueprint
from api.http.bodies.packed_bodies import read_body
from api.middleware.auth import predicts
from api.protocols.answers import locate, predict_columns
from api.protocols.open_inference import endpoint_names
from api.protocols.tabular_bodies import columns_of_body
from api.serving.versions.served_version import tell_version
from core.strict_json import parse_json

FORMS = ("instances", "inputs")

blueprint = Blueprint("kserve_v1", __name__, description="KServe's protocol, version 1, which is TF Serving's.")

DOCS = {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}}


@blueprint.route("/v1/models", methods=["GET"])
def list_models() -> dict[str, Any]:
    """List the names of the endpoints."""
    return {"models": endpoint_names()}


@blueprint.route("/v1/models/<name>", methods=["GET"])
def get_model(name: str) -> dict[str, Any]:
    """Tell that an endpoint is there and has a champion."""
    locate(name)
    return {"name": name, "ready": True}


@blueprint.route("/v1/models/<name>:predict", methods=["POST"])
@blueprint.doc(**DOCS)
@predicts
def predict(name: str) -> Response:
    """Predict `{"instances": [{column: value}]}`: labels, or numbers."""
    served = locate(name)
    document = parse_json(read_body(request, current_service().settings.max_body_bytes), allow_nan=True)
    columns, n = columns_of_body(document, [each["name"] for each in served.record.summary["features"]], FORMS)
    predicted, warnings = predict_columns(served, columns, n)
    answer = {"predictions": predicted.predictions, **({"warnings": warnings} if warnings else {})}
    return tell_version(cast(Response, current_app.json.response(answer)), predicted.served)
