"""An endpoint `answer` of Ada's, whose champion is a really trained model, and ways to ask it."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.domain.records import Model
from core.service import Service
from tests.unit.api.trained import store

ROWS = {"size": [2.5, -2.5, None], "colour": ["red", "green", None]}


def basic(secret: str, username: str = "anybody") -> dict[str, str]:
    """The header of HTTP Basic."""
    return {"Authorization": f"Basic {base64.b64encode(f'{username}:{secret}'.encode()).decode()}"}


@pytest.fixture
def model(service: Service, ada_id: str) -> Model:
    return store(service, ada_id)


@pytest.fixture
def endpoint(service: Service, ada_id: str, model: Model) -> str:
    return service.endpoints.create(ada_id, "answer", f"user/{ada_id}", model_id=model.id).name


@pytest.fixture
def prices(service: Service, ada_id: str) -> str:
    """An endpoint whose champion predicts numbers."""
    model = store(service, ada_id, "amount")
    return service.endpoints.create(ada_id, "prices", f"user/{ada_id}", model_id=model.id).name


@pytest.fixture
def key(client: FlaskClient, ada: dict[str, str]) -> str:
    return str(client.post("/api/v1/keys", json={"name": "k"}, headers=ada).get_json()["key"])


@pytest.fixture
def expected(client: FlaskClient, ada: dict[str, str], endpoint: str) -> dict[str, list[object]]:
    """What the API itself predicts for `ROWS`: labels, and probabilities in the order of the classes."""
    rows = [dict(zip(ROWS, cells, strict=True)) for cells in zip(*ROWS.values(), strict=True)]
    answer = client.post(f"/api/v1/endpoints/{endpoint}/predict", json={"instances": rows}, headers=ada).get_json()
    return {
        "label": answer["predictions"],
        "probabilities": [list(row.values()) for row in answer["probabilities"]],
        "classes": list(answer["probabilities"][0]),
    }


@pytest.fixture
def ask(client: FlaskClient, ada: dict[str, str], endpoint: str) -> Callable[..., TestResponse]:
    """Ask as Ada does."""

    def send(method: str, path: str, headers: dict[str, str] | None = None, **options: object) -> TestResponse:
        return client.open(path, method=method, headers={**ada, **(headers or {})}, **options)  # type: ignore[arg-type]

    return send
