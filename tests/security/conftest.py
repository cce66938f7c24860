"""Two users of one service: ada, who has one of everything, and eve, who would like to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.app import create_app
from core.datasets.datasets import profile_ref
from core.service import Service
from tests.unit.api import trained
from tests.unit.api.conftest import ada, ada_id, app, client, ports, service, settings, sign_in  # noqa: F401

PASSWORD = "correct horse"
NAMES = {"dataset": "adas-dataset", "key": "adas-key", "job": "adas-job"}
ROOTS = ("/api/v1", "/v1/", "/v2", "/serving/")
"""What the paths of the API begin with, and those of protocols that predict."""
MLFLOW = "/mlflow/"
CSV = b"size,colour,answer\n1,red,yes\n2,green,01\n3,red,yes\n"


@dataclass
class User:
    """A signed-in user and the ids of what is hers."""

    client: FlaskClient
    name: str
    ids: dict[str, str]
    headers: dict[str, str]

    def call(self, method: str, path: str, **options: Any) -> TestResponse:
        """A request of hers below /api/v1, or of a path that begins with it or with another protocol's."""
        path = path if path.startswith((*ROOTS, MLFLOW)) else f"/api/v1{path}"
        headers = {**self.headers, **options.pop("headers", {})}
        return self.client.open(path, method=method, headers=headers, **options)

    def sign_in(self) -> None:
        """Get a new token."""
        pair = {"username": self.name, "password": PASSWORD}
        token = self.client.post("/api/v1/tokens", json=pair).get_json()["token"]
        self.headers = {"Authorization": f"Bearer {token}"}


def sign_up(app: Flask, name: str) -> User:  # noqa: F811
    """A new account, signed in with a client of its own."""
    client = app.test_client()  # noqa: F811
    made = client.post("/api/v1/users", json={"username": name, "password": PASSWORD})
    user = User(client, name, {"user_id": made.get_json()["id"]}, {})
    user.sign_in()
    return user


def furnish(service: Service, user: User) -> User:  # noqa: F811
    """One of everything: a dataset that is ready, a job, a model, stored predictions, an API key, an endpoint."""
    csv = {"headers": {"Content-Type": "text/csv"}, "data": CSV}
    dataset = user.call("POST", f"/datasets?name={user.name}s-dataset", **csv).get_json()["id"]
    user_id = user.ids["user_id"]
    columns = [{"name": name} for name in ("size", "colour", "answer")]
    profile = {"rows": 3, "columns": columns, "warnings": []}
    service.datasets.record_profile(profile_ref(service.datasets.get(user_id, dataset)), profile, None)
    body = {"dataset_id": dataset, "target": "answer", "name": f"{user.name}s-job"}
    user.ids |= {
        "dataset_id": dataset,
        "job_id": user.call("POST", "/jobs", json=body).get_json()["id"],
        "model_id": trained.store(service, user_id).id,
        "endpoint_model_id": trained.store(service, user_id).id,
        "name": f"{user.name}s-endpoint",
        "alias": f"{user.name}s-alias",
        "version": f"{user.name}s-alias",
        "start": "2026-11-01T00:00:00Z",
        "key_id": user.call("POST", "/keys", json={"name": f"{user.name}s-key"}).get_json()["id"],
    }
    endpoint = {"name": user.ids["name"], "model_id": user.ids["endpoint_model_id"]}
    assert user.call("POST", "/endpoints", json=endpoint).status_code == 201
    user.call("PUT", f"/endpoints/{user.ids['name']}/aliases/{user.ids['alias']}", json={"version": 1})
    stored = user.call("POST", f"/models/{user.ids['model_id']}/predictions", json={"dataset_id": dataset})
    user.ids["prediction_id"] = stored.get_json()["id"]
    webhook = user.call("POST", "/webhooks", json={"url": "https://example.org/", "note": f"{user.name}s-webhook"})
    user.ids["webhook_id"] = webhook.get_json()["id"]
    user.ids["secret_name"] = f"{user.name}s-secret"
    user.call("PUT", f"/secrets/{user.ids['secret_name']}", json={"value": "hers"})
    sent = user.call("POST", f"/webhooks/{user.ids['webhook_id']}/test")
    user.ids["delivery_id"] = sent.get_json()["id"]
    measured = {"dataset_id": user.ids["dataset_id"], "model_id": user.ids["model_id"]}
    user.ids["evaluation_id"] = user.call("POST", "/evaluations", json=measured).get_json()["id"]
    compared = {"dataset_id": dataset, "models": [user.ids["model_id"], user.ids["endpoint_model_id"]]}
    source = {"name": f"{user.name}s-source", "kind": "endpoint", "endpoint": user.ids["name"]}
    user.ids["source_id"] = user.call("POST", "/sources", json=source).get_json()["id"]
    assert user.call("POST", f"/sources/{user.ids['source_id']}/fetch").get_json()["number"] == 1
    pipeline = {
        "name": f"{user.name}s-pipeline", "endpoint": user.ids["name"], "data": {"dataset_id": dataset},
        "job": {"target": "answer"},
    }  # fmt: skip
    user.ids["pipeline_id"] = user.call("POST", "/pipelines", json=pipeline).get_json()["id"]
    user.ids["token"] = user.call("POST", f"/pipelines/{user.ids['pipeline_id']}/hook").get_json()["token"]
    assert user.call("POST", f"/pipelines/{user.ids['pipeline_id']}/runs").get_json()["number"] == 1
    user.ids["comparison_id"] = user.call("POST", "/comparisons", json=compared).get_json()["id"]
    user.ids["number"] = "1"  # The last: other ids have this digit, too.
    return user


@pytest.fixture
def two(service: Service) -> tuple[User, User]:  # noqa: F811
    """(ada, eve): each has one of everything."""
    app = create_app(service)  # noqa: F811
    return furnish(service, sign_up(app, "ada")), furnish(service, sign_up(app, "eve"))


@pytest.fixture
def eve(app: Flask) -> User:  # noqa: F811
    """Somebody who has nothing yet."""
    return sign_up(app, "eve")


@pytest.fixture
def logs(capsys: pytest.CaptureFixture[str]) -> pytest.CaptureFixture[str]:
    """What has been logged: structlog writes to the captured output."""
    return capsys


ROOT = Path(__file__).parents[2]
