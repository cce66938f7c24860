"""An endpoint whose requests are kept, in blobs that fail when they are told to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from api.serving.rows import Rows
from api.serving.serving import Serving
from core.domain.endpoints import Endpoint
from core.domain.records import Json
from core.observability.metrics import REGISTRY
from core.ports import Blobs, Ports
from core.requests.request_pages import RequestPages, RequestQuery
from core.service import Service
from core.settings import Settings
from tests.unit.api.trained import store

ADA, BY = "ada", "user/ada"
EVER = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
COLUMNS: dict[str, list[Any]] = {"size": [2.5], "colour": ["red"]}


class BlobsThatFail:
    """Blobs of which each write fails while there is a failure to have."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self.failure: Exception | None = None
        self.hold = threading.Event()
        self.hold.set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._blobs, name)

    def write(self, *args: Any, **kwargs: Any) -> Any:
        self.hold.wait()
        if self.failure is not None:
            raise self.failure
        return self._blobs.write(*args, **kwargs)


@pytest.fixture
def blobs(ports: Ports) -> BlobsThatFail:
    return BlobsThatFail(ports.blobs)


@pytest.fixture
def service(blobs: BlobsThatFail, ports: Ports, settings: Settings) -> Service:
    made = Service(Ports(ports.tables, blobs, ports.queue), settings)  # type: ignore[arg-type]
    made.endpoints.create(ADA, "income", BY, model_id=store(made, ADA).id)
    return made


@pytest.fixture
def serving(service: Service) -> Iterator[Serving]:
    made = Serving(service)
    yield made
    made.close()


def endpoint(service: Service) -> Endpoint:
    return service.endpoints.get(ADA, "income")


def kept(service: Service) -> list[Json]:
    pages = RequestPages(service.ports, lambda segment: [])
    return pages.page(endpoint(service), RequestQuery(), 1000).items


def predict(serving: Serving, n: int = 1, **more: Any) -> list[str]:
    columns = {name: cells * n for name, cells in COLUMNS.items()}
    return serving.predict(serving.locate(ADA, "income"), Rows(columns, n, **more)).prediction_ids


def lost(why: str) -> float:
    return REGISTRY.get_sample_value("nobrains_requests_not_logged_total", {"why": why}) or 0.0
