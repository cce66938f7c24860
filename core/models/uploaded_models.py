"""Models that users bring along: an ONNX file comes in, a worker's child checks it, and it is a model like any other.

Until then it has a row of its own kind, so that nothing can predict with a file that was not checked. It keeps its id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from core.domain.ids import new_id, now
from core.domain.records import UPLOADED, Json, Model, TaskRef
from core.errors import Conflict, NotFound, RequestError, Unauthorized
from core.limits.quotas import Quotas, QuotaService, quota_exceeded
from core.limits.storage_quota import (
    MODEL_FIX,
    available_model_bytes,
    bytes_exceeded,
    reserve_model_bytes,
    stored_model_bytes_key,
)
from core.models.model_upload import CHECKING, REJECTED, ModelUpload, check_head
from core.models.models import Models
from core.ports import Ports
from core.settings import Settings
from core.storage import blob_intents, rows
from core.storage.idempotency import reserve
from core.storage.streams import file_too_large, limit_bytes, peek
from core.tasks.lifecycle import TaskLifecycle

MODEL_CHECK = "model_check"
"""Name of the kind of task that checks an uploaded model."""
WAIT_S = 20.0
HEAD_BYTES = 64


class UploadedModels:
    """A user's uploads of models."""

    def __init__(
        self, ports: Ports, settings: Settings, work: TaskLifecycle, quotas: QuotaService, models: Models
    ) -> None:
        self.tables = ports.tables
        self.blobs = ports.blobs
        self.settings = settings
        self.work = work
        self.quotas = quotas
        self.models = models

    def create(self, upload: ModelUpload, chunks: Iterable[bytes], key: str | None = None) -> ModelUpload | Model:
        """Store an upload and have it checked; `upload` is what `new_upload` has returned.

        Args:
            upload: what is known of it.
            chunks: the file's bytes.
            key: Idempotency-Key; the same key, content and words return the first upload again, whatever became of it.

        Raises TooLarge FILE_TOO_LARGE, Invalid NOT_ONNX, Conflict QUOTA_EXCEEDED.
        """
        user_id = upload.user_id
        quotas = self.quotas.for_user_id(user_id)
        head, stream = peek(self._limited(user_id, chunks, quotas), HEAD_BYTES)
        check_head(head)
        upload = replace(upload, blob=_blob(user_id, upload.id))
        intent = self._announce(upload)
        info = self.blobs.write(upload.blob, stream)
        upload = replace(upload, size_bytes=info.size_bytes, sha256=info.sha256)
        try:
            # The account may have been deleted during a long upload, and nothing would ever delete its model.
            if self.tables.get(rows.key("user", user_id)) is None:
                raise Unauthorized()
            id, new = reserve(self.tables, user_id, "models", key, _content_of(upload), upload.id)
            if not new and (earlier := self.find(user_id, id)) is not None:
                self._undo(upload, intent)
                if isinstance(earlier, ModelUpload) and earlier.state == CHECKING:  # It may have crashed before.
                    self.work.enqueue(check_ref(earlier))
                return earlier
            if not new:  # An earlier request of this key crashed, or its file was refused.
                upload = replace(upload, id=id)
                intent, before = self._announce(upload), intent
                blob_intents.confirm(self.tables, before)
            reserve_model_bytes(self.tables, user_id, id, info.size_bytes, quotas)
        except RequestError:
            self._undo(upload, intent)
            raise
        self.work.register(check_ref(upload))
        if not self.tables.put_if_absent(_key(user_id, id), rows.dump(upload)):
            self._undo(upload, intent)
            return self.get(user_id, id)
        blob_intents.confirm(self.tables, intent)
        self.work.enqueue(check_ref(upload))
        return upload

    def wait(self, upload: ModelUpload, wait_s: float = WAIT_S) -> Model | ModelUpload:
        """Return what became of an upload, once its check is over, or as it is if that takes longer."""
        self.work.wait(check_ref(upload), wait_s)
        return self.get(upload.user_id, upload.id)

    def find(self, user_id: str, id: str) -> Model | ModelUpload | None:
        """Return the model, or its upload; None if there is none, or it is being deleted."""
        if (model := self.models.find(user_id, id)) is not None:
            return model
        upload = self.find_upload(user_id, id)
        return None if upload is None or upload.deleting else upload

    def get(self, user_id: str, id: str) -> Model | ModelUpload:
        """Return the same; raises NotFound."""
        found = self.find(user_id, id)
        if found is None:
            raise NotFound("model", id)
        return found

    def find_upload(self, user_id: str, id: str) -> ModelUpload | None:
        raw = self.tables.get(_key(user_id, id))
        return None if raw is None else rows.load(ModelUpload, raw)

    def accept(self, user_id: str, id: str, summary: Json) -> None:
        """Make the upload a model. Does nothing if it was deleted, or rejected by another worker."""
        upload = self.find_upload(user_id, id)
        if upload is None or upload.deleting or upload.state == REJECTED:
            return
        model = Model(
            id, user_id, "", "", upload.created_at, upload.blob, upload.size_bytes, upload.sha256, summary,
            committed=True, origin=UPLOADED, name=upload.name,
        )  # fmt: skip
        key = rows.key("model", user_id, id)
        if self.tables.put_if_absent(key, rows.dump(model)) and self._was_deleted(user_id, id):
            self.tables.delete(key)  # Its deletion has not seen the model.

    def _was_deleted(self, user_id: str, id: str) -> bool:
        upload = self.find_upload(user_id, id)
        if upload is not None:
            return upload.deleting
        # Another worker has settled it, unless its bytes are no longer counted either.
        return self.tables.get(stored_model_bytes_key(user_id, id)) is None

    def reject(self, user_id: str, id: str, error: Json) -> None:
        """Record why it cannot be served. Does nothing if it was deleted, or accepted by another worker."""

        def rejected(upload: ModelUpload | None) -> ModelUpload | None:
            return replace(upload, state=REJECTED, error=error) if upload and upload.state == CHECKING else None

        rows.update(self.tables, _key(user_id, id), ModelUpload, rejected)

    def settle(self, user_id: str, id: str) -> Model | ModelUpload | None:
        """Delete what is no longer needed once the check is over; return what became of the upload."""
        found, upload = self.find(user_id, id), self.find_upload(user_id, id)
        if isinstance(found, Model) and upload is not None:
            self.tables.delete(_key(user_id, id))
        elif upload is not None and upload.state == REJECTED:
            self.blobs.delete(upload.blob)
            self.tables.delete(stored_model_bytes_key(user_id, id))
        return found

    def mark_deleted(self, user_id: str, id: str) -> None:
        """Set the tombstone, which the end of the check reads after it has written the model."""
        rows.update(
            self.tables, _key(user_id, id), ModelUpload, lambda upload: upload and replace(upload, deleting=True)
        )

    def delete_rows(self, user_id: str, id: str) -> None:
        """Delete all that is left of an upload, also of one that became a model, but the model itself."""
        self.work.delete_rows(TaskRef(MODEL_CHECK, user_id, id))
        if (upload := self.find_upload(user_id, id)) is not None:
            self.blobs.delete(upload.blob)
        self.tables.delete(stored_model_bytes_key(user_id, id))
        self.tables.delete(_key(user_id, id))

    def _limited(self, user_id: str, chunks: Iterable[bytes], quotas: Quotas) -> Iterator[bytes]:
        count, most_bytes = available_model_bytes(self.tables, user_id, quotas)
        if count >= self.settings.max_uploaded_models:
            raise quota_exceeded("uploaded models", self.settings.max_uploaded_models, MODEL_FIX)
        most = self.settings.max_model_bytes
        return limit_bytes(limit_bytes(chunks, most, file_too_large(most)), most_bytes, bytes_exceeded(quotas))

    def _announce(self, upload: ModelUpload) -> str:
        row = stored_model_bytes_key(upload.user_id, upload.id)
        owner = _key(upload.user_id, upload.id)
        return blob_intents.record(self.tables, upload.blob, owner, row, kept_by_owner=True)

    def _undo(self, upload: ModelUpload, intent: str) -> None:
        self.blobs.delete(upload.blob)
        blob_intents.confirm(self.tables, intent)


def new_upload(user_id: str, name: str, said: Json, background: list[Json]) -> ModelUpload:
    """Return the record of a file that is coming in."""
    return ModelUpload(new_id(), user_id, name, now(), "", 0, "", said, background)


def check_explainable(model: Model) -> None:
    """Raise Conflict NO_BACKGROUND for an uploaded model that has no rows to compare with."""
    if model.origin == UPLOADED and not model.summary.get("background"):
        raise Conflict(
            "NO_BACKGROUND",
            "An explanation compares a row with others, and this model came without any: upload it again with "
            "`background`, a CSV of rows that it knows.",
        )


def check_ref(upload: ModelUpload) -> TaskRef:
    """Return the reference of the task that checks the upload."""
    return TaskRef(MODEL_CHECK, upload.user_id, upload.id)


def _content_of(upload: ModelUpload) -> str:
    words = rows.dump([upload.name, upload.said, upload.background])
    return rows.digest(f"{upload.sha256} {rows.digest(words)}")


def _blob(user_id: str, id: str) -> str:
    return f"{user_id}/uploaded-models/{id}"


def _key(user_id: str, id: str) -> str:
    return rows.key("model_upload", user_id, id)
