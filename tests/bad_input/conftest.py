"""The whole service in one process, asked over HTTP: the app, and workers with their real children."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.app import create_app
from backends.factory import create_backends
from core.ports import PROFILE_QUEUE, TRAIN_QUEUE, Ports
from core.service import Service
from core.settings import Settings
from tests.waiting import PATIENCE_S
from worker.worker import Worker

MAX_ROWS = 200_000
MAX_UPLOAD_BYTES = 20_000_000

UNSETTLED = ("uploaded", "queued", "running", "stopping", "cancelling")
"""States of a dataset or a training that something is still done for."""


class Asker:
    """A signed-in user."""

    def __init__(self, app: Flask, service: Service, username: str) -> None:
        self.app = app
        self.service = service
        self.client: FlaskClient = app.test_client()
        self.pair = {"username": username, "password": "correct horse"}
        self.id: str = self.client.post("/api/v1/users", json=self.pair).get_json()["id"]
        token = self.client.post("/api/v1/tokens", json=self.pair).get_json()["token"]
        self.headers = {"Authorization": f"Bearer {token}"}

    def call(self, method: str, path: str, headers: dict[str, str] | None = None, **options: Any) -> TestResponse:
        return self.client.open(f"/api/v1{path}", method=method, headers={**self.headers, **(headers or {})}, **options)

    def upload(self, data: bytes, path: str = "/datasets", **headers: str) -> TestResponse:
        return self.call("POST", path, {"Content-Type": "text/csv", **headers}, data=data)

    def settled(self, path: str) -> dict[str, Any]:
        """The resource once its work is over."""
        deadline = time.monotonic() + PATIENCE_S
        asked = time.monotonic()
        while (found := self.call("GET", path).get_json())["state"] in UNSETTLED:
            assert time.monotonic() < deadline, found
            # An answer of thousands of columns costs what the worker would have done with the time.
            time.sleep(max(0.02, 5 * (time.monotonic() - asked)))
            asked = time.monotonic()
        return dict(found)

    def profile(self, data: bytes, **headers: str) -> dict[str, Any]:
        """The dataset, once a worker has read all of it."""
        made = self.upload(data, **headers)
        assert made.status_code == 201, made.get_json()
        return self.settled(f"/datasets/{made.get_json()['id']}")

    def train(self, dataset: dict[str, Any], **body: Any) -> dict[str, Any]:
        """The training, once it is over."""
        request = {"dataset_id": dataset["id"], "time_budget_s": 2, "models": ["linear"], **body}
        made = self.call("POST", "/jobs", json=request)
        assert made.status_code == 202, made.get_json()
        return self.settled(f"/jobs/{made.get_json()['id']}")

    def blobs(self) -> set[str]:
        """The blobs of this user's uploads."""
        return {name for name in self.service.ports.blobs.names(f"{self.id}/") if "/datasets/" in name}


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, Service]]:
    """The app and the service: one for all modules."""
    settings = Settings(
        {}, data=str(tmp_path_factory.mktemp("service")), max_rows=MAX_ROWS, max_upload_bytes=MAX_UPLOAD_BYTES,
        anonymous_requests_per_minute=0, signups_per_hour=0,
    )  # fmt: skip
    opened: list[Ports] = []

    def open_service() -> Service:
        opened.append(create_backends(settings))
        return Service(opened[-1], settings)

    service = open_service()
    workers = [Worker(open_service(), queue) for queue in (PROFILE_QUEUE, TRAIN_QUEUE)]
    threads = [threading.Thread(target=worker.run) for worker in workers]
    for thread in threads:
        thread.start()
    yield create_app(service), service
    for worker in workers:
        worker.stop()
    for thread in threads:
        thread.join()
    for ports in opened:
        ports.close()


@pytest.fixture(scope="module")
def ask(whole: tuple[Flask, Service], request: pytest.FixtureRequest) -> Asker:
    """A user of the module's own."""
    return Asker(*whole, f"ada-{request.path.stem}")


def problem_of(answer: TestResponse) -> tuple[int, str]:
    """(status, reason) of an answer that must be a problem as RFC 9457 has it, and name its request."""
    problem = answer.get_json()
    assert answer.content_type == "application/problem+json", answer.text[:200]
    assert problem["status"] == answer.status_code
    assert problem["request_id"] == answer.headers["X-Request-ID"]
    assert problem["detail"]
    return answer.status_code, problem["reason"]
