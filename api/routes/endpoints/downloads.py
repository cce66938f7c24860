"""The files of an endpoint's versions over HTTP: a device asks for what is champion now, and is told if it has it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Response

from api.context import current_service, current_user
from api.http.blueprint import Blueprint
from api.http.model_files import send_model_file
from api.schemas.endpoints import downloads as schemas
from api.serving.versions.served_version import VERSION_HEADER

blueprint = Blueprint("endpoint_downloads", __name__, description="Files of endpoints' versions.")


@blueprint.route("/endpoints/<name>/versions/<version>/download", methods=["GET"])
@blueprint.arguments(schemas.VersionDownloadQuery, location="query")
def download_version(query: dict[str, Any], name: str, version: str) -> Response:
    """Download a version, given by its number or an alias, as the model file, as ONNX, or as MLflow's model directory.

    The ETag is the file's SHA-256: with `If-None-Match` a device that has the file is answered 304. `X-Model-Version`
    is the version's number.
    """
    service, user_id = current_service(), current_user().id
    endpoint = service.endpoints.get(user_id, name)
    number, _ = service.versions.resolve(endpoint, version)
    found = service.versions.of(endpoint, number)
    model = replace(service.models.get(user_id, found.model_id), decision=found.decision)
    answer = send_model_file(model, f"{name}-{number}", query["format"])
    answer.headers[VERSION_HEADER] = str(number)
    return answer
