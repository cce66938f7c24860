"""Ada's dataset, her pipelines over HTTP, and workers whose part a test plays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.service import Service
from tests.unit.core.conftest import Clock, World
from tests.unit.core.pipelines.conftest import Stand

JOB = {"target": "bought", "time_budget_s": 60}


class Caller:
    """Somebody who is signed in, and the world behind the service."""

    def __init__(self, client: FlaskClient, headers: dict[str, str], stand: Stand) -> None:
        self.client, self.headers, self.stand = client, headers, stand

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.client.open(f"/api/v1{path}", method=method, json=body, headers=sent)

    def get(self, path: str) -> Any:
        answer = self.call("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def body(self, **said: Any) -> dict[str, Any]:
        data = {"dataset_id": self.stand.dataset.id}
        return {"name": "Weekly", "endpoint": "income", "data": data, "job": JOB, **said}

    def pipeline(self, **said: Any) -> str:
        answer = self.call("POST", "/pipelines", self.body(**said))
        assert answer.status_code == 201, answer.text
        return str(answer.get_json()["id"])


@pytest.fixture
def caller(client: FlaskClient, service: Service, sign_in: Callable[..., dict[str, str]]) -> Caller:
    stand = Stand(World(service, Clock()))
    return Caller(client, sign_in("ada"), stand)
