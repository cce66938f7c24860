"""Training: what is sent, once; what waiting ends in."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, Response, request

import nobrains_client as sdk
from nobrains_client import Client


def test_train_sends_the_contract_and_makes_one_job(app: Flask, client: Client) -> None:
    seen: list[tuple[dict[str, Any], str]] = []

    @app.post("/api/v1/jobs")
    def create() -> tuple[dict[str, Any], int]:
        seen.append((request.get_json(), request.headers["Idempotency-Key"]))
        if len(seen) == 1:
            raise ConnectionResetError("gone")
        return {"id": "j", "state": "queued"}, 202

    job = client.train("d", "y", 60, models=["linear"], max_predict_ms=5, exclude_columns=["id"])
    assert (job.id, job.is_over) == ("j", False)
    assert seen[0] == seen[1]
    assert seen[0][0] == {
        "dataset_id": "d",
        "target": "y",
        "time_budget_s": 60,
        "task": "auto",
        "metric": "auto",
        "parallelism": 1,
        "seed": 0,
        "exclude_columns": ["id"],
        "models": ["linear"],
        "max_predict_ms": 5,
    }


@pytest.mark.parametrize(("options", "limit"), [({}, 10), ({"max_predict_ms": None}, 0), ({"max_predict_ms": 0}, 0)])
def test_the_limit_for_a_row_is_sent_also_where_there_is_none(
    app: Flask, client: Client, options: dict[str, Any], limit: float
) -> None:
    sent: list[Any] = []

    @app.post("/api/v1/jobs")
    def create() -> tuple[dict[str, Any], int]:
        sent.append(request.get_json()["max_predict_ms"])
        return {"id": "j", "state": "queued"}, 202

    client.train("d", "y", **options)
    assert sent == [limit]


def test_train_can_wait_and_tell(app: Flask, client: Client) -> None:
    app.post("/api/v1/jobs")(lambda: ({"id": "j", "state": "queued"}, 202))
    app.get("/api/v1/jobs/j")(lambda: {"id": "j", "state": "succeeded", "model_id": "m"})
    stream = b'id: 1\nevent: phase\ndata: {"phase": "searching"}\n\nid: 2\nevent: done\ndata: {}\n\n'
    app.get("/api/v1/jobs/j/events")(lambda: Response(stream, mimetype="text/event-stream"))
    events: list[sdk.Event] = []
    assert client.train("d", "y", on_event=events.append).model_id == "m"
    assert [event.kind for event in events] == ["phase", "done"]


@pytest.mark.parametrize(("state", "kind"), [("failed", sdk.JobFailed), ("cancelled", sdk.JobCancelled)])
def test_a_job_without_a_model_is_an_exception(
    app: Flask, client: Client, state: str, kind: type[sdk.JobFailed]
) -> None:
    error = {"reason": "OUT_OF_MEMORY", "detail": "Too big.", "hint": "Drop columns."}
    app.get("/api/v1/jobs/j")(lambda: {"id": "j", "state": state, "error": error})
    with pytest.raises(kind, match=r"Too big\. \[OUT_OF_MEMORY\] Drop columns\.") as caught:
        client.wait("j")
    assert caught.value.job.error is not None


def test_waiting_ends_in_time_and_leaves_the_job_alone(app: Flask, client: Client) -> None:
    app.get("/api/v1/jobs/j")(lambda: {"id": "j", "state": "running"})
    with pytest.raises(sdk.WaitTimedOut):
        client.wait("j", timeout_s=0)


@pytest.mark.parametrize("call", ["stop", "cancel"])
def test_stop_and_cancel_tell_the_new_state(app: Flask, client: Client, call: str) -> None:
    requests: list[str] = []
    app.post(f"/api/v1/jobs/j/{call}")(lambda: (requests.append(call) or "", 202))
    app.get("/api/v1/jobs/j")(lambda: {"id": "j", "state": "stopping"})
    assert getattr(client, call)("j").state == "stopping"
    assert requests == [call]


def test_cancelling_a_finished_job_is_a_conflict(app: Flask, client: Client, problem: Any) -> None:
    app.post("/api/v1/jobs/j/cancel")(lambda: problem(409, "JOB_OVER"))
    with pytest.raises(sdk.Conflict):
        client.cancel("j")


def test_jobs_are_filtered_by_the_server(app: Flask, client: Client) -> None:
    app.get("/api/v1/jobs")(lambda: {"items": [{"id": request.query_string.decode()}], "next_page_token": None})
    assert next(client.jobs("running", dataset="d")).id == "state=running&dataset_id=d"


def test_trials(app: Flask, client: Client) -> None:
    trial = {
        "number": 0,
        "model": "linear",
        "params": {"C": 1},
        "score": 0.8,
        "fit_s": 1,
        "state": "complete",
    }
    app.get("/api/v1/jobs/j/trials")(lambda: {"items": [{**trial, "started_at": "2026-11-20T10:00:00Z"}]})
    (found,) = client.trials("j")
    assert (found.model, found.score, found.params) == ("linear", 0.8, {"C": 1})
    assert found.started_at is not None
    assert found.started_at.tzinfo is not None


def test_retry_makes_a_new_job(app: Flask, client: Client) -> None:
    app.post("/api/v1/jobs/j/retry")(lambda: ({"id": "j2"}, 202))
    assert client.retry("j").id == "j2"
