"""The main road from the training on, through the Python client and through plain HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import onnxruntime
import pandas as pd
import pytest
import requests
import websocket

import automl
from nobrains_client import Client, Dataset, Model, NotFound, Unauthorized
from tests.waiting import wait_for

if TYPE_CHECKING:
    from tests.integration.conftest import Server
    from tests.integration.real.deployment import Deployment
from tests.integration.end_to_end.conftest import bearer, url

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def model(client: Client, dataset: Dataset) -> Model:
    job = client.train(dataset, "smoker", 600, models=["linear", "lightgbm"])
    wait_for(lambda: {trial.model for trial in client.trials(job) if trial.state == "complete"} > {"linear"})
    client.stop(job)
    return client.model(str(client.wait(job).model_id))


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
