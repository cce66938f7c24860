"""An endpoint of two versions, and a way to have it predict."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.domain.endpoints import Decision, NewVersion, Traffic
from core.domain.records import Model
from core.service import Service
from tests.unit.api.trained import store

ROW = {"size": 2.5, "colour": "red"}
Post = Callable[..., TestResponse]
BY = "user/ada"


@pytest.fixture
def post(client: FlaskClient, ada: dict[str, str]) -> Post:
    def send(
        name: str = "income", version: str | None = None, headers: dict[str, str] | None = None, **body: Any
    ) -> Any:
        query = {**body.pop("query", {}), **({} if version is None else {"version": version})}
        path = f"/api/v1/endpoints/{name}/predict"
        return client.post(path, headers={**ada, **(headers or {})}, query_string=query, **body)

    return send


@pytest.fixture
def income(service: Service, ada_id: str, model: Model) -> str:
    """An endpoint of two versions of the same signature, of which the first is the champion."""
    service.endpoints.create(ada_id, "income", BY, model_id=model.id)
    service.versions.register(ada_id, "income", NewVersion(store(service, ada_id).id, BY))
    service.endpoints.set_alias(ada_id, "income", "challenger", 2, Decision(BY))
    return "income"


def share(service: Service, ada_id: str, **traffic: Any) -> None:
    service.endpoints.set_traffic(ada_id, "income", Traffic(**traffic), Decision(BY))
