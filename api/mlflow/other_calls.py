"""Calls of MLflow's clients that have no equal here: what they find out about the server, and what they would write."""

from __future__ import annotations

from typing import Any, NoReturn

from flask import request
from werkzeug.exceptions import NotFound
from werkzeug.exceptions import NotImplemented as NotImplementedHere

from api.mlflow.blueprint import API, blueprint

API_3 = "/api/3.0/mlflow"
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
UNKNOWN_VIEWS = ("refuse_call", "refuse_call_3", "refuse_call_for_artifacts")
SENTENCES = {
    "registered-models": "A registered model is an endpoint: use POST, PATCH and DELETE /api/v1/endpoints, or move an"
    " alias of it.",
    "model-versions": "A version is a trained model of an endpoint: use POST /api/v1/endpoints/NAME/versions with its"
    " model_id. Instead of stages there are aliases.",
}
RUNS_SENTENCE = (
    "Runs are trainings of this service: use POST /api/v1/jobs to start one. To log runs of your own, set the tracking"
    " URI to a tracking server of your own."
)


@blueprint.route(f"{API_3}/server-info", methods=["GET"])
def get_server_info() -> dict[str, Any]:
    """Tell what this server has of what newer clients look for: nothing of it."""
    return {
        "store_type": "SqlStore",
        "workspaces_enabled": False,
        "trace_archival_enabled": False,
        "multipart_uploads_enabled": False,
        "multipart_downloads_enabled": False,
    }


@blueprint.route(f"{API}/logged-models/search", methods=["POST"])
def search_logged_models() -> dict[str, Any]:
    """Return no logged models: models are those of the runs."""
    return {}


@blueprint.route(f"{API}/<path:call>", methods=METHODS, endpoint=UNKNOWN_VIEWS[0])
@blueprint.route(f"{API_3}/<path:call>", methods=METHODS, endpoint=UNKNOWN_VIEWS[1])
@blueprint.route("/api/2.0/mlflow-artifacts/<path:call>", methods=METHODS, endpoint=UNKNOWN_VIEWS[2])
def refuse_call(call: str) -> NoReturn:
    """Refuse what only a tracking server of one's own can do, with the sentence that says what to use."""
    if request.method == "GET":
        raise NotFound()
    raise NotImplementedHere(SENTENCES.get(call.split("/")[0], RUNS_SENTENCE))
