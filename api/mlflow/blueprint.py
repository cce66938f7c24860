"""The blueprint of all MLflow routes. They are MLflow's to define: they stand in its reference, not in our OpenAPI."""

from __future__ import annotations

from flask import Blueprint

PREFIX = "/mlflow"
API = "/api/2.0/mlflow"

blueprint = Blueprint("mlflow", __name__, url_prefix=PREFIX)
