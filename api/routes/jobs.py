"""Trainings over HTTP."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from api.context import current_service, current_user
from api.http.blueprint import Blueprint
from api.http.pagination import decode_page_token, page_response
from api.schemas import jobs as schemas
from api.schemas.base import PageQuery, page_schema
from core.domain import states
from core.domain.trainings import Progress
from core.jobs.job_search import search_jobs
from core.jobs.job_views import JobView

blueprint = Blueprint("jobs", __name__, description="Training jobs.")

NO_PROGRESS = Progress(epoch=0)
ECHOED_FIELDS = (
    "parallelism", "seed", "exclude_columns", "models", "positive_class", "group_column", "time_column",
    "max_predict_ms",
)  # fmt: skip
"""Fields of the request that the response repeats, so that it can be submitted again with changes."""


@blueprint.route("/jobs", methods=["POST"])
@blueprint.arguments(schemas.JobBody)
@blueprint.response(202, schemas.JobAnswer)
def submit_job(body: dict[str, Any]) -> Any:
    """Create a training job. It is queued until its dataset is ready and a worker is free.

    With `source_id` in the place of `dataset_id`, the source's newest dataset is used, fetched first where too old.
    """
    service, user_id = current_service(), current_user().id
    return _accepted(service.jobs.submit(user_id, body, request.headers.get("Idempotency-Key")))


@blueprint.route("/jobs", methods=["GET"])
@blueprint.arguments(schemas.JobQuery, location="query")
@blueprint.response(200, page_schema(schemas.JobAnswer))
def list_jobs(query: dict[str, Any]) -> dict[str, Any]:
    """List the jobs, optionally by words, state or dataset."""
    after = decode_page_token(query["page_token"])
    page = search_jobs(
        current_service().jobs, current_user().id, query["page_size"], after,
        search=query["search"], state=query["state"], dataset=query["dataset_id"],
    )  # fmt: skip
    return page_response(page, serialize)


@blueprint.route("/jobs/<job_id>", methods=["GET"])
@blueprint.response(200, schemas.JobAnswer)
def get_job(job_id: str) -> dict[str, Any]:
    """Return a job and its progress."""
    jobs = current_service().jobs
    return serialize(jobs.view(jobs.get(current_user().id, job_id)))


@blueprint.route("/jobs/<job_id>/trials", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, page_schema(schemas.TrialAnswer))
def list_trials(query: dict[str, Any], job_id: str) -> dict[str, Any]:
    """List the trials so far, in the order they were started."""
    jobs = current_service().jobs
    job = jobs.get(current_user().id, job_id)
    return page_response(jobs.trials(job, query["page_size"], decode_page_token(query["page_token"])))


@blueprint.route("/jobs/<job_id>/stop", methods=["POST"])
@blueprint.response(202, schemas.JobAnswer)
def stop_job(job_id: str) -> dict[str, Any]:
    """Stop the search now and keep the best model so far."""
    return _request(job_id, states.STOP)


@blueprint.route("/jobs/<job_id>/cancel", methods=["POST"])
@blueprint.response(202, schemas.JobAnswer)
def cancel_job(job_id: str) -> dict[str, Any]:
    """Cancel the job; no model is kept."""
    return _request(job_id, states.CANCEL)


@blueprint.route("/jobs/<job_id>/retry", methods=["POST"])
@blueprint.response(202, schemas.JobAnswer)
def retry_job(job_id: str) -> Any:
    """Create a new job with the same settings."""
    return _accepted(current_service().jobs.retry(current_user().id, job_id))


@blueprint.route("/jobs/<job_id>", methods=["DELETE"])
@blueprint.response(204)
def delete_job(job_id: str) -> None:
    """Delete a job that has ended. Its model is kept."""
    service, user_id = current_service(), current_user().id
    service.jobs.delete(user_id, job_id)
    service.activity.record(user_id, "job.deleted", f"job/{job_id}")


def _accepted(view: JobView) -> Any:
    job = view.job
    subject = f"job/{job.id}"
    detail = job.spec["name"] or job.spec["target"]
    current_service().activity.record(job.user_id, "job.created", subject, detail, once=f"created#{subject}")
    return serialize(view), {"Location": url_for("jobs.get_job", job_id=job.id)}


def _request(job_id: str, stop_request: str) -> dict[str, Any]:
    service, user_id = current_service(), current_user().id
    view = service.jobs.request_stop(user_id, job_id, stop_request)
    service.activity.record(user_id, f"job.{stop_request}", f"job/{job_id}")
    return serialize(view)


def serialize(view: JobView) -> dict[str, Any]:
    """Return the job as its owner sees it."""
    job, task_state, spec = view.job, view.task_state, view.job.spec
    progress = view.progress or NO_PROGRESS
    running = task_state.state == states.RUNNING
    remaining_s = max(0.0, spec["time_budget_s"] - progress.elapsed_s)
    return {
        "id": job.id,
        "name": spec["name"],
        "dataset_id": job.dataset_id or None,
        "source_id": spec.get("source_id"),
        "waiting_for": view.waiting,
        "target": spec["target"],
        "task": progress.task or spec["task"],
        "metric": progress.metric or spec["metric"],
        "time_budget_s": spec["time_budget_s"],
        **{name: spec.get(name) for name in ECHOED_FIELDS},
        "state": view.state,
        "phase": progress.phase or None if running else None,
        "attempt": task_state.attempt,
        "queue_position": view.queue_position,
        "created_at": job.created_at,
        "started_at": task_state.started_at,
        "finished_at": task_state.finished_at,
        "progress": {
            "elapsed_s": progress.elapsed_s,
            "eta_s": round(remaining_s, 1) if running else None,
            "trials_done": progress.trials_done,
            "best_score": progress.best_score,
        },
        "model_id": (task_state.result or {}).get("model_id"),
        "error": task_state.error,
    }
