"""Evaluations over HTTP: requested, listed, read, shown as a page, deleted, and nobody else's."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from core.datasets.datasets import profile_ref
from core.domain.records import Dataset, Json, TaskRef
from core.service import Service
from core.tasks.messages import TaskMessage
from tests.unit.api import trained

CSV = b"size,colour,answer\n" + b"1.5,red,yes\n-0.5,green,01\n" * 20
Headers = dict[str, str]


@pytest.fixture
def dataset(service: Service, ada_id: str) -> Dataset:
    made = service.datasets.create(ada_id, "autumn.csv", iter([CSV]))
    claimed = service.work.claim(TaskMessage(profile_ref(made)), "profiler")
    assert claimed is not None
    columns = [{"name": name} for name in made.header]
    service.datasets.record_profile(claimed.ref, {"rows": 40, "columns": columns, "warnings": []}, None)
    service.work.succeed(claimed, {})
    service.settler.finalize(claimed.ref)
    return service.datasets.get(ada_id, made.id)


@pytest.fixture
def body(service: Service, ada_id: str, dataset: Dataset) -> Json:
    return {"dataset_id": dataset.id, "model_id": trained.store(service, ada_id).id}


def finish(service: Service, user_id: str, id: str) -> None:
    """End it as a worker does."""
    evaluation = service.evaluations.find(user_id, id)
    claimed = service.work.claim(TaskMessage(TaskRef("evaluate", user_id, id)), "worker")
    assert claimed is not None
    assert evaluation is not None
    made: Json = {"headline": {"metric": "auc", "value": 0.9, "low": 0.8, "high": 0.95}, "intents": []}
    found = {"rows": 40, "metrics": {"auc": {"value": 0.9}}, "reported": {"z": -0.4}, "id": "of the document"}
    for name, content in (("result", json.dumps(found).encode()), ("report", b"<p>well</p>")):
        info = service.ports.blobs.write(f"{service.evaluations.blob_prefix(evaluation)}1-{name}", iter([content]))
        made[name] = {"blob": info.name, "size_bytes": info.size_bytes, "sha256": info.sha256}
    service.work.succeed(claimed, made)
    service.settler.finalize(claimed.ref)


def test_an_evaluation_is_requested_read_and_deleted(
    client: FlaskClient, ada: Headers, ada_id: str, service: Service, body: Json
) -> None:
    made = client.post("/api/v1/evaluations", json={**body, "slices": ["colour"], "name": "Autumn"}, headers=ada)
    assert made.status_code == 202
    assert made.json is not None
    path = made.headers["Location"]
    assert (made.json["state"], made.json["name"], made.json["headline"]) == ("queued", "Autumn", None)
    waiting = client.get(f"{path}/report", headers=ada)
    assert (waiting.status_code, waiting.json and waiting.json["reason"]) == (409, "REPORT_NOT_AVAILABLE")
    finish(service, ada_id, made.json["id"])
    done = client.get(path, headers=ada).json
    assert done is not None
    assert (done["state"], done["rows"], done["metrics"]["auc"]["value"]) == ("succeeded", 40, 0.9)
    assert (done["reported"]["z"], done["id"], done["model_id"]) == (-0.4, made.json["id"], body["model_id"])
    page = client.get(f"{path}/report", headers=ada)
    assert (page.data, page.mimetype) == (b"<p>well</p>", "text/html")
    assert "sandbox" in page.headers["Content-Security-Policy"]
    listed = client.get(f"/api/v1/evaluations?model_id={body['model_id']}", headers=ada).json
    assert listed is not None
    assert [each["headline"]["value"] for each in listed["items"]] == [0.9]
    assert "metrics" not in listed["items"][0]
    assert client.get("/api/v1/evaluations?dataset_id=other", headers=ada).json == {
        "items": [], "next_page_token": None,
    }  # fmt: skip
    assert client.delete(path, headers=ada).status_code == 204
    assert client.get(path, headers=ada).status_code == 404
    told = [each.type for each in service.notifications.log.read(ada_id, 0)]
    assert "evaluation.ready" in told


def test_a_version_is_measured_in_the_place_of_a_model(
    client: FlaskClient, ada: Headers, body: Json, dataset: Dataset
) -> None:
    client.post("/api/v1/endpoints", json={"name": "income", "model_id": body["model_id"]}, headers=ada)
    for version in ({}, {"version": 1}, {"version": "champion"}):
        asked = {"dataset_id": dataset.id, "endpoint": "income", **version}
        made = client.post("/api/v1/evaluations", json=asked, headers=ada).json
        assert made is not None
        assert (made["endpoint"], made["version"], made["model_id"]) == ("income", 1, body["model_id"])


def test_one_key_makes_one_evaluation(client: FlaskClient, ada: Headers, body: Json) -> None:
    headers = {**ada, "Idempotency-Key": "k"}
    first, again = (client.post("/api/v1/evaluations", json=body, headers=headers).json for _ in range(2))
    assert first is not None
    assert again is not None
    assert first["id"] == again["id"]


@pytest.mark.parametrize(("change", "status", "reason"), [
    ({"model_id": None}, 422, "VALIDATION_FAILED"),
    ({"endpoint": "income"}, 422, "VALIDATION_FAILED"),
    ({"version": 2}, 422, "VALIDATION_FAILED"),
    ({"slices": ["height"]}, 422, "COLUMN_NOT_FOUND"),
    ({"slices": ["a"] * 21}, 422, "VALIDATION_FAILED"),
    ({"dataset_id": "nothing"}, 404, "NOT_FOUND"),
    ({"model_id": "nothing"}, 404, "NOT_FOUND"),
    ({"slice": ["colour"]}, 422, "VALIDATION_FAILED"),
])  # fmt: skip
def test_what_is_wrong_is_said(
    client: FlaskClient, ada: Headers, body: Json, change: Json, status: int, reason: str
) -> None:
    wrong = {name: value for name, value in {**body, **change}.items() if value is not None}
    answer = client.post("/api/v1/evaluations", json=wrong, headers=ada)
    assert (answer.status_code, answer.json and answer.json["reason"]) == (status, reason)


def test_a_dataset_without_the_target_is_refused_at_once(
    client: FlaskClient, ada: Headers, ada_id: str, service: Service, dataset: Dataset
) -> None:
    other = trained.store(service, ada_id, "amount").id
    answer = client.post("/api/v1/evaluations", json={"dataset_id": dataset.id, "model_id": other}, headers=ada)
    assert (answer.status_code, answer.json and answer.json["reason"]) == (422, "TARGET_NOT_FOUND")


def test_it_is_nobody_elses(client: FlaskClient, ada: Headers, sign_in: Callable[..., Headers], body: Json) -> None:
    made: Any = client.post("/api/v1/evaluations", json=body, headers=ada)
    grace, path = sign_in("grace"), made.headers["Location"]
    assert [client.get(path, headers=grace).status_code, client.get(f"{path}/report", headers=grace).status_code,
            client.delete(path, headers=grace).status_code,
            client.post("/api/v1/evaluations", json=body, headers=grace).status_code] == [404] * 4  # fmt: skip
    assert client.get(path, headers=ada).status_code == 200
