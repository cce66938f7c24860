"""Runs of pipelines over HTTP: started by a person, looked at, approved, rejected, cancelled."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from api.context import current_service, current_user, deciding
from api.http.blueprint import Blueprint
from api.http.numbers import read_number
from api.http.pagination import decode_page_token, page_response
from api.schemas.base import PageQuery, page_schema
from api.schemas.pipelines import runs as schemas
from core.domain.pipelines import Run
from core.errors import Unavailable
from core.pipelines.triggers.manual_trigger import manual_trigger

blueprint = Blueprint("pipeline_runs", __name__, description="Runs of pipelines.")


@blueprint.route("/pipelines/<pipeline_id>/runs", methods=["POST"])
@blueprint.arguments(schemas.RunBody, required=False)
@blueprint.response(202, schemas.RunAnswer)
def start_run(body: dict[str, Any], pipeline_id: str) -> Any:
    """Run the pipeline now. Sent again under one `Idempotency-Key`, it is one run."""
    service, user_id = current_service(), current_user().id
    trigger = manual_trigger(deciding(body.pop("why")), body, request.headers.get("Idempotency-Key"))
    run = service.runs.create(user_id, pipeline_id, trigger)
    if not run.number:
        raise Unavailable("the run was made, and has no number yet")
    _record(run, "started")
    location = url_for("pipeline_runs.get_run", pipeline_id=pipeline_id, number=run.number)
    return serialize(run), {"Location": location}


@blueprint.route("/pipelines/<pipeline_id>/runs", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_schema(schemas.RunAnswer))
def list_runs(query: dict[str, Any], pipeline_id: str) -> dict[str, Any]:
    """List the runs of a pipeline, newest first. The newest 1,000 are kept."""
    after = decode_page_token(query["page_token"])
    page = current_service().runs.page(current_user().id, pipeline_id, query["page_size"], after)
    return page_response(page, serialize)


@blueprint.route("/pipelines/<pipeline_id>/runs/<number>", methods=["GET"])
@blueprint.response(200, schemas.RunAnswer)
def get_run(pipeline_id: str, number: str) -> dict[str, Any]:
    """Return a run: what started it, each step with its figures and its why, and how it ended."""
    return serialize(current_service().runs.get(current_user().id, pipeline_id, read_number("run", number)))


@blueprint.route("/pipelines/<pipeline_id>/runs/<number>/approve", methods=["POST"])
@blueprint.arguments(schemas.RunAnswerBody, required=False)
@blueprint.response(202, schemas.RunAnswer)
def approve_run(body: dict[str, Any], pipeline_id: str, number: str) -> dict[str, Any]:
    """Have the version of a run that asks promoted; 412 if another champion is served by now."""
    decision, n = deciding(body["why"]), read_number("run", number)
    run = current_service().runs.approve(current_user().id, pipeline_id, n, decision.by, decision.why)
    _record(run, "approve")
    return serialize(run)


@blueprint.route("/pipelines/<pipeline_id>/runs/<number>/reject", methods=["POST"])
@blueprint.arguments(schemas.RunAnswerBody, required=False)
@blueprint.response(202, schemas.RunAnswer)
def reject_run(body: dict[str, Any], pipeline_id: str, number: str) -> dict[str, Any]:
    """End a run that asks; its version stays registered, and is not promoted."""
    decision, n = deciding(body["why"]), read_number("run", number)
    run = current_service().runs.reject(current_user().id, pipeline_id, n, decision.by, decision.why)
    _record(run, "reject")
    return serialize(run)


@blueprint.route("/pipelines/<pipeline_id>/runs/<number>/cancel", methods=["POST"])
@blueprint.arguments(schemas.RunAnswerBody, required=False)
@blueprint.response(202, schemas.RunAnswer)
def cancel_run(body: dict[str, Any], pipeline_id: str, number: str) -> dict[str, Any]:
    """End a run with what it waits for, such as its job."""
    decision, n = deciding(body["why"]), read_number("run", number)
    run = current_service().runs.cancel(current_user().id, pipeline_id, n, decision.by, decision.why)
    _record(run, "cancel")
    return serialize(run)


def serialize_brief(run: Run) -> dict[str, Any]:
    """Return a run in short."""
    return {
        "number": run.number,
        "pipeline_id": run.pipeline_id,
        "state": run.state,
        "why": run.why,
        "created_at": run.created_at,
        "ended_at": run.ended_at,
    }


def serialize(run: Run) -> dict[str, Any]:
    """Return a run as its owner sees it."""
    return {
        **serialize_brief(run),
        "id": run.id,
        "endpoint": run.settings["endpoint"],
        "trigger": run.trigger,
        "steps": run.steps,
        **{name: run.facts.get(name) for name in ("dataset_id", "job_id", "model_id", "version", "champion", "gate")},
        "waits_since": run.waits_since,
        "decision": run.decision,
        "cancelled": run.cancel,
        "error": run.error,
    }


def _record(run: Run, action: str) -> None:
    current_service().activity.record(
        run.user_id, f"run.{action}", f"run/{run.ref}", run.settings["name"], once=f"run/{run.id}/{action}"
    )
