"""All MLflow routes, registered with an app."""

from __future__ import annotations

from flask import Flask

from api.mlflow import artifacts, other_calls, registry, tracking
from api.mlflow.blueprint import blueprint
from api.mlflow.problems import register_mlflow_problems

MODULES = (tracking, registry, artifacts, other_calls)
"""Modules that add their views to the blueprint."""


def register_mlflow(app: Flask) -> None:
    """Register the blueprint, to which each module has added its views, and the members of errors."""
    register_mlflow_problems(app)
    app.register_blueprint(blueprint)
