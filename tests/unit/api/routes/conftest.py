"""A really trained model of Ada's, and a way to ask it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.domain.records import Model
from core.service import Service
from tests.unit.api.trained import store

Ask = Callable[..., TestResponse]


@pytest.fixture
def model(service: Service, ada_id: str) -> Model:
    return store(service, ada_id)


@pytest.fixture
def post(client: FlaskClient, ada: dict[str, str], model: Model) -> Callable[..., TestResponse]:
    def send(model_id: str = model.id, headers: dict[str, str] | None = None, **body: Any) -> TestResponse:
        return client.post(f"/api/v1/models/{model_id}/predict", headers={**ada, **(headers or {})}, **body)

    return send


@pytest.fixture
def ask(client: FlaskClient, ada: dict[str, str]) -> Ask:
    def send(method: str, path: str, **body: Any) -> TestResponse:
        headers = {**ada, **body.pop("headers", {})}
        return client.open(f"/api/v1{path}", method=method, headers=headers, **body)

    return send
