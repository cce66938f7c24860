"""The real app over the embedded back ends, in a folder of the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.app import create_app
from backends.factory import create_backends
from core.ports import Ports
from core.service import Service
from core.settings import Settings

PASSWORD = "correct horse"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings({}, data=str(tmp_path / "data"))


@pytest.fixture
def ports(settings: Settings) -> Iterator[Ports]:
    opened = create_backends(settings)
    yield opened
    opened.close()


@pytest.fixture
def service(ports: Ports, settings: Settings) -> Service:
    return Service(ports, settings)


@pytest.fixture
def app(service: Service) -> Flask:
    return create_app(service)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A caller who has not signed in."""
    return app.test_client()


@pytest.fixture
def sign_in(client: FlaskClient) -> Callable[..., dict[str, str]]:
    """Makes an account and gives the headers that speak for it."""

    def sign(username: str = "ada") -> dict[str, str]:
        body: dict[str, Any] = {"username": username, "password": PASSWORD}
        client.post("/api/v1/users", json=body)
        token = client.post("/api/v1/tokens", json=body).json["token"]  # type: ignore[index]
        return {"Authorization": f"Bearer {token}"}

    return sign


@pytest.fixture
def ada(sign_in: Callable[..., dict[str, str]]) -> dict[str, str]:
    """The headers of a user who has signed in."""
    return sign_in("ada")


@pytest.fixture
def ada_id(service: Service, ada: dict[str, str]) -> str:
    return service.accounts.authenticate(ada["Authorization"].removeprefix("Bearer "), {"token"}).user.id
