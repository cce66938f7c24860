"""The main road, through the Python client and through plain HTTP: against a running `nobrains serve`, and against the
service over RabbitMQ, Bigtable and Cloud Storage behind a balancer (`pytest -k real`)."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import onnxruntime
import pandas as pd
import plotly.data
import pytest
import requests
import websocket

import automl
from nobrains_client import Client, Conflict, Dataset, Model, NotFound, Unauthorized
from tests.waiting import wait_for

if TYPE_CHECKING:
    from tests.integration.conftest import Server
    from tests.integration.real.deployment import Deployment

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def tips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tips") / "tips.csv"
    plotly.data.tips(return_type="pandas").to_csv(path, index=False)
    return path


@pytest.fixture(scope="module", params=["server", "real_service"], ids=["embedded", "real"])
def service(request: pytest.FixtureRequest) -> Server | Deployment:
    """The same road in both worlds."""
    return request.getfixturevalue(request.param)  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def client(service: Server | Deployment) -> Client:
    return service.client()


@pytest.fixture(scope="module")
def dataset(client: Client, tips: Path) -> Dataset:
    return client.wait_ready(client.upload(tips))


@pytest.fixture(scope="module")
def model(client: Client, dataset: Dataset) -> Model:
    job = client.train(dataset, "smoker", 600, models=["linear", "lightgbm"])
    wait_for(lambda: {trial.model for trial in client.trials(job) if trial.state == "complete"} > {"linear"})
    client.stop(job)
    return client.model(str(client.wait(job).model_id))


def url(client: Client, path: str) -> str:
    return f"{client.url}/api/v1{path}"


def bearer(client: Client) -> dict[str, str]:
    return {"Authorization": f"Bearer {client.token}"}


def test_what_was_uploaded_is_profiled_and_comes_back_byte_for_byte(
    client: Client, dataset: Dataset, tips: Path, tmp_path: Path
) -> None:
    assert dataset.rows == 244
    assert {column.name: column.type for column in dataset.columns}["total_bill"] == "number"
    client.download_dataset(dataset, tmp_path / "back.csv")
    assert (tmp_path / "back.csv").read_bytes() == tips.read_bytes()
    assert dataset.sha256 == hashlib.sha256(tips.read_bytes()).hexdigest()
    part = requests.get(
        url(client, f"/datasets/{dataset.id}/content"), headers={**bearer(client), "Range": "bytes=5-9"}, timeout=60
    )
    assert (part.status_code, part.content) == (206, tips.read_bytes()[5:10])


@pytest.mark.parametrize("way", ["raw", "gzip", "multipart"])
def test_every_way_to_upload_gives_the_same_dataset(client: Client, tips: Path, way: str) -> None:
    data = tips.read_bytes()
    target = url(client, "/datasets?name=again.csv")
    headers = {**bearer(client), "Content-Type": "text/csv"}
    if way == "raw":
        answer = requests.post(target, data=data, headers=headers, timeout=60)
    elif way == "gzip":
        answer = requests.post(
            target, data=gzip.compress(data), headers={**headers, "Content-Encoding": "gzip"}, timeout=60
        )
    else:
        answer = requests.post(target, files={"file": ("x.csv", data)}, headers=bearer(client), timeout=60)
    assert answer.status_code == 201, answer.text
    assert answer.json()["sha256"] == hashlib.sha256(data).hexdigest()
    client.wait_ready(answer.json()["id"])
    client.delete_dataset(answer.json()["id"])


def test_a_correction_is_profiled_anew(client: Client, tips: Path) -> None:
    dataset = client.wait_ready(client.upload(tips))
    client.patch_dataset(dataset, types={"size": "category"})
    corrected = client.wait_ready(dataset.id)
    assert {column.name: column.type for column in corrected.columns}["size"] == "category"
    client.delete_dataset(dataset)
    with pytest.raises(NotFound):
        client.dataset(dataset.id)


def test_the_checks_know_the_task(client: Client, dataset: Dataset) -> None:
    found = client.check(dataset, "smoker")
    assert (found.task, found.metric) == ("binary", "auc")


def test_the_model_says_how_good_it_is(model: Model) -> None:
    assert model.task == "binary"
    assert model.scores.reported["auc"].mean > model.scores.baseline["auc"].mean
    assert model.scores.reported["auc"].standard_error is not None
    assert {feature.name for feature in model.features} == {"total_bill", "tip", "sex", "day", "time", "size"}
    assert model.leaderboard
    assert model.data_actions


def test_predictions_of_rows_of_a_file_and_of_a_dataset_agree(
    client: Client, model: Model, dataset: Dataset, tips: Path, tmp_path: Path
) -> None:
    frame = pd.read_csv(tips)
    rows = client.predict(model, frame.drop(columns="smoker").to_dict("records"))
    file = pd.read_csv(client.predict(model, tips, output=tmp_path / "out.csv"))
    stored = client.predict_stored(model, dataset)
    client.download_prediction(model, stored, tmp_path / "stored.csv")
    made = pd.read_csv(tmp_path / "stored.csv")
    assert list(rows.predictions) == list(file["prediction"]) == list(made["prediction"])
    assert rows.probabilities is not None
    assert rows.probabilities[0]["Yes"] == pytest.approx(file["probability_Yes"][0], abs=1e-6)
    assert list(file.columns) == [
        *frame.columns,
        "prediction",
        "probability_No",
        "probability_Yes",
        "prediction_warnings",
    ]


def test_reports_are_pages_that_run_nothing(client: Client, dataset: Dataset, model: Model, tmp_path: Path) -> None:
    page = client.download_report(model, tmp_path / "model.html").read_text(encoding="utf-8")
    for words in ("Predicting smoker", "How far to trust it", "ROC curve", "Leaderboard"):
        assert words in page
    page = client.download_dataset_report(dataset, tmp_path / "dataset.html").read_text(encoding="utf-8")
    assert "<h3>total_bill</h3>" in page
    for path in (f"/models/{model.id}/report", f"/datasets/{dataset.id}/report"):
        shown = requests.get(url(client, path), headers=bearer(client), timeout=60)
        assert shown.headers["Content-Type"] == "text/html; charset=utf-8"
        assert shown.headers["Content-Security-Policy"].endswith("sandbox")
        assert requests.get(url(client, path), timeout=60).status_code == 401


def test_the_bundle_predicts_without_a_service(client: Client, model: Model, tips: Path, tmp_path: Path) -> None:
    client.download(model, tmp_path / "model.nb")
    frame = pd.read_csv(tips)
    home = automl.load(tmp_path / "model.nb").predict(frame)
    assert list(home) == list(client.predict(model, frame.drop(columns="smoker").to_dict("records")).predictions)


def test_onnx_predicts_without_the_engine(client: Client, model: Model, tips: Path, tmp_path: Path) -> None:
    client.download(model, tmp_path / "model.onnx", "onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    metadata = json.loads(session.get_modelmeta().custom_metadata_map["inputs"])
    frame = pd.read_csv(tips)
    types = {"float": "float32", "double": "float64"}
    feed = {
        each["input"]: frame[[each["column"]]].astype(types.get(each["type"], str)).to_numpy(types.get(each["type"]))
        for each in metadata
    }
    labels, probabilities = session.run(["label", "probabilities"], feed)
    rows = client.predict(model, frame.drop(columns="smoker").to_dict("records"))
    assert rows.probabilities is not None
    assert list(labels) == list(rows.predictions)
    assert probabilities[:, 1] == pytest.approx([row["Yes"] for row in rows.probabilities], abs=1e-4)


def test_one_member_can_be_had_alone(client: Client, model: Model, tmp_path: Path) -> None:
    member = next(each.name for each in model.leaderboard if each.weight)
    client.download(model, tmp_path / "one.onnx", "onnx", single=member)
    metadata = onnxruntime.InferenceSession(tmp_path / "one.onnx").get_modelmeta().custom_metadata_map
    assert list(json.loads(metadata["members"])) == [member]


def test_a_prediction_is_explained(client: Client, model: Model, tips: Path) -> None:
    row = pd.read_csv(tips).drop(columns="smoker").iloc[0].to_dict()
    answer = client.predict(model, [row], explain=True)
    assert answer.explanations is not None
    assert answer.explanation_bases is not None
    assert answer.probabilities is not None
    assert set(answer.explanations[0]) == {feature.name for feature in model.features}
    total = answer.explanation_bases[0] + sum(answer.explanations[0].values())
    assert total == pytest.approx(answer.probabilities[0][answer.predictions[0]])


def test_events_resume_where_they_were_left_and_are_the_same_on_a_websocket(client: Client, model: Model) -> None:
    events = list(client.events(model.job_id))
    kinds = [event.kind for event in events]
    assert kinds[0] == "state"
    assert kinds[-1] == "done"
    assert {"phase", "trial"} <= set(kinds)
    middle = len(events) // 2
    assert list(client.events(model.job_id, last_event_id=events[middle].id)) == events[middle + 1 :]
    address = url(client, f"/jobs/{model.job_id}/ws").replace("http", "ws", 1)
    socket = websocket.create_connection(address, header=bearer(client), timeout=60)
    assert [(each["id"], each["event"], each["data"]) for each in messages(socket)] == [
        (event.id, event.kind, event.data) for event in events
    ]


def messages(socket: websocket.WebSocket) -> Iterator[dict[str, object]]:
    """Until it is closed."""
    while text := socket.recv():
        yield json.loads(text)


def test_trials_and_history(client: Client, model: Model) -> None:
    trials = list(client.trials(model.job_id))
    assert {"linear", "lightgbm"} <= {trial.model for trial in trials}
    actions = [line.action for line in client.activity()]
    assert {"account.created", "dataset.created", "job.created", "job.succeeded"} <= set(actions)


def test_a_job_is_idempotent_retried_and_deleted(client: Client, dataset: Dataset) -> None:
    body = {"dataset_id": dataset.id, "target": "smoker", "time_budget_s": 5, "models": ["linear"]}
    headers = {**bearer(client), "Idempotency-Key": "once"}
    first, second = (requests.post(url(client, "/jobs"), json=body, headers=headers, timeout=60) for _ in range(2))
    assert (first.status_code, first.json()["id"]) == (202, second.json()["id"])
    assert first.headers["Location"].endswith(first.json()["id"])
    again = requests.post(url(client, "/jobs"), json={**body, "seed": 1}, headers=headers, timeout=60)
    assert (again.status_code, again.json()["reason"]) == (409, "IDEMPOTENCY_KEY_REUSED")
    job = client.wait(first.json()["id"])
    retried = client.retry(job)
    assert retried.id != job.id
    client.wait(retried)
    with pytest.raises(Conflict):
        client.cancel(job)
    client.delete_job(job)
    with pytest.raises(NotFound):
        client.job(job.id)


def test_nobody_sees_what_is_somebody_elses(
    service: Server | Deployment, client: Client, dataset: Dataset, model: Model
) -> None:
    eve = service.client("eve")
    for look in (
        lambda: eve.dataset(dataset.id),
        lambda: eve.model(model.id),
        lambda: eve.job(model.job_id),
        lambda: eve.predict(model.id, [{"tip": 1}]),
        lambda: eve.train(dataset.id, "smoker"),
        lambda: list(eve.events(model.job_id)),
    ):
        with pytest.raises(NotFound):
            look()
    assert list(eve.datasets()) == []
    eve.delete_account()
    with pytest.raises(Unauthorized):
        eve.me()


def test_a_model_is_deleted_with_its_predictions(client: Client, dataset: Dataset, model: Model) -> None:
    copy = client.wait(client.train(dataset, "smoker", 5, models=["linear"]))
    stored = client.predict_stored(str(copy.model_id), dataset)
    assert [each.id for each in client.stored_predictions(str(copy.model_id))] == [stored.id]
    client.delete_model(str(copy.model_id))
    with pytest.raises(NotFound):
        client.model(str(copy.model_id))
