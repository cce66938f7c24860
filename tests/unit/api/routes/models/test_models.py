"""Models and stored predictions over HTTP."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from core.domain.records import Model
from core.models.stored_predictions import prediction_prefix, prediction_ref
from core.service import Service
from core.tasks.messages import TaskMessage
from tests.unit.api.trained import bundle, store

SignIn = Callable[..., dict[str, str]]


@pytest.fixture
def dataset_id(client: FlaskClient, ada: dict[str, str]) -> str:
    headers = {**ada, "Content-Type": "text/csv"}
    data = b"colour,size\nred,1\ngreen,2\n"
    return str(client.post("/api/v1/datasets", data=data, headers=headers).get_json()["id"])


def test_a_model_shows_its_summary(client: FlaskClient, ada: dict[str, str], model: Model) -> None:
    shown = client.get(f"/api/v1/models/{model.id}", headers=ada).get_json()
    assert client.get("/api/v1/models", headers=ada).get_json()["items"] == [shown]
    assert (shown["id"], shown["job_id"], shown["dataset_id"]) == (model.id, model.job_id, model.dataset_id)
    assert (shown["target"], shown["task"], shown["metric"]) == ("answer", "binary", "auc")
    assert sorted(shown["classes"]) == ["01", "yes"]
    assert {feature["name"]: feature["required"] for feature in shown["features"]} == {"size": True, "colour": True}
    assert shown["scores"]["reported"]["auc"]["mean"] > 0.8
    assert set(shown["scores"]["reported"]["auc"]) >= {"mean", "standard_error", "method"}
    assert set(shown["leaderboard"][0]) >= {"name", "score", "weight", "fit_s", "predict_ms_per_row"}
    assert set(shown["importance"][0]) == {"feature", "importance"}
    assert set(shown["data_actions"][0]) == {"column", "action", "why"}
    assert isinstance(shown["warnings"], list)


def test_a_list_for_choosing_leaves_out_what_is_long(client: FlaskClient, ada: dict[str, str], model: Model) -> None:
    shown = client.get(f"/api/v1/models/{model.id}", headers=ada).get_json()
    [brief] = client.get("/api/v1/models?brief=true", headers=ada).get_json()["items"]
    assert shown.keys() - brief.keys() == {"features", "example", "leaderboard", "importance", "data_actions"}
    assert brief.items() <= shown.items()
    assert client.get("/api/v1/models?brief=perhaps", headers=ada).status_code == 422


def test_stored_predictions(
    client: FlaskClient, ada: dict[str, str], model: Model, dataset_id: str, service: Service
) -> None:
    submitted = client.post(f"/api/v1/models/{model.id}/predictions", headers=ada, json={"dataset_id": dataset_id})
    shown = submitted.get_json()
    paths = [f"/api/v1/predictions/{shown['id']}", f"/api/v1/models/{model.id}/predictions/{shown['id']}"]
    assert (submitted.status_code, shown["state"], shown["model_id"]) == (202, "queued", model.id)
    assert submitted.headers["Location"] == paths[0]
    for path in paths:
        assert client.get(path, headers=ada).get_json() == shown
        early = client.get(f"{path}/content", headers=ada)
        assert (early.status_code, early.get_json()["reason"]) == (409, "PREDICTION_NOT_READY")
    assert client.get(f"/api/v1/models/{model.id}/predictions", headers=ada).get_json()["items"] == [shown]
    assert client.delete(f"/api/v1/datasets/{dataset_id}", headers=ada).get_json()["reason"] == "DATASET_IN_USE"

    prediction = service.predictions.find(model.user_id, shown["id"])
    assert prediction is not None
    claimed = service.work.claim(TaskMessage(prediction_ref(prediction)), "worker")
    assert claimed is not None
    info = service.ports.blobs.write(f"{prediction_prefix(prediction)}1", [b"colour,size,prediction\n"])
    service.work.succeed(claimed, {"blob": info.name, "size_bytes": info.size_bytes, "sha256": info.sha256})
    done = client.get(paths[0], headers=ada).get_json()
    assert (done["state"], done["size_bytes"], done["sha256"]) == ("succeeded", info.size_bytes, info.sha256)
    for path in paths:
        assert client.get(f"{path}/content", headers=ada).data == b"colour,size,prediction\n"
    assert client.delete(paths[0], headers=ada).status_code == 204
    assert client.get(paths[1], headers=ada).status_code == 404
    assert service.ports.blobs.stat(info.name) is None


def test_a_dataset_that_lacks_a_feature(client: FlaskClient, ada: dict[str, str], model: Model) -> None:
    headers = {**ada, "Content-Type": "text/csv"}
    id = client.post("/api/v1/datasets", data=b"colour,a\nred,1\n", headers=headers).get_json()["id"]
    answer = client.post(f"/api/v1/models/{model.id}/predictions", headers=ada, json={"dataset_id": id})
    assert (answer.status_code, answer.get_json()["errors"][0]["field"]) == (422, "size")


def test_deleting_takes_everything(
    client: FlaskClient, ada: dict[str, str], model: Model, dataset_id: str, service: Service
) -> None:
    body = {"dataset_id": dataset_id}
    shown = client.post(f"/api/v1/models/{model.id}/predictions", headers=ada, json=body).get_json()
    assert client.delete(f"/api/v1/models/{model.id}", headers=ada).status_code == 204
    assert client.get(f"/api/v1/models/{model.id}", headers=ada).status_code == 404
    assert client.get(f"/api/v1/predictions/{shown['id']}", headers=ada).status_code == 404
    assert service.ports.blobs.stat(model.blob) is None


def test_somebody_elses_model_is_not_there(client: FlaskClient, sign_in: SignIn, model: Model, dataset_id: str) -> None:
    eve, path = sign_in("eve"), f"/api/v1/models/{model.id}"
    body = {"dataset_id": dataset_id, "instances": [{}]}
    assert client.get("/api/v1/models", headers=eve).get_json()["items"] == []
    for method, below, json in [
        ("GET", "", None), ("DELETE", "", None), ("GET", "/download", None), ("GET", "/predictions", None),
        ("POST", "/predictions", {"dataset_id": dataset_id}), ("POST", "/predict", body),
    ]:  # fmt: skip
        assert client.open(path + below, method=method, headers=eve, json=json).status_code == 404


def test_a_damaged_bundle_is_not_given_out(
    client: FlaskClient, ada: dict[str, str], model: Model, service: Service
) -> None:
    service.ports.blobs.write(model.blob, [bundle("answer")[0][:-1]], overwrite=True)
    answer = client.post(
        f"/api/v1/models/{model.id}/predict", headers=ada, json={"instances": [{"size": 1, "colour": "x"}]}
    )
    assert (answer.status_code, answer.get_json()["reason"]) == (500, "STORED_DATA_DAMAGED")


def test_a_model_has_a_name_a_note_and_tags_by_which_it_is_found(
    client: FlaskClient, ada: dict[str, str], ada_id: str, service: Service, sign_in: Callable[..., dict[str, str]]
) -> None:
    model, other = store(service, ada_id), store(service, ada_id)
    path = f"/api/v1/models/{model.id}"
    seen = client.get(path, headers=ada)
    body = {"name": "March", "note": "With the new columns", "tags": {"stage": "tested"}}
    changed = client.patch(path, json=body, headers={**ada, "If-Match": seen.headers["ETag"]})
    assert changed.status_code == 200
    assert {name: changed.get_json()[name] for name in body} == body
    late = client.patch(path, json={"name": "x"}, headers={**ada, "If-Match": seen.headers["ETag"]})
    assert (late.status_code, late.get_json()["reason"]) == (412, "CHANGED_MEANWHILE")
    fresh = {**ada, "If-Match": changed.headers["ETag"]}
    assert client.patch(path, json={"tags": {"stage": None}}, headers=fresh).get_json()["tags"] == {}
    for query, ids in (
        ("search=new+march", [model.id]), (f"search={other.id}", [other.id]), ("tag=stage", []),
        ("target=answer&task=binary&brief=true", [other.id, model.id]), ("origin=uploaded", []),
    ):  # fmt: skip
        items = client.get(f"/api/v1/models?{query}", headers=ada).get_json()["items"]
        assert sorted(item["id"] for item in items) == sorted(ids), query
    assert client.patch(path, json={"name": "x"}, headers=sign_in("bob")).status_code == 404
    for bad in ({"name": "a\nb"}, {"tags": {"": "x"}}, {"tags": {"a": 5}}, {"colour": "red"}, {"note": "x" * 2001}):
        assert client.patch(path, json=bad, headers=ada).status_code == 422


def test_other_lists_are_searched_by_words(client: FlaskClient, ada: dict[str, str]) -> None:
    for name in ("march.csv", "april.csv"):
        headers = {**ada, "Content-Type": "text/csv"}
        client.post(f"/api/v1/datasets?name={name}", data=b"age,bought\n1,yes\n2,no\n", headers=headers)
    found = client.get("/api/v1/datasets?search=MARCH+age", headers=ada).get_json()["items"]
    assert [item["name"] for item in found] == ["march.csv"]
    assert client.get("/api/v1/datasets?state=ready", headers=ada).get_json()["items"] == []
    for name in ("first", "second"):
        body = {"dataset_id": found[0]["id"], "target": "bought", "name": name}
        assert client.post("/api/v1/jobs", json=body, headers=ada).status_code == 202
    jobs = client.get("/api/v1/jobs?search=sec+bought&state=queued", headers=ada).get_json()["items"]
    assert [job["name"] for job in jobs] == ["second"]
    assert client.get("/api/v1/jobs?search=sec&state=failed", headers=ada).get_json()["items"] == []
    for name in ("shop", "income"):
        client.post("/api/v1/endpoints", json={"name": name, "note": "For the web"}, headers=ada)
    endpoints = client.get("/api/v1/endpoints?search=web+inc", headers=ada).get_json()["items"]
    assert [endpoint["name"] for endpoint in endpoints] == ["income"]
