"""The Open Inference Protocol, version 2, at /v2: what Triton's, KServe's and MLServer's clients speak."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from flask import Response, request

from api.context import current_service, current_user
from api.http.blueprint import Blueprint
from api.http.bodies.packed_bodies import pack_answer, read_body
from api.middleware.auth import predicts, public
from api.protocols.answers import locate, predict_columns
from api.serving.lookups import lookup_keys
from api.serving.versions.served_version import tell_version
from core.domain.endpoints import CHAMPION
from core.domain.ids import new_id
from core.domain.records import Json
from core.errors import Conflict

if TYPE_CHECKING:
    from api.protocols.open_inference_tensors import OutputTensor
    from api.serving.versions.served_version import Predicted

SERVER_NAME = "nobrains"
EXTENSIONS = ["binary_tensor_data", "parameters"]

blueprint = Blueprint("open_inference", __name__, description="The Open Inference Protocol, version 2.")

BODY = {"type": "string", "format": "binary"}
DOCS = {
    "requestBody": {
        "content": {"application/json": {"schema": {"type": "object"}}, "application/octet-stream": {"schema": BODY}}
    }
}


@blueprint.route("/v2", methods=["GET"])
@blueprint.route("/v2/", endpoint="get_server_by_slash", methods=["GET"])
@blueprint.doc(security=[{}])
@public
def get_server() -> dict[str, Any]:
    """Return the server's metadata."""
    return {"name": SERVER_NAME, "version": "1", "extensions": EXTENSIONS}


@blueprint.route("/v2/health/live", methods=["GET"])
@blueprint.doc(security=[{}])
@public
def is_live() -> dict[str, Any]:
    """Tell that the server is up."""
    return {"live": True}


@blueprint.route("/v2/health/ready", methods=["GET"])
@blueprint.doc(security=[{}])
@public
def is_ready() -> dict[str, Any]:
    """Tell that the server answers; /readyz looks at what is behind it."""
    return {"ready": True}


@blueprint.route("/v2/models", methods=["GET"])
def list_models() -> dict[str, Any]:
    """List the names of the endpoints."""
    return {"models": endpoint_names()}


@blueprint.route("/v2/models/<name>", methods=["GET"])
@blueprint.route("/v2/models/<name>/versions/<version>", endpoint="get_model_version", methods=["GET"])
def get_model(name: str, version: str | None = None) -> dict[str, Any]:
    """Return the inputs and outputs of an endpoint, or of a version of it."""
    from api.protocols.open_inference_messages import describe_model

    served = locate(name, version)
    oldest_first = sorted(version.version for version in current_service().versions.all_of(served.endpoint))
    return describe_model(name, oldest_first, served.record.summary, lookup_keys(served.endpoint))


@blueprint.route("/v2/models/<name>/ready", methods=["GET"])
@blueprint.route("/v2/models/<name>/versions/<version>/ready", endpoint="is_version_ready", methods=["GET"])
def is_model_ready(name: str, version: str | None = None) -> dict[str, Any]:
    """Tell that an endpoint, or a version of it, can be asked."""
    locate(name, version)
    return {"name": name, "ready": True}


@blueprint.route("/v2/models/<name>/infer", methods=["POST"])
@blueprint.route("/v2/models/<name>/versions/<version>/infer", endpoint="infer_with_version", methods=["POST"])
@blueprint.doc(**DOCS)
@predicts
def infer(name: str, version: str | None = None) -> Response:
    """Predict the rows of tensors, one a column."""
    from api.protocols.open_inference_messages import (
        HEADER_LENGTH,
        choose_outputs,
        columns_of_tensors,
        parse_infer_request,
        render_answer,
    )

    served = locate(name, version)
    body = read_body(request, current_service().settings.max_body_bytes)
    infer_request = parse_infer_request(body, request.headers.get(HEADER_LENGTH))
    features, keys = served.record.summary["features"], lookup_keys(served.endpoint)
    columns, n = columns_of_tensors(infer_request.tensors, features, keys)
    predicted, warnings = predict_columns(served, columns, n, key=infer_request.key, strict=infer_request.strict)
    served = predicted.served
    head: Json = {"model_name": name, "model_version": str(served.version), "id": infer_request.id or new_id()}
    if warnings:  # A parameter is a plain value.
        head["parameters"] = {"warnings": orjson.dumps(warnings).decode()}
    content, header_length = render_answer(head, choose_outputs(_outputs(predicted, n), infer_request))
    response = Response(content, mimetype="application/json")
    if header_length is not None:
        response.mimetype = "application/octet-stream"
        response.headers[HEADER_LENGTH] = str(header_length)
    return tell_version(pack_answer(response, request), served)


def _outputs(predicted: Predicted, n: int) -> list[OutputTensor]:
    from api.protocols import open_inference_messages as messages
    from api.protocols.open_inference_tensors import OutputTensor

    text, number = {"content_type": "str"}, {"content_type": "np"}
    if predicted.labels:
        shape = (n, len(predicted.labels))
        outputs = [
            OutputTensor(messages.LABEL, (n,), predicted.predictions, text),
            OutputTensor(messages.PROBABILITIES, shape, predicted.raw, {**number, "labels": predicted.labels}),
        ]
    else:
        outputs = [OutputTensor(messages.PREDICTION, (n,), predicted.raw, number)]
    return [*outputs, OutputTensor(messages.PREDICTION_ID, (n,), predicted.prediction_ids, text)]


@blueprint.route("/v2/repository/index", methods=["POST"])
def list_repository() -> Response:
    """List the endpoints with the version that is their champion."""
    entries = []
    for endpoint in current_service().endpoints.all_of(current_user().id):
        champion = endpoint.aliases.get(CHAMPION)
        state = {"state": "READY", "reason": ""} if champion else {"state": "UNAVAILABLE", "reason": "no champion"}
        entries.append({"name": endpoint.name, "version": str(champion or ""), **state})
    return Response(orjson.dumps(entries), mimetype="application/json")


@blueprint.route("/v2/repository/models/<name>/load", endpoint="load_model", methods=["POST"])
@blueprint.route("/v2/repository/models/<name>/unload", endpoint="unload_model", methods=["POST"])
def move_model(name: str) -> Response:
    """Refuse: versions are moved by aliases."""
    current_service().endpoints.get(current_user().id, name)
    path = f"/api/v1/endpoints/{name}/aliases/{CHAMPION}"
    raise Conflict("USE_ALIASES", f"Models are loaded when they are asked. Set what answers by PUT {path}.")


def endpoint_names() -> list[str]:
    """Return the names of the caller's endpoints."""
    return [endpoint.name for endpoint in current_service().endpoints.all_of(current_user().id)]
