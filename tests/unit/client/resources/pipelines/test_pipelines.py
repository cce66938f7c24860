"""Pipelines from Python: what is sent for them, where their defaults come from, and waiting for runs."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, request

import nobrains_client as sdk
from nobrains_client import Client

PIPELINE = {
    "id": "p1", "name": "Weekly", "endpoint": "income", "as": "challenger", "promote": "ask",
    "when": [{"cron": "0 3 * * MON", "timezone": "UTC", "words": "at 03:00 on Monday"}],
    "next_at": "2026-12-07T03:00:00.000Z", "last_run": {"number": 4, "state": "asking", "why": "Better."},
}  # fmt: skip
JOB = {
    "id": "j1", "dataset_id": "d1", "source_id": None, "target": "y", "task": "binary", "metric": "auc", "name": "mine",
    "time_budget_s": 60, "parallelism": 2, "seed": 7, "exclude_columns": ["id"], "models": None, "state": "succeeded",
    "positive_class": "yes", "group_column": None, "time_column": None, "max_predict_ms": None,
}  # fmt: skip


@pytest.fixture
def sent(app: Flask) -> list[Any]:
    """Bodies and keys of what was sent to the service."""
    seen: list[Any] = []

    def take() -> None:
        seen.append(
            (request.method, request.path, request.get_json(silent=True), request.headers.get("Idempotency-Key"))
        )

    app.before_request(take)
    app.post("/api/v1/pipelines")(lambda: (PIPELINE, 201))
    app.patch("/api/v1/pipelines/p1")(lambda: PIPELINE)
    return seen


def test_a_pipeline_is_made_once_of_records(client: Client, sent: list[Any]) -> None:
    made = client.create_pipeline(
        "Weekly", "income", sdk.Source(id="s1"), {"target": "y"}, [{"cron": "@weekly"}], as_="challenger", guard=None
    )
    _, _, body, key = sent[0]
    assert made.id == "p1"
    assert key
    assert body == {
        "name": "Weekly", "endpoint": "income", "data": {"source_id": "s1"}, "job": {"target": "y"},
        "when": [{"cron": "@weekly"}], "as": "challenger", "guard": None,
    }  # fmt: skip


@pytest.mark.parametrize("source", [None, "s1"])
def test_without_data_and_job_it_trains_as_the_champion_was(
    client: Client, app: Flask, sent: list[Any], source: str | None
) -> None:
    app.get("/api/v1/endpoints/income/versions/champion")(lambda: {"version": 3, "model_id": "m1"})
    app.get("/api/v1/models/m1")(lambda: {"id": "m1", "job_id": "j1"})
    app.get("/api/v1/jobs/j1")(lambda: {**JOB, "source_id": source})
    client.create_pipeline("Weekly", "income")
    body = sent[-1][2]
    assert body["data"] == ({"dataset_id": "d1"} if source is None else {"source_id": "s1"})
    assert body["job"] == {
        "target": "y", "task": "binary", "metric": "auc", "time_budget_s": 60, "parallelism": 2, "seed": 7,
        "exclude_columns": ["id"], "positive_class": "yes", "max_predict_ms": 0,
    }  # fmt: skip


def test_of_an_uploaded_champion_nothing_is_known_and_that_is_said(client: Client, app: Flask, sent: list[Any]) -> None:
    app.get("/api/v1/endpoints/income/versions/champion")(lambda: {"version": 3, "model_id": "m1"})
    app.get("/api/v1/models/m1")(lambda: {"id": "m1", "job_id": None})
    with pytest.raises(sdk.NoBrainsError, match="its data and its job"):
        client.create_pipeline("Weekly", "income")
    assert all(method == "GET" for method, *_ in sent)


def test_it_is_read_changed_paused_and_resumed(client: Client, app: Flask, sent: list[Any]) -> None:
    app.get("/api/v1/pipelines")(lambda: {"items": [PIPELINE]})
    (found,) = client.pipelines()
    assert (found.as_, found.when[0]["words"]) == ("challenger", "at 03:00 on Monday")
    assert found.last_run is not None
    assert (found.last_run.number, found.next_at is not None) == (4, True)
    pipeline = client.pipeline(found)
    pipeline.pause()
    pipeline.resume()
    pipeline.update(as_="champion", traffic=None)
    assert [body for *_, body, _ in sent[1:]] == [
        {"enabled": False}, {"enabled": True}, {"as": "champion", "traffic": None},
    ]  # fmt: skip


RUN = {"id": "r1", "number": 4, "pipeline_id": "p1", "state": "waiting", "why": "", "steps": []}
STEP = {"name": "train", "state": "running", "at": "2026-12-07T03:00:00.000Z", "ref": "job/j1", "why": "It trains."}


@pytest.mark.parametrize("end", ["promoted", "unchanged", "asking", "failed", "cancelled"])
def test_a_run_is_waited_for_until_it_is_over_or_asks(client: Client, app: Flask, sent: list[Any], end: str) -> None:
    error = {"reason": "TRAINING_FAILED", "detail": "No model."} if end == "failed" else None
    states = iter([
        RUN, RUN, {**RUN, "state": "training", "steps": [STEP]}, {**RUN, "state": end, "error": error, "why": "So."},
    ])  # fmt: skip
    app.post("/api/v1/pipelines/p1/runs")(lambda: (RUN, 202))
    app.get("/api/v1/pipelines/p1/runs/4")(lambda: next(states))
    seen: list[str] = []
    pipeline = client.pipeline("p1")
    if end in ("failed", "cancelled"):
        with pytest.raises(sdk.RunFailed, match="TRAINING_FAILED" if error else "So") as caught:
            pipeline.run(on_change=lambda run: seen.append(run.state))
        assert caught.value.run.state == end
    else:
        done = pipeline.run(why="A look", on_change=lambda run: seen.append(run.state))
        assert (done.state, done.asks, done.is_over) == (end, end == "asking", end != "asking")
    assert seen == ["waiting", "training", end]
    assert sent[0][3]


def test_an_approved_run_is_waited_for_although_it_still_says_that_it_asks(
    client: Client, app: Flask, sent: list[Any]
) -> None:
    asking = {**RUN, "state": "asking", "decision": {"action": "approve", "by": "user/u"}}
    states = iter([asking, {**RUN, "state": "promoted"}])
    app.post("/api/v1/pipelines/p1/runs/4/approve")(lambda: (asking, 202))
    app.get("/api/v1/pipelines/p1/runs/4")(lambda: next(states))
    pipeline = client.pipeline("p1")
    assert pipeline.wait(pipeline.approve(4, why="Better")).state == "promoted"
    assert sent[0][2] == {"why": "Better"}


def test_the_secrets_of_a_hook_are_not_in_its_repr(client: Client, app: Flask, sent: list[Any]) -> None:
    hook = {"signed": True, "routing_key": "data.x", "url": "https://h/nbh_a", "token": "nbh_a", "secret": "whsec_b"}
    app.post("/api/v1/pipelines/p1/hook")(lambda: (hook, 201))
    made = client.pipeline("p1").make_hook(signed=True)
    assert (made.url, made.token, made.secret) == ("https://h/nbh_a", "nbh_a", "whsec_b")
    assert "nbh_a" not in repr(made)
    assert "whsec_b" not in repr(made)
    assert sent[0][2] == {"signed": True}


def test_a_schedule_is_previewed(client: Client, app: Flask) -> None:
    app.post("/api/v1/pipelines/preview")(
        lambda: {**request.get_json(), "words": "daily", "times": ["2026-12-07T02:00:00Z"], "local_times": []}
    )
    found = client.preview_schedule("@daily", "Europe/Rome")
    assert (found.cron, found.timezone, found.words, len(found.times)) == ("@daily", "Europe/Rome", "daily", 1)
