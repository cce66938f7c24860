"""The models of this process: read from the blobs when first asked for, kept while there is room.

A model may be there twice: as the engine's bundle, and as the ONNX file that answers in its stead, if a worker has made
one whose predictions are the engine's. Both are in one cache, the file under an id of its own.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import structlog

from api.model_cache import ModelCache
from core.domain.endpoints import Runtime
from core.domain.records import UPLOADED
from core.domain.records import Model as ModelRecord
from core.errors import Conflict, Corrupted, NoBrainsError, Unavailable
from core.models.decision_rules import rule_of
from core.settings import MIB
from core.storage.fresh_cache import FreshCache

if TYPE_CHECKING:
    from automl import Model
    from automl.inference.servable import ServableModel
    from automl.onnx.uploaded.model import UploadedModel
    from core.service import Service

DAMAGED = frozenset({"NOT_A_BUNDLE", "BUNDLE_DAMAGED", "BUNDLE_TOO_LARGE"})
_FILE = "/onnx"

log = structlog.get_logger(__name__)


class LoadedModels:
    """What predicts for a model's record. Safe from several threads."""

    def __init__(self, service: Service) -> None:
        self._service = service
        capacity_bytes = service.settings.model_cache_mib * MIB
        self._loaded: ModelCache[ServableModel] = ModelCache(capacity_bytes, service.models.content, _load)
        self._files = FreshCache("serving files", self._find_file, service.settings.serve_stale_s)
        self._unusable: set[str] = set()

    def engine(self, record: ModelRecord) -> Model | UploadedModel:
        """Return the model as it can be explained; wait while it is loaded. Raises Conflict, Corrupted, Unavailable."""
        return cast("Model | UploadedModel", _decided(self._loaded.get(record), record))

    def servable(self, record: ModelRecord, runtime: Runtime = "auto") -> ServableModel:
        """Return what answers for the model: its ONNX file if there is one and it may, else the engine.

        Labels are answered by the record's decision rule. Raises what `engine` raises.
        """
        return _decided(self._servable(record, runtime), record)

    def _servable(self, record: ModelRecord, runtime: Runtime) -> ServableModel:
        file = self._file(record) if runtime == "auto" and record.origin != UPLOADED else None
        if file is None or file.id in self._unusable:
            return self._loaded.get(record)
        try:
            return self._loaded.get(file)
        except Unavailable:
            return self._loaded.get(record)
        except NoBrainsError as exc:
            self._unusable.add(file.id)
            log.warning("serving_file.unusable", model_id=record.id, error=str(exc)[:300])
            return self._loaded.get(record)

    def _file(self, record: ModelRecord) -> ModelRecord | None:
        try:
            return self._files.get((record.user_id, record.id))
        except Unavailable:
            return None

    def _find_file(self, key: tuple[str, str]) -> ModelRecord | None:
        """Return the record with the file in the bundle's place, loaded; have a worker make one that is missing."""
        record = self._service.models.remembered.get(key)
        found = self._service.exports.ready(record)
        if found is None:
            self._service.exports.request(record)
            return None
        blob = found.blob
        file = replace(record, id=f"{record.id}{_FILE}", blob=blob.name, size_bytes=blob.size_bytes, sha256=blob.sha256)
        if file.id not in self._unusable:
            with suppress(NoBrainsError):  # `servable` sees to that.
                self._loaded.get(file)  # Here, so that no request waits for it while the engine answers.
        return file


def warm() -> None:
    """Import the engine ahead of the first prediction: it takes seconds. For a thread of its own."""
    import automl.inference.bundle
    import automl.inference.predict_csv
    import automl.onnx.runtime  # noqa: F401


def _decided(model: ServableModel, record: ModelRecord) -> ServableModel:
    rule = rule_of(record)
    if rule is None:
        return model
    from automl.postprocessing import DecisionRule

    return model.with_decision(DecisionRule(**rule))


def _load(path: Path, record: ModelRecord) -> ServableModel:
    if record.id.endswith(_FILE):
        return _load_file(path)
    if record.origin == UPLOADED:
        from automl.onnx.uploaded.load import load_uploaded

        return load_uploaded(path.read_bytes(), record.summary)
    return _load_bundle(path)


def _load_file(path: Path) -> ServableModel:
    from automl.onnx.runtime import OnnxPredictor

    try:
        return OnnxPredictor.load(path)
    except Exception as exc:  # Whatever onnxruntime says of a file that another version of it has made.
        raise Corrupted(f"{type(exc).__name__}: {exc}") from exc


def _load_bundle(path: Path) -> Model:
    import automl
    from automl.errors import BundleError

    try:
        return automl.load(path)
    except BundleError as exc:
        if exc.reason in DAMAGED:
            raise Corrupted(str(exc)) from exc
        raise Conflict(exc.reason, str(exc)) from exc
