"""The ONNX file of a model answers in its stead, where it may and can; otherwise the engine does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import automl
from api.serving.loaded_models import LoadedModels
from automl.inference.model import Model as EngineModel
from automl.onnx.runtime import OnnxPredictor
from automl.onnx.serving_file import write_serving_file
from core.domain.records import Model
from core.errors import Unavailable, failure
from core.models.exports import ServingFile, serving_ref
from core.ports import BlobInfo
from core.service import Service
from core.tasks.messages import TaskMessage
from tests.unit.api.trained import bundle, store
from tests.waiting import wait_for

ROWS = {"size": [2.5, None, "huge"], "colour": ["red", "mauve", None]}
ADA = "ada"


@pytest.fixture
def record(service: Service) -> Model:
    return store(service, ADA)


@pytest.fixture
def has_file(service: Service, record: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Gives the model the file that a worker makes; or these bytes in its place."""

    def make(content: bytes | None = None) -> None:
        path = tmp_path / "model.nb"
        path.write_bytes(bundle("answer")[0])
        write_serving_file(automl.load(path), tmp_path / "serving.onnx")
        blob = service.ports.blobs.write(
            f"{ADA}/exports/{record.id}/1", [content or (tmp_path / "serving.onnx").read_bytes()]
        )
        monkeypatch.setattr(service.exports, "ready", lambda _: ServingFile(blob, 1e-7))

    return make


def test_the_file_answers_as_the_engine_does(service: Service, record: Model, has_file: Callable[..., None]) -> None:
    has_file()
    models = LoadedModels(service)
    served, engine = models.servable(record), models.engine(record)
    assert isinstance(served, OnnxPredictor)
    assert isinstance(engine, EngineModel)
    np.testing.assert_allclose(served.predict_raw(ROWS), engine.predict_raw(ROWS), atol=1e-5)
    assert models.servable(record) is served


def test_the_engine_answers_where_it_is_wanted_or_there_is_no_file(
    service: Service, record: Model, has_file: Callable[..., None]
) -> None:
    models = LoadedModels(service)
    assert isinstance(models.servable(record), EngineModel)
    has_file()
    assert isinstance(LoadedModels(service).servable(record, "engine"), EngineModel)


@pytest.mark.parametrize("content", [b"no graph", b"\x08\x07"])
def test_a_file_that_cannot_be_loaded_is_looked_at_once(
    service: Service, record: Model, has_file: Callable[..., None], content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_file(content)
    models = LoadedModels(service)
    assert isinstance(models.servable(record), EngineModel)
    monkeypatch.setattr(service.ports.blobs, "read", None)
    assert isinstance(models.servable(record), EngineModel)


def test_a_file_that_is_gone_or_damaged_keeps_nobody_from_an_answer(
    service: Service, record: Model, has_file: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    has_file()
    found = service.exports.ready(record)
    assert found is not None
    damaged = ServingFile(replace(found.blob, sha256="0" * 64), 1e-7)
    gone = ServingFile(BlobInfo(f"{ADA}/exports/{record.id}/2", 1, "0" * 64), 1e-7)
    for file in (damaged, gone):
        monkeypatch.setattr(service.exports, "ready", lambda _, file=file: file)
        assert isinstance(LoadedModels(service).servable(record), EngineModel)


def test_tables_that_do_not_say_whether_there_is_a_file_keep_nobody_from_an_answer(
    service: Service, record: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: Model) -> None:
        raise Unavailable("away")

    monkeypatch.setattr(service.exports, "ready", away)
    assert isinstance(LoadedModels(service).servable(record), EngineModel)


def test_the_first_prediction_has_the_file_made_and_it_answers_once_it_is_there(
    service: Service, record: Model, tmp_path: Path
) -> None:
    models = LoadedModels(service)
    assert isinstance(models.servable(record), EngineModel)
    claimed = service.work.claim(TaskMessage(serving_ref(record)), "worker")
    assert claimed is not None
    (tmp_path / "model.nb").write_bytes(bundle("answer")[0])
    parity = write_serving_file(automl.load(tmp_path / "model.nb"), tmp_path / "serving.onnx")
    blob = service.ports.blobs.write(f"{ADA}/exports/{record.id}/1", [(tmp_path / "serving.onnx").read_bytes()])
    made = {"blob": blob.name, "size_bytes": blob.size_bytes, "sha256": blob.sha256}
    service.work.succeed(claimed, {**made, "parity": parity.largest_difference})
    wait_for(lambda: isinstance(models.servable(record), OnnxPredictor))


def test_what_no_graph_can_express_stays_with_the_engine(service: Service, record: Model) -> None:
    models = LoadedModels(service)
    assert isinstance(models.servable(record), EngineModel)
    claimed = service.work.claim(TaskMessage(serving_ref(record)), "worker")
    assert claimed is not None
    service.work.fail(claimed, failure("ONNX_CANNOT_EXPRESS", "It reads text.", ""))
    assert isinstance(LoadedModels(service).servable(record), EngineModel)
    assert service.work.claim(TaskMessage(serving_ref(record)), "worker") is None
