"""The same road in both worlds: a running `nobrains serve`, and the service over RabbitMQ, Bigtable and Cloud Storage
behind a balancer (`pytest -k real`)."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import plotly.data
import pytest

from nobrains_client import Client, Dataset

if TYPE_CHECKING:
    from tests.integration.conftest import Server
    from tests.integration.real.deployment import Deployment


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
    # The real service is the same for all modules.
    return service.client(f"ada-{secrets.token_hex(4)}")


@pytest.fixture(scope="module")
def dataset(client: Client, tips: Path) -> Dataset:
    return client.wait_ready(client.upload(tips))


def url(client: Client, path: str) -> str:
    return f"{client.url}/api/v1{path}"


def bearer(client: Client) -> dict[str, str]:
    return {"Authorization": f"Bearer {client.token}"}
