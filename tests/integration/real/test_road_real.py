"""What only roles in processes of their own can show; the road itself is walked by `../test_road.py`."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import psutil
import pytest
import requests

from nobrains_client import Client, Dataset, Model
from tests.integration.real.deployment import Deployment
from tests.integration.real.role import Role

pytestmark = pytest.mark.integration


def loaded(role: Role) -> str:
    """The shared libraries of its processes."""
    assert role.process is not None
    workers = psutil.Process(role.process.pid).children(recursive=True)
    return " ".join(file.path for each in workers for file in each.memory_maps())


def address(role: Role) -> str:
    return f"http://127.0.0.1:{role.port}"


@pytest.fixture
def past_the_balancer(service: Deployment, grace: Client) -> Client:
    """Asks the api itself, which hands predictions on."""
    return Client(address(service.api), token=grace.token)


def test_an_api_without_the_engine_hands_predictions_on(
    service: Deployment, past_the_balancer: Client, grace: Client, model: Model, tips: Path, tmp_path: Path
) -> None:
    rows = pd.read_csv(tips).drop(columns="smoker").head(20).to_dict("records")
    assert past_the_balancer.predict(model, rows) == grace.predict(model, rows)
    there = past_the_balancer.predict(model, tips, output=tmp_path / "there.csv")
    here = grace.predict(model, tips, output=tmp_path / "here.csv")
    assert there.read_bytes() == here.read_bytes()
    for library in ("pandas", "sklearn", "lightgbm", "tensorflow"):
        assert library not in loaded(service.api)
    assert "pandas" in loaded(service.predictor)


def test_a_refusal_of_the_predictor_is_handed_back_as_it_is(
    past_the_balancer: Client, grace: Client, model: Model
) -> None:
    answers = [
        requests.post(
            f"{client.url}/api/v1/models/{model.id}/predict",
            json={"instances": [{}]}, headers={"Authorization": f"Bearer {client.token}"}, timeout=60,
        )
        for client in (grace, past_the_balancer)
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].headers["Content-Type"] == answers[1].headers["Content-Type"] == "application/problem+json"
    left, right = ({**answer.json(), "request_id": ""} for answer in answers)
    assert left == right


def test_the_predictor_answers_predictions_and_nothing_else(service: Deployment, grace: Client, model: Model) -> None:
    headers = {"Authorization": f"Bearer {grace.token}"}
    there = address(service.predictor)
    assert requests.get(f"{there}/api/v1/datasets", headers=headers, timeout=60).status_code == 404
    stranger = requests.post(f"{there}/api/v1/models/{model.id}/predict", json={"instances": [{}]}, timeout=60)
    assert stranger.status_code == 401


def test_the_balancer_is_believed_about_who_is_calling(service: Deployment) -> None:
    page = requests.get(f"{service.url}/api/v1/openapi.json", timeout=60)
    assert page.status_code == 200
    assert requests.get(service.url, allow_redirects=False, timeout=60).status_code < 400


def test_nothing_is_kept_on_the_machine_itself(service: Deployment, dataset: Dataset) -> None:
    assert dataset.rows == 244
    assert not (service.folder / "data").exists()


def test_the_operator_may_run_init_again_and_the_doctor_finds_nothing_wrong(service: Deployment) -> None:
    assert "tables in bigtable, blobs in gcs, queues in rabbitmq" in service.run("init")
    assert "wrong" not in service.run("doctor")
