"""Comparisons over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from flask.testing import FlaskClient

from core.datasets.datasets import profile_ref
from core.service import Service
from core.tasks.messages import TaskMessage
from tests.unit.api.trained import store

SignIn = Callable[..., dict[str, str]]
API = "/api/v1"


@pytest.fixture
def dataset_id(client: FlaskClient, ada: dict[str, str], service: Service, ada_id: str) -> str:
    headers = {**ada, "Content-Type": "text/csv"}
    answer = client.post(f"{API}/datasets?name=t", data=b"size,colour,answer\n1,red,yes\n0,green,01\n", headers=headers)
    id = str(answer.get_json()["id"])
    dataset = service.datasets.get(ada_id, id)
    service.datasets.record_profile(profile_ref(dataset), {"rows": 2, "columns": [{"name": n} for n in dataset.header]},
                                    None)  # fmt: skip
    return id


def finish(service: Service, user_id: str, id: str) -> None:
    """End the comparison as a worker would."""
    comparisons = service.comparisons
    record = comparisons.get(user_id, id).record
    claimed = service.work.claim(TaskMessage(comparisons.ref(user_id, id)), "worker")
    assert claimed is not None
    a, b = record.model_ids
    found = {
        "rows": 2, "metric": "auc", "best": {"id": a, "as_good": [b]}, "pairs": [{"a": a, "b": b}],
        "verdict": {"title": "No clear winner"},
        "models": [{"id": each, "name": each, "metrics": {}} for each in (a, b)],
    }  # fmt: skip
    documents = {}
    for name, content in (("result", orjson.dumps(found)), ("report", b"<!doctype html>")):
        info = service.ports.blobs.write(f"{comparisons.blob_prefix(record)}1-{name}", [content])
        documents[name] = {"blob": info.name, "size_bytes": info.size_bytes, "sha256": info.sha256}
    brief = {"rows": 2, "metric": "auc", "best": found["best"], "title": "No clear winner"}
    service.work.succeed(claimed, {**documents, **brief})
    service.settler.finalize(claimed.ref)


def test_a_comparison_is_asked_for_followed_read_and_deleted(
    client: FlaskClient, ada: dict[str, str], ada_id: str, service: Service, dataset_id: str, sign_in: SignIn
) -> None:
    models = [store(service, ada_id).id for _ in range(2)]
    body = {"models": models, "dataset_id": dataset_id, "name": "March"}
    answer = client.post(f"{API}/comparisons", json=body, headers={**ada, "Idempotency-Key": "once"})
    again = client.post(f"{API}/comparisons", json=body, headers={**ada, "Idempotency-Key": "once"})
    made = answer.get_json()
    assert (answer.status_code, made["state"], made["name"]) == (202, "queued", "March")
    assert again.get_json()["id"] == made["id"]
    path = answer.headers["Location"]
    assert client.get(f"{path}/report", headers=ada).get_json()["reason"] == "REPORT_NOT_AVAILABLE"
    assert "pairs" not in client.get(path, headers=ada).get_json()
    finish(service, ada_id, made["id"])
    whole = client.get(path, headers=ada).get_json()
    assert (whole["state"], whole["rows"], whole["best"]["as_good"]) == ("succeeded", 2, [models[1]])
    assert [each["id"] for each in whole["models"]] == models
    assert whole["models"][0]["endpoint"] is None
    assert whole["pairs"] == [{"a": models[0], "b": models[1]}]
    [listed] = client.get(f"{API}/comparisons", headers=ada).get_json()["items"]
    assert (listed["title"], "pairs" in listed) == ("No clear winner", False)
    page = client.get(f"{path}/report", headers=ada)
    assert (page.status_code, page.data) == (200, b"<!doctype html>")
    assert page.headers["Content-Security-Policy"].endswith("sandbox")
    bob = sign_in("bob")
    for url in (path, f"{path}/report"):
        assert client.get(url, headers=bob).status_code == 404
    assert client.delete(path, headers=bob).status_code == 404
    assert client.delete(path, headers=ada).status_code == 204
    assert client.get(path, headers=ada).status_code == 404
    actions = [entry["action"] for entry in client.get(f"{API}/activity", headers=ada).get_json()["items"]]
    assert actions[:3] == ["comparison.deleted", "comparison.succeeded", "comparison.created"]


def test_models_of_another_account_cannot_be_compared(
    client: FlaskClient, ada_id: str, service: Service, dataset_id: str, sign_in: SignIn
) -> None:
    models = [store(service, ada_id).id for _ in range(2)]
    answer = client.post(
        f"{API}/comparisons", json={"models": models, "dataset_id": dataset_id}, headers=sign_in("bob")
    )
    assert answer.status_code == 404
    assert client.get(f"{API}/compare?model={models[0]}&model={models[1]}", headers=sign_in("bob")).status_code == 404


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        ({"models": []}, 422, "MODEL_COUNT"),
        ({"models": ["a"] * 11}, 422, "VALIDATION_FAILED"),
        ({"versions": [{"endpoint": "nothing", "version": 1}]}, 404, "NOT_FOUND"),
        ({"versions": [{"endpoint": "nothing"}]}, 422, "VALIDATION_FAILED"),
        ({"metric": "beauty"}, 422, "VALIDATION_FAILED"),
        ({"metric": "rmse"}, 422, "METRIC_DOES_NOT_FIT"),
    ],
)
def test_what_is_wrong_with_a_request_is_said(
    client: FlaskClient, ada: dict[str, str], ada_id: str, service: Service, dataset_id: str, changes: Any, status: int,
    reason: str,
) -> None:  # fmt: skip
    models = [store(service, ada_id).id for _ in range(2)]
    answer = client.post(
        f"{API}/comparisons", json={"models": models, "dataset_id": dataset_id, **changes}, headers=ada
    )
    assert (answer.status_code, answer.get_json()["reason"]) == (status, reason)


def test_models_are_laid_side_by_side_without_new_work(
    client: FlaskClient, ada: dict[str, str], ada_id: str, service: Service
) -> None:
    models = [store(service, ada_id, target).id for target in ("answer", "amount")]
    query = "&".join(f"model={id}" for id in models)
    found = client.get(f"{API}/compare?{query}", headers=ada).get_json()
    assert [each["id"] for each in found["models"]] == models
    rows = {row["name"]: row for section in found["sections"] for row in section["rows"]}
    assert rows["target"] == {"name": "target", "values": ["answer", "amount"], "differs": True}
    assert rows["origin"]["differs"] is False
    assert "They predict different targets." in found["notes"]
    fewer = client.get(f"{API}/compare?{query}&only_differences=true", headers=ada).get_json()
    assert all(row["differs"] for section in fewer["sections"] for row in section["rows"])
    for bad in (f"model={models[0]}", "&".join(["model=x"] * 11), ""):
        assert client.get(f"{API}/compare?{bad}", headers=ada).status_code == 422
