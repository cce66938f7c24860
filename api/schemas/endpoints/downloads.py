"""Queries of downloads of endpoints' versions."""

from __future__ import annotations

from marshmallow import fields
from marshmallow.validate import OneOf

from api.schemas.base import Query


class VersionDownloadQuery(Query):
    """The form of the download."""

    format = fields.String(
        load_default="nb",
        validate=OneOf(["nb", "bundle", "onnx", "mlflow"]),
        metadata={"description": "The model file (`bundle` is its other name), ONNX, or MLflow's model directory."},
    )
