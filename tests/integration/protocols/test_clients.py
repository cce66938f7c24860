"""Other people's clients, unmodified, against a running `nobrains serve` with an endpoint that was really trained.

What each of them gets is what the API itself predicts for the same rows.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import plotly.data
import pytest
import requests

from tests.integration.protocols.environments import KSERVE, MLFLOW, MLSERVER, TRITON, TRITON_AIO, ClientScript
from tests.waiting import wait_for

if TYPE_CHECKING:
    from tests.integration.conftest import Server

pytestmark = [pytest.mark.integration, pytest.mark.long]

COLUMNS: dict[str, list[Any]] = {
    "total_bill": [16.99, 24.5, 10.0],
    "tip": [1.01, None, 3.0],
    "sex": ["Female", "Male", None],
    "day": ["Sun", "Sat", "Thur"],
    "time": ["Dinner", "Dinner", "Lunch"],
    "size": [2.0, 4.0, 1.0],
}
ROWS = [dict(zip(COLUMNS, cells, strict=True)) for cells in zip(*COLUMNS.values(), strict=True)]


class Served:
    """An endpoint, and what it predicts for `ROWS`."""

    def __init__(self, address: str, key: str) -> None:
        self.given = {"address": address, "key": key, "endpoint": "smokers", "columns": COLUMNS}
        answer = requests.post(
            f"http://{address}/api/v1/endpoints/smokers/predict",
            json={"instances": ROWS},
            headers={"Authorization": f"Bearer {key}"},
        )
        answer.raise_for_status()
        self.labels: list[str] = answer.json()["predictions"]
        self.by_label: list[dict[str, float]] = answer.json()["probabilities"]
        self.probabilities = [pytest.approx(list(row.values())) for row in self.by_label]

    def run(self, script: ClientScript) -> dict[str, Any]:
        return script.run(**self.given)

    def check(self, answer: dict[str, Any]) -> None:
        """Compare the outputs `label` and `probabilities`."""
        assert answer["label"] == self.labels
        rows = answer["probabilities"]
        assert (rows if isinstance(rows[0], list) else [rows[i : i + 2] for i in (0, 2, 4)]) == self.probabilities


@pytest.fixture(scope="module")
def served(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Served:
    path: Path = tmp_path_factory.mktemp("tips") / "tips.csv"
    plotly.data.tips(return_type="pandas").to_csv(path, index=False)
    client = server.client("protocols")
    job = client.train(client.wait_ready(client.upload(path)), "smoker", 600, models=["linear", "lightgbm"])
    wait_for(lambda: {trial.model for trial in client.trials(job) if trial.state == "complete"} > {"linear"})
    client.stop(job)
    model_id = client.wait(job).model_id
    headers = {"Authorization": f"Bearer {client.token}"}

    def post(path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = requests.post(f"{server.url}/api/v1{path}", json=body, headers=headers)
        answer.raise_for_status()
        return dict(answer.json())

    post("/endpoints", {"name": "smokers", "model_id": model_id})
    return Served(f"127.0.0.1:{server.port}", post("/keys", {"name": "k", "scopes": ["predict"]})["key"])


def test_triton(served: Served) -> None:
    said = served.run(TRITON)
    assert (said["live"], said["ready"], said["server"]["name"]) == (True, True, "nobrains")
    assert said["model_ready"] == [True, True, False]
    assert {each["name"] for each in said["metadata"]["inputs"]} == set(COLUMNS)
    assert [(each["name"], each["version"]) for each in said["index"]] == [("smokers", "1")]
    for answer in (said["json"], said["binary"], said["mixed"], said["by_alias"], *said["packed"]):
        served.check(answer)
        assert answer["version"] == "1"
    assert said["json"]["id"] == "42"
    assert "Sign in" in said["anonymous"]
    assert "none" in said["no_such_model"]
    assert "there are label" in said["no_such_output"]
    assert "inputs" in said["no_column"]
    assert "scope" in said["load"]


def test_triton_with_asyncio(served: Served) -> None:
    said = served.run(TRITON_AIO)
    assert (said["live"], said["ready"], said["model_ready"]) == (True, True, [True, False])
    assert {each["name"] for each in said["metadata"]["inputs"]} == set(COLUMNS)
    for answer in (said["json"], said["binary"], *said["packed"]):
        served.check(answer)
    assert "none" in said["failed"]


def test_kserve(served: Served) -> None:
    said = served.run(KSERVE)
    assert (said["live"], said["ready"], said["model_ready"]) == (True, True, [True, True])
    served.check(said["json"])
    served.check(said["binary"])
    assert said["v1"]["predictions"] == served.labels


def test_mlserver(served: Served) -> None:
    said = served.run(MLSERVER)
    served.check(said["frame"])
    # Its tensors cannot say that a number is missing: the script sends another one for the second row.
    for answer in (said["tensors"], said["command"]):
        assert answer["label"][::2] == served.labels[::2]


def test_mlflow(served: Served) -> None:
    said = served.run(MLFLOW)
    assert said["version"] == "3.17.2"
    for name in ("frame", "first", "csv", "parquet"):
        assert said[name] == served.labels, name
    assert said["probabilities"] == [pytest.approx(row) for row in served.by_label]
    assert "RESOURCE_DOES_NOT_EXIST" in said["failed"]
