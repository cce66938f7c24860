"""Trainings over HTTP; a worker's part is played through the service itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.domain.records import TaskRef
from core.domain.trainings import Progress, TrialRow
from core.errors import failure
from core.service import Service
from core.storage import rows
from core.tasks.lifecycle import ClaimedTask
from core.tasks.messages import TaskMessage
from vocabulary import DEFAULT_MAX_PREDICT_MS

SignIn = Callable[..., dict[str, str]]


@pytest.fixture
def dataset_id(client: FlaskClient, ada: dict[str, str]) -> str:
    headers = {**ada, "Content-Type": "text/csv"}
    return str(client.post("/api/v1/datasets", data=b"a,b,c,y\n1,2,3,x\n4,5,6,z\n", headers=headers).get_json()["id"])


@pytest.fixture
def submit(client: FlaskClient, ada: dict[str, str], dataset_id: str) -> Callable[..., TestResponse]:
    def send(key: str | None = None, **body: Any) -> TestResponse:
        headers = {**ada, **({"Idempotency-Key": key} if key else {})}
        return client.post("/api/v1/jobs", headers=headers, json={"dataset_id": dataset_id, "target": "y", **body})

    return send


def begin(service: Service, ada_id: str, job_id: str) -> ClaimedTask:
    claimed = service.work.claim(TaskMessage(TaskRef("train", ada_id, job_id)), "worker")
    assert claimed is not None
    return claimed


def test_submit_fills_in_defaults(
    client: FlaskClient, ada: dict[str, str], submit: Callable[..., TestResponse]
) -> None:
    answer = submit()
    job = answer.get_json()
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/api/v1/jobs/{job['id']}"
    assert {key: job[key] for key in ("target", "task", "metric", "time_budget_s", "parallelism", "seed")} == {
        "target": "y", "task": "auto", "metric": "auto", "time_budget_s": 300, "parallelism": 1, "seed": 0,
    }  # fmt: skip
    assert (job["state"], job["queue_position"], job["attempt"], job["phase"]) == ("queued", 1, 0, None)
    assert job["progress"] == {"elapsed_s": 0, "eta_s": None, "trials_done": 0, "best_score": None}
    assert (job["started_at"], job["finished_at"], job["model_id"], job["error"]) == (None, None, None, None)
    assert client.get(answer.headers["Location"], headers=ada).get_json() == job
    assert submit().get_json()["queue_position"] == 2


@pytest.mark.parametrize(
    ("body", "reason", "field"),
    [
        ({"target": "zz"}, "TARGET_NOT_FOUND", "target"),
        ({"target": 5}, "VALIDATION_FAILED", "target"),
        ({"task": "guess"}, "VALIDATION_FAILED", "task"),
        ({"task": "regression", "metric": "auc"}, "METRIC_DOES_NOT_FIT", "metric"),
        ({"task": "multiclass", "metric": "f1"}, "METRIC_DOES_NOT_FIT", "metric"),
        ({"metric": "speed"}, "VALIDATION_FAILED", "metric"),
        ({"time_budget_s": 0}, "VALIDATION_FAILED", "time_budget_s"),
        ({"time_budget_s": "60"}, "VALIDATION_FAILED", "time_budget_s"),
        ({"time_budget_s": 10**9}, "VALIDATION_FAILED", "time_budget_s"),
        ({"time_budget_s": -5}, "VALIDATION_FAILED", "time_budget_s"),
        ({"parallelism": 1.5}, "VALIDATION_FAILED", "parallelism"),
        ({"parallelism": 65}, "VALIDATION_FAILED", "parallelism"),
        ({"seed": True}, "VALIDATION_FAILED", "seed"),
        ({"seed": 2**31}, "VALIDATION_FAILED", "seed"),
        ({"models": []}, "VALIDATION_FAILED", "models"),
        ({"models": ["constant"]}, "VALIDATION_FAILED", "models.0"),
        ({"max_predict_ms": -1}, "VALIDATION_FAILED", "max_predict_ms"),
        ({"max_predict_ms": "none"}, "VALIDATION_FAILED", "max_predict_ms"),
        ({"exclude_columns": ["zz"]}, "COLUMN_NOT_FOUND", "exclude_columns"),
        ({"exclude_columns": ["y"]}, "TARGET_EXCLUDED", "exclude_columns"),
        ({"exclude_columns": ["a", "b", "c"]}, "NO_FEATURES", "exclude_columns"),
        ({"group_column": "zz"}, "COLUMN_NOT_FOUND", "group_column"),
        ({"budget": 5}, "VALIDATION_FAILED", "budget"),
    ],
)
def test_bad_bodies(submit: Callable[..., TestResponse], body: dict[str, Any], reason: str, field: str) -> None:
    answer = submit(**body)
    problem = answer.get_json()
    assert (answer.status_code, problem["reason"], problem["errors"][0]["field"]) == (422, reason, field)


@pytest.mark.parametrize(
    ("body", "limit"),
    [
        ({}, DEFAULT_MAX_PREDICT_MS),
        ({"max_predict_ms": 2}, 2),
        ({"max_predict_ms": 0}, None),
        ({"max_predict_ms": None}, None),
    ],
)
def test_the_limit_for_a_row_is_shown_and_can_be_lifted(
    submit: Callable[..., TestResponse], body: dict[str, Any], limit: float | None
) -> None:
    assert submit(**body).get_json()["max_predict_ms"] == limit


def test_good_bodies(submit: Callable[..., TestResponse]) -> None:
    full = {
        "name": "n", "task": "binary", "metric": "f1", "time_budget_s": 1.5, "parallelism": 2, "seed": 7,
        "exclude_columns": ["a"], "models": ["linear", "neural"], "positive_class": "x", "group_column": "b",
        "time_column": "c", "max_predict_ms": 0.5,
    }  # fmt: skip
    assert submit(**full).status_code == 202
    assert submit(models=None, positive_class=None, metric="rmse").status_code == 202


def test_an_unknown_dataset(submit: Callable[..., TestResponse]) -> None:
    assert submit(dataset_id="nope").status_code == 404


def test_idempotency_key(client: FlaskClient, ada: dict[str, str], submit: Callable[..., TestResponse]) -> None:
    assert submit("k", target="zz").status_code == 422
    first, again = submit("k"), submit("k")
    assert first.get_json()["id"] == again.get_json()["id"]
    assert submit("k", seed=1).get_json()["reason"] == "IDEMPOTENCY_KEY_REUSED"
    assert len(client.get("/api/v1/jobs", headers=ada).get_json()["items"]) == 1


def test_a_running_job_shows_its_progress(
    client: FlaskClient, ada: dict[str, str], ada_id: str, submit: Callable[..., TestResponse], service: Service
) -> None:
    id = submit(time_budget_s=60).get_json()["id"]
    claimed = begin(service, ada_id, id)
    progress = Progress(1, "search", 12.5, 3, 0.91, "binary", "auc")
    service.ports.tables.put(rows.key("progress", claimed.ref.user_id, id), rows.dump(progress))
    for number in range(3):
        trial = TrialRow(number, 1, "linear", "complete", "2026-01-01T00:00:00Z", 0.5, 1.0, {"C": 1})
        service.ports.tables.put(rows.key("trial", claimed.ref.user_id, id, number), rows.dump(trial))
    job = client.get(f"/api/v1/jobs/{id}", headers=ada).get_json()
    assert (job["state"], job["phase"], job["task"], job["metric"]) == ("running", "search", "binary", "auc")
    assert job["progress"] == {"elapsed_s": 12.5, "eta_s": 47.5, "trials_done": 3, "best_score": 0.91}
    page = client.get(f"/api/v1/jobs/{id}/trials?page_size=2", headers=ada).get_json()
    assert page["items"][0] == {
        "number": 0, "model": "linear", "params": {"C": 1}, "score": 0.5, "fit_s": 1.0, "state": "complete",
        "truncated_folds": 0, "started_at": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    token = page["next_page_token"]
    rest = client.get(f"/api/v1/jobs/{id}/trials?page_size=2&page_token={token}", headers=ada).get_json()
    assert [trial["number"] for trial in rest["items"]] == [2]
    assert rest["next_page_token"] is None


def test_stop_cancel_retry_delete(
    client: FlaskClient, ada: dict[str, str], ada_id: str, submit: Callable[..., TestResponse], service: Service
) -> None:
    id = submit(seed=5).get_json()["id"]
    path = f"/api/v1/jobs/{id}"

    def post(what: str) -> TestResponse:
        return client.post(f"{path}/{what}", headers=ada)

    assert post("stop").get_json()["reason"] == "JOB_NOT_RUNNING"
    assert client.delete(path, headers=ada).get_json()["reason"] == "JOB_NOT_OVER"
    claimed = begin(service, ada_id, id)
    assert (post("stop").status_code, post("stop").get_json()["state"]) == (202, "stopping")
    assert post("cancel").get_json()["state"] == "cancelling"
    service.work.fail(claimed, failure("WHY", "because", "hint"))
    service.settler.finalize(claimed.ref)
    job = client.get(path, headers=ada).get_json()
    assert (job["state"], job["error"]) == ("failed", {"reason": "WHY", "detail": "because", "hint": "hint"})
    assert (post("cancel").status_code, post("cancel").get_json()["reason"]) == (409, "JOB_OVER")
    again = post("retry")
    assert (again.status_code, again.get_json()["seed"]) == (202, 5)
    assert again.get_json()["id"] != id
    assert client.delete(path, headers=ada).status_code == 204
    assert client.get(path, headers=ada).status_code == 404


def test_lists(client: FlaskClient, ada: dict[str, str], submit: Callable[..., TestResponse], dataset_id: str) -> None:
    ids = [submit().get_json()["id"] for _ in range(5)]
    client.post(f"/api/v1/jobs/{ids[0]}/cancel", headers=ada)

    def listed(query: str) -> list[str]:
        found, token = [], ""
        while True:
            page = client.get(f"/api/v1/jobs?page_size=2&{query}{token}", headers=ada).get_json()
            found += [job["id"] for job in page["items"]]
            if page["next_page_token"] is None:
                return found
            token = f"&page_token={page['next_page_token']}"

    newest_first = sorted(ids)
    assert listed("") == newest_first
    assert listed("state=cancelled") == [ids[0]]
    assert listed("state=queued") == sorted(ids[1:])
    assert listed(f"dataset_id={dataset_id}") == newest_first
    assert listed("dataset_id=other") == []
    assert client.get("/api/v1/jobs?state=odd", headers=ada).status_code == 422


def test_somebody_elses_job_is_not_there(
    client: FlaskClient, sign_in: SignIn, submit: Callable[..., TestResponse], dataset_id: str
) -> None:
    id, eve = submit().get_json()["id"], sign_in("eve")
    for method, path in [
        ("GET", ""), ("DELETE", ""), ("GET", "/trials"), ("GET", "/events"), ("POST", "/stop"), ("POST", "/cancel"),
        ("POST", "/retry"),
    ]:  # fmt: skip
        assert client.open(f"/api/v1/jobs/{id}{path}", method=method, headers=eve).status_code == 404
    body = {"dataset_id": dataset_id, "target": "y"}
    assert client.post("/api/v1/jobs", headers=eve, json=body).status_code == 404
