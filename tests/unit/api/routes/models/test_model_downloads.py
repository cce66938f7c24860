"""Files of models over HTTP: bundles, and what a worker makes of them."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask.testing import FlaskClient

import automl
from core.domain.records import Model
from core.errors import failure
from core.models.exports import export_prefix, export_ref
from core.service import Service
from core.tasks.lifecycle import ClaimedTask
from core.tasks.messages import TaskMessage


def test_the_bundle_loads_with_the_engine_alone(
    client: FlaskClient, ada: dict[str, str], model: Model, tmp_path: Path
) -> None:
    answer = client.get(f"/api/v1/models/{model.id}/download", headers=ada)
    assert answer.headers["ETag"] == f'"{hashlib.sha256(answer.data).hexdigest()}"'
    assert answer.headers["Content-Disposition"] == f"attachment; filename=answer-{model.id}.nb"
    (tmp_path / "model.nb").write_bytes(answer.data)
    assert automl.load(tmp_path / "model.nb").predict({"size": ["3"], "colour": ["red"]}).tolist() == ["yes"]


@contextmanager
def export_worker(
    service: Service, model: Model, member: str | None, end: Callable[[ClaimedTask], None]
) -> Iterator[None]:
    """As a worker would, end the export as soon as it is asked for; nobody waits for one that never was."""
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            if claimed := service.work.claim(TaskMessage(export_ref(model, member)), "worker"):
                return end(claimed)
            time.sleep(0.01)

    with ThreadPoolExecutor(1) as pool:
        worker = pool.submit(work)
        try:
            yield
        finally:
            over.set()
    worker.result()


def test_onnx_is_made_once_by_a_worker(
    client: FlaskClient, ada: dict[str, str], model: Model, service: Service
) -> None:
    def succeed(claimed: ClaimedTask) -> None:
        info = service.ports.blobs.write(f"{export_prefix(model.user_id, model.id)}1.onnx", [b"graph"])
        service.work.succeed(claimed, {"blob": info.name, "size_bytes": info.size_bytes, "sha256": info.sha256})

    path = f"/api/v1/models/{model.id}/download?format=onnx"
    with export_worker(service, model, None, succeed):
        answer = client.get(path, headers=ada)
    assert (answer.status_code, answer.data) == (200, b"graph")
    assert answer.headers["Content-Disposition"] == f"attachment; filename=answer-{model.id}.onnx"
    assert client.get(path, headers=ada).data == b"graph"
    client.delete(f"/api/v1/models/{model.id}", headers=ada)
    assert list(service.ports.blobs.names(export_prefix(model.user_id, model.id))) == []
    assert service.work.state(export_ref(model, None)) is None


def test_what_onnx_cannot_express_is_named(
    client: FlaskClient, ada: dict[str, str], model: Model, service: Service
) -> None:
    member = model.summary["leaderboard"][0]["name"]
    error = failure("ONNX_CANNOT_EXPRESS", "It reads text.", "Take another.")
    path = f"/api/v1/models/{model.id}/download?format=onnx&model={member}"
    with export_worker(service, model, member, lambda claimed: service.work.fail(claimed, error)):
        answers = [client.get(path, headers=ada)]
    answers.append(client.get(path, headers=ada))  # the verdict is remembered
    for answer in answers:
        assert (answer.status_code, answer.get_json()["reason"]) == (409, "ONNX_CANNOT_EXPRESS")
        assert answer.get_json()["detail"] == "It reads text. Take another."


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("format=onnx&model=nobody", "UNKNOWN_MEMBER"),
        ("model=linear-1", "VALIDATION_FAILED"),
        ("format=pickle", "VALIDATION_FAILED"),
    ],
)
def test_what_cannot_be_downloaded(
    client: FlaskClient, ada: dict[str, str], model: Model, query: str, reason: str
) -> None:
    answer = client.get(f"/api/v1/models/{model.id}/download?{query}", headers=ada)
    assert (answer.status_code, answer.get_json()["reason"]) == (422, reason)
