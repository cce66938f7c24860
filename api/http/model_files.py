"""Files of models as responses, in each format that they can be had in."""

from __future__ import annotations

from flask import Response

from api.context import current_service
from api.http.downloads import send_blob
from api.http.threshold_header import tell_threshold
from api.schemas.names import safe_filename
from core.domain.records import UPLOADED, Model
from core.errors import Invalid
from core.models.exports import MLFLOW, ONNX

BUNDLE = "bundle"
ENDINGS = {BUNDLE: ".nb", ONNX: ".onnx", MLFLOW: ".zip"}
FORMATS = {BUNDLE: BUNDLE, "nb": BUNDLE, ONNX: ONNX, MLFLOW: MLFLOW}
"""What a caller may write, and what it means."""


def send_model_file(model: Model, name: str, written_format: str, member: str | None = None) -> Response:
    """Send a model, or one member of its ensemble as ONNX, under a name. It answers by the record's decision rule.

    Raises:
        Invalid: a member is wanted in a format that holds the whole ensemble.
        Conflict: the model cannot be expressed in the format.
        Unavailable: no worker has written the file in time.
    """
    service, wanted = current_service(), FORMATS[written_format]
    if member is not None and wanted != ONNX:
        raise Invalid(
            "VALIDATION_FAILED", "`model` requires format=onnx: other files hold the whole ensemble.",
            [{"field": "model", "detail": "only with format=onnx"}],
        )  # fmt: skip
    if wanted == ONNX:
        blob = service.exports.onnx(model, member)
    elif wanted == MLFLOW:
        blob = service.exports.mlflow(model)
    else:
        blob = service.models.bundle(model)
        if model.decision is not None:
            blob = service.exports.bundle(model)
    mimetype = "application/zip" if wanted == MLFLOW else "application/octet-stream"
    answer = send_blob(service.ports.blobs, blob, safe_filename(name, ENDINGS[wanted]), mimetype)
    if model.origin != UPLOADED:  # That one's file is its user's own.
        tell_threshold(answer, model)
    return answer
