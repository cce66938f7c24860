"""Use cases around trained models: find, list, read, delete."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from core.domain.ids import new_id
from core.domain.records import TRAINED, UPLOADED, Json, Model
from core.errors import Conflict, NotFound, failure
from core.jobs.jobs import train_ref
from core.ports import BlobInfo, Ports
from core.storage import rows
from core.storage.fresh_cache import FreshCache
from core.storage.rows import Page
from core.tasks.lifecycle import TaskLifecycle

MAX_REMEMBERED = 1000
"""Models whose rows a process remembers: those of wide tables have some hundred kilobytes."""


class Models:
    """A user's models."""

    def __init__(self, ports: Ports, work: TaskLifecycle, stale_s: float = 0.0) -> None:
        self.tables = ports.tables
        self.blobs = ports.blobs
        self.work = work
        self.remembered: FreshCache[tuple[str, str], Model] = FreshCache(
            "models", lambda key: self.get(*key), stale_s, max_entries=MAX_REMEMBERED
        )
        """Models by (user id, id), for predictions: a deletion is seen within a second."""

    def find(self, user_id: str, id: str) -> Model | None:
        raw = self.tables.get(rows.key("model", user_id, id))
        if raw is None:
            return None
        model = rows.load(Model, raw)
        return model if self.counts(model) else None

    def get(self, user_id: str, id: str) -> Model:
        """Return the model; raises NotFound."""
        model = self.find(user_id, id)
        if model is None:
            raise NotFound("model", id)
        return model

    def page(self, user_id: str, size: int, after: str | None = None) -> Page[Model]:
        """Return a page of models, newest first."""
        found = rows.page(self.tables, Model, rows.prefix("model", user_id), size, after)
        return Page([model for model in found.items if self.counts(model)], found.next)

    def content(self, model: Model) -> Iterator[bytes]:
        """Stream the bytes of the bundle, or of the uploaded file."""
        return self.blobs.read(model.blob)

    def bundle(self, model: Model) -> BlobInfo:
        """Return the model file; raises Conflict NO_BUNDLE if the model was uploaded."""
        if model.origin == UPLOADED:
            raise Conflict(
                "NO_BUNDLE", "This model was uploaded as ONNX, and has no model file of ours: ask for format=onnx."
            )
        return BlobInfo(model.blob, model.size_bytes, model.sha256)

    def report(self, model: Model) -> BlobInfo:
        """Return the HTML page that describes the model; raises Conflict if none was written."""
        if model.report is None:
            raise Conflict("REPORT_NOT_AVAILABLE", f"This model has no report: {_why_none(model)}.")
        return BlobInfo(model.report["blob"], model.report["size_bytes"], model.report["sha256"])

    def evaluation(self, model: Model) -> BlobInfo:
        """Return the data that the report is drawn from; raises Conflict if it was not kept."""
        if model.evaluation is None:
            raise Conflict("REPORT_NOT_AVAILABLE", f"This model has no evaluation: {_why_none(model)}.")
        return BlobInfo(model.evaluation["blob"], model.evaluation["size_bytes"], model.evaluation["sha256"])

    def mark_deleted(self, user_id: str, id: str) -> Model | None:
        """Set the tombstone, and return the model with it; None if it was deleted. Setting it again does no harm."""
        key, deletion = rows.key("model", user_id, id), new_id()
        return rows.update(
            self.tables, key, Model, lambda model: model and replace(model, deleting=True, deletion_id=deletion)
        )

    def restore(self, tombstone: Model) -> None:
        """Take the tombstone back, unless another deletion has set its own meanwhile."""
        key = rows.key("model", tombstone.user_id, tombstone.id)
        before = replace(tombstone, deleting=False, deletion_id="")
        rows.compare_and_set(self.tables, key, rows.dump(before), rows.dump(tombstone))

    def counts(self, model: Model) -> bool:
        """Return whether its user sees it."""
        return not model.deleting and (model.committed or self._won(model))

    def _won(self, model: Model) -> bool:
        task_state = self.work.state(train_ref(model.user_id, model.job_id))
        return task_state is not None and (task_state.result or {}).get("model_id") == model.id

    def delete_rows(self, model: Model) -> None:
        """Delete the bundle and its documents, then the row: after a crash in between, it can be deleted again."""
        self.blobs.delete(model.blob)
        for document in model.documents:
            self.blobs.delete(document["blob"])
        self.tables.delete(rows.key("model", model.user_id, model.id))


def _why_none(model: Model) -> str:
    return "train again" if model.origin == TRAINED else "it was uploaded, and nothing is known of its training"


def model_deleted() -> Json:
    """Return the error of a task whose model was deleted."""
    return failure("MODEL_DELETED", "The model was deleted.", "Train it again.")
