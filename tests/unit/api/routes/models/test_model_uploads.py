"""Uploads of models over HTTP, with a worker that does its part in a thread of its own."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.models.uploaded_models import new_upload
from core.ports import PROFILE_QUEUE
from core.service import Service
from tests.unit.automl.onnx.uploaded.graphs import linear, softmax
from tests.unit.automl.onnx.uploaded.hostile_graphs import HOSTILE
from tests.waiting import wait_for
from worker.worker import Worker

URL = "/api/v1/models"
ONNX = "application/octet-stream"
LINEAR = linear().SerializeToString()
SAID = "target=price&inputs=rooms,area&task=regression"
BACKGROUND = b"rooms,area\n3,80\n4,120\n2,50\n"


@pytest.fixture
def worker(service: Service) -> Iterator[Worker]:
    """A worker that checks what comes in."""
    made = Worker(service, PROFILE_QUEUE)
    thread = threading.Thread(target=made.run, daemon=True)
    thread.start()
    yield made
    made.stop()
    thread.join()


@pytest.fixture
def send(client: FlaskClient, ada: dict[str, str]) -> Callable[..., TestResponse]:
    def post(content: bytes = LINEAR, said: str = SAID, media_type: str = ONNX, **headers: str) -> TestResponse:
        return client.post(f"{URL}?{said}", data=content, headers={**ada, "Content-Type": media_type, **headers})

    return post


@pytest.fixture
def send_form(client: FlaskClient, ada: dict[str, str]) -> Callable[..., TestResponse]:
    def post(background: bytes | None = BACKGROUND, **fields: str) -> TestResponse:
        parts: dict[str, Any] = {**fields, "file": (io.BytesIO(LINEAR), "flats.onnx")}
        if background is not None:
            parts["background"] = (io.BytesIO(background), "rows.csv")
        return client.post(URL, data=parts, headers=ada)

    return post


@pytest.mark.usefixtures("worker")
def test_a_model_that_was_checked_is_there_and_predicts(
    send: Callable[..., TestResponse], client: FlaskClient, ada: dict[str, str]
) -> None:
    sent = send()
    assert sent.status_code == 201, sent.json
    model = sent.json
    assert model is not None
    assert (model["state"], model["origin"], model["target"]) == ("ready", "uploaded", "price")
    place = f"{URL}/{model['id']}"
    assert sent.headers["Location"].endswith(place)
    assert client.get(place, headers=ada).json == model
    assert [each["id"] for each in client.get(URL, headers=ada).json["items"]] == [model["id"]]  # type: ignore[index]

    body = {"instances": [{"rooms": 3, "area": 80}, {"rooms": "4", "area": 120.5}]}
    predicted = client.post(f"{place}/predict", json=body, headers=ada)
    assert predicted.json == {"predictions": [163.0, 245.0]}
    csv = client.post(f"{place}/predict", data=BACKGROUND, headers={**ada, "Content-Type": "text/csv"})
    assert csv.get_data(as_text=True).splitlines()[:2] == ["rooms,area,prediction,prediction_warnings", "3,80,163.0,"]

    assert client.get(f"{place}/download?format=onnx", headers=ada).data == LINEAR
    for path, reason in (("download", "NO_BUNDLE"), ("report", "REPORT_NOT_AVAILABLE"),
                         ("evaluation", "REPORT_NOT_AVAILABLE")):  # fmt: skip
        refused = client.get(f"{place}/{path}", headers=ada)
        assert (refused.status_code, refused.json["reason"]) == (409, reason)  # type: ignore[index]
    assert client.delete(place, headers=ada).status_code == 204
    assert client.get(place, headers=ada).status_code == 404


@pytest.mark.usefixtures("worker")
def test_it_may_be_a_version_of_an_endpoint_once_it_is_checked(
    send: Callable[..., TestResponse], client: FlaskClient, ada: dict[str, str], service: Service, ada_id: str
) -> None:
    waiting = service.uploads.create(new_upload(ada_id, "soon", {}, []), iter([HOSTILE["NaN"][0]()]))
    early = client.post("/api/v1/endpoints", json={"name": "early", "model_id": waiting.id}, headers=ada)
    assert early.status_code == 404
    model = send().json
    assert model is not None
    made = client.post("/api/v1/endpoints", json={"name": "flats", "model_id": model["id"]}, headers=ada)
    assert made.status_code == 201, made.json
    version = client.get("/api/v1/endpoints/flats/versions/champion", headers=ada).json
    assert version is not None
    assert version["model_id"] == model["id"]
    refused = client.delete(f"{URL}/{model['id']}", headers=ada)
    assert (refused.status_code, refused.json["reason"]) == (409, "MODEL_IN_USE")  # type: ignore[index]
    assert client.get(f"{URL}/{model['id']}", headers=ada).status_code == 200


@pytest.mark.usefixtures("worker")
def test_explanations_need_rows_to_compare_with(
    send: Callable[..., TestResponse], send_form: Callable[..., TestResponse], client: FlaskClient, ada: dict[str, str]
) -> None:
    body = {"instances": [{"rooms": 3, "area": 80}], "explain": True}
    bare = send().json
    assert bare is not None
    refused = client.post(f"{URL}/{bare['id']}/predict", json=body, headers=ada)
    assert (refused.status_code, refused.json["reason"]) == (409, "NO_BACKGROUND")  # type: ignore[index]
    assert "`background`" in refused.json["detail"]  # type: ignore[index]

    sent = send_form(target="price", task="regression")
    assert sent.status_code == 201, sent.json
    model = sent.json
    assert model is not None
    assert (model["name"], model["example"]) == ("flats.onnx", {"rooms": "3", "area": "80"})
    assert "background" not in model
    answer = client.post(f"{URL}/{model['id']}/predict", json=body, headers=ada).json
    assert answer is not None
    [contributions], [base] = answer["explanations"], answer["explanation_bases"]
    assert base + sum(contributions.values()) == pytest.approx(163.0)
    assert set(contributions) == {"rooms", "area"}


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("name", ["data in /etc/passwd", "a pickle", "a truncated file", "NaN"])
def test_a_file_that_cannot_be_served_is_a_422_and_leaves_nothing(
    name: str, send: Callable[..., TestResponse], client: FlaskClient, ada: dict[str, str], service: Service
) -> None:
    make, reason = HOSTILE[name]
    refused = send(make())
    assert (refused.status_code, refused.json["reason"]) == (422, reason)  # type: ignore[index]
    assert client.get(URL, headers=ada).json["items"] == []  # type: ignore[index]
    assert list(service.ports.blobs.names("")) == []
    assert send().status_code == 201, "the worker lives on"


def test_without_a_worker_it_is_accepted_and_says_so(
    send: Callable[..., TestResponse], client: FlaskClient, ada: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.models.uploaded_models.UploadedModels.wait", lambda _, upload: upload)
    sent = send()
    assert (sent.status_code, sent.json["state"]) == (202, "checking")  # type: ignore[index]
    place = f"{URL}/{sent.json['id']}"  # type: ignore[index]
    assert client.get(place, headers=ada).json == sent.json
    body = {"instances": [{"rooms": 3, "area": 80}]}
    assert client.post(f"{place}/predict", json=body, headers=ada).status_code == 404
    assert client.delete(place, headers=ada).status_code == 204
    assert client.get(place, headers=ada).status_code == 404


@pytest.mark.usefixtures("worker")
def test_labels_and_inputs_may_be_json_lists(send: Callable[..., TestResponse]) -> None:
    labels, inputs = json.dumps(["a, b", "c", "d"]), json.dumps(["x, 1", "y"])
    sent = send(softmax().SerializeToString(), f"labels={labels}&inputs={inputs}")
    assert sent.status_code == 201, sent.json
    assert sent.json["classes"] == ["a, b", "c", "d"]  # type: ignore[index]
    assert [feature["name"] for feature in sent.json["features"]] == ["x, 1", "y"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("said", "field"),
    [("task=cluster", "task"), ("labels=[1", "labels"), ("inputs=,", "inputs"), ("colour=red", "colour")],
)
def test_what_is_said_is_validated(said: str, field: str, send: Callable[..., TestResponse]) -> None:
    refused = send(said=said)
    assert refused.status_code == 422
    assert refused.json["errors"][0]["field"] == field  # type: ignore[index]


def test_other_bodies_are_refused(
    send: Callable[..., TestResponse], send_form: Callable[..., TestResponse], client: FlaskClient, ada: dict[str, str],
    monkeypatch: pytest.MonkeyPatch, service: Service,
) -> None:  # fmt: skip
    assert send(media_type="text/csv").status_code == 415
    nothing = client.post(URL, data={"name": "x"}, headers={**ada, "Content-Type": "multipart/form-data"})
    assert (nothing.status_code, nothing.json["reason"]) == (422, "FILE_MISSING")  # type: ignore[index]
    assert send_form(colour="red").json["reason"] == "UNKNOWN_PART"  # type: ignore[index]
    assert send_form(task="cluster").json["reason"] == "VALIDATION_FAILED"  # type: ignore[index]
    assert send_form(background=b"rooms,area\n").json["reason"] == "HEADER_ONLY"  # type: ignore[index]
    monkeypatch.setitem(service.settings.values, "max_model_bytes", 10)
    assert send().status_code == 413
    assert send_form().status_code == 413


@pytest.mark.usefixtures("worker")
def test_the_same_key_makes_one_model(
    send: Callable[..., TestResponse], client: FlaskClient, ada: dict[str, str]
) -> None:
    first, second = (send(**{"Idempotency-Key": "k"}) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json
    assert len(client.get(URL, headers=ada).json["items"]) == 1  # type: ignore[index]


@pytest.mark.usefixtures("worker")
def test_a_whole_dataset_is_predicted(
    send: Callable[..., TestResponse], client: FlaskClient, ada: dict[str, str]
) -> None:
    model = send().json
    assert model is not None
    csv = {**ada, "Content-Type": "text/csv"}
    dataset = client.post("/api/v1/datasets", data=BACKGROUND, headers=csv).json["id"]  # type: ignore[index]
    stored = client.post(f"{URL}/{model['id']}/predictions", json={"dataset_id": dataset}, headers=ada).json
    assert stored is not None
    place = f"/api/v1/predictions/{stored['id']}"

    def state() -> str:
        return str(client.get(place, headers=ada).json["state"])  # type: ignore[index]

    wait_for(lambda: state() in ("succeeded", "failed"))
    assert client.get(place, headers=ada).json["error"] is None  # type: ignore[index]
    content = client.get(f"{place}/content", headers=ada).get_data(as_text=True)
    assert content.splitlines()[1] == "3,80,163.0,"
