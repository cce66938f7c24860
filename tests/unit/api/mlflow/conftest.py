"""An account with a training, its trials and its model, which is a version of an endpoint."""

from __future__ import annotations

import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from api.mlflow.run_ids import run_id_of
from automl.inference.bundle import load
from automl.onnx.export import export
from automl.onnx.mlflow_model import write_mlflow_model
from core.datasets.datasets import profile_ref
from core.domain.endpoints import NewVersion
from core.domain.records import Model, TaskRef
from core.domain.trainings import Progress, TrialRow
from core.jobs.jobs import train_ref
from core.models.exports import export_prefix
from core.service import Service
from core.storage import rows
from core.tasks.messages import TaskMessage
from tests.unit.api import trained

CSV = b"size,colour,answer\n1,red,yes\n2,green,01\n3,red,yes\n"
SCORES = [0.6, 0.9, None, 0.8]
"""Of the trials; the one without is being fitted."""


@dataclass
class Caller:
    """A signed-in user of MLflow's API."""

    client: FlaskClient
    headers: dict[str, str]

    def get(self, call: str, **query: Any) -> TestResponse:
        return self.client.get(f"/mlflow/api/2.0/mlflow/{call}", query_string=query, headers=self.headers)

    def send(self, method: str, call: str, **body: Any) -> TestResponse:
        return self.client.open(f"/mlflow/api/2.0/mlflow/{call}", method=method, json=body, headers=self.headers)

    def artifact(self, path: str) -> TestResponse:
        return self.client.get(f"/mlflow/api/2.0/mlflow-artifacts/artifacts/{path}", headers=self.headers)

    def files(self, path: str) -> list[dict[str, Any]]:
        answer = self.client.get(
            "/mlflow/api/2.0/mlflow-artifacts/artifacts", query_string={"path": path}, headers=self.headers
        )
        found: list[dict[str, Any]] = answer.get_json()["files"]
        return found


@pytest.fixture
def mlflow(client: FlaskClient, ada: dict[str, str]) -> Caller:
    return Caller(client, ada)


@dataclass
class World:
    """What ada has."""

    service: Service
    user_id: str
    dataset_id: str
    job_id: str
    model: Model

    @property
    def run_id(self) -> str:
        return run_id_of(self.job_id)


@pytest.fixture
def world(service: Service, ada_id: str, client: FlaskClient, ada: dict[str, str]) -> World:
    csv = {"headers": {**ada, "Content-Type": "text/csv"}, "data": CSV}
    dataset_id = client.post("/api/v1/datasets?name=answers", **csv).get_json()["id"]
    columns = [{"name": name} for name in ("size", "colour", "answer")]
    profile = {"rows": 3, "columns": columns, "warnings": []}
    service.datasets.record_profile(profile_ref(service.datasets.get(ada_id, dataset_id)), profile, None)
    body = {"dataset_id": dataset_id, "target": "answer", "name": "first", "models": ["linear"]}
    job_id = client.post("/api/v1/jobs", json=body, headers=ada).get_json()["id"]
    model = trained.store(service, ada_id)
    finish(service, train_ref(ada_id, job_id), model)
    model = service.models.get(ada_id, model.id)
    service.endpoints.create(ada_id, "answers", f"user/{ada_id}", model_id=model.id)
    service.versions.register(ada_id, "answers", NewVersion(model.id, f"user/{ada_id}", note="again"))
    return World(service, ada_id, dataset_id, job_id, model)


def finish(service: Service, ref: TaskRef, model: Model) -> None:
    """As a worker would, after four trials."""
    tables = service.ports.tables
    claimed = service.work.claim(TaskMessage(ref), "worker")
    assert claimed is not None
    for number, score in enumerate(SCORES):
        state = "running" if score is None else "complete"
        trial = TrialRow(number, 1, "linear", state, model.created_at, score, 1.5, {"C": 0.5 + number})
        tables.put(rows.key("trial", ref.user_id, ref.id, number), rows.dump(trial))
    progress = Progress(1, "done", 3.0, len(SCORES), 0.9, "binary", "auc")
    tables.put(rows.key("progress", ref.user_id, ref.id), rows.dump(progress))
    kept = {}
    for name in ("report", "evaluation"):
        info = service.ports.blobs.write(f"{ref.user_id}/{name}s/{model.id}", [name.encode()])
        kept[name] = {"blob": info.name, "size_bytes": info.size_bytes, "sha256": info.sha256}
    record = {**rows.load_json(rows.dump(model)), "job_id": ref.id, **kept}
    tables.put(rows.key("model", ref.user_id, model.id), rows.dump(record))
    service.work.succeed(claimed, {"model_id": model.id})


@pytest.fixture
def exporting(tmp_path: Path) -> Callable[[World], Any]:
    """A context in which a worker makes the model's exports, as they are asked for."""

    @contextmanager
    def work(world: World) -> Iterator[None]:
        stop = threading.Event()
        thread = threading.Thread(target=_export, args=(world, tmp_path, stop))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    return work


def _export(world: World, folder: Path, stop: threading.Event) -> None:
    service, model = world.service, world.model
    (folder / "model.nb").write_bytes(b"".join(service.models.content(model)))
    loaded = load(folder / "model.nb")
    export(loaded, folder / "model.onnx")
    write_mlflow_model(folder / "model.onnx", loaded.summary, folder / "model.zip")
    while not stop.wait(0.02):
        for row in service.ports.tables.scan(rows.prefix("export", world.user_id)):
            ref = TaskRef.parse(row.key)
            claimed = service.work.claim(TaskMessage(ref), "worker")
            if claimed is not None:
                file = "model.zip" if "-mlflow" in ref.id else "model.onnx"
                blob = f"{export_prefix(world.user_id, model.id)}{ref.id}"
                info = service.ports.blobs.write(blob, [(folder / file).read_bytes()])
                made = {"blob": info.name, "size_bytes": info.size_bytes, "sha256": info.sha256}
                service.work.succeed(claimed, made)


def unzipped(content: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(BytesIO(content))
