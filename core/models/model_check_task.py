"""The kind of task that checks an uploaded model."""

from __future__ import annotations

from core.domain import states
from core.domain.records import Json, Model, TaskRef, TaskState
from core.history.activity_log import ActivityLog
from core.models.model_upload import CHECKING, REJECTED
from core.models.models import model_deleted
from core.models.uploaded_models import MODEL_CHECK, UploadedModels
from core.tasks.kinds import TaskKind


class ModelCheckTask(TaskKind):
    """Check an uploaded model."""

    name = MODEL_CHECK
    row_kinds = ("model_upload",)

    def __init__(self, uploads: UploadedModels, activity: ActivityLog) -> None:
        self.uploads = uploads
        self.activity = activity

    def missing_input(self, ref: TaskRef) -> Json | None:
        """Return an error if the upload was deleted."""
        return None if self.uploads.find(ref.user_id, ref.id) else model_deleted()

    def exists(self, ref: TaskRef) -> bool:
        """Return whether the upload waits for its check."""
        upload = self.uploads.find_upload(ref.user_id, ref.id)
        return upload is not None and upload.state == CHECKING and not upload.deleting

    def on_finished(self, ref: TaskRef, task_state: TaskState) -> None:
        """Record the end in the user's activity, and delete what is no longer needed."""
        if task_state.state == states.FAILED:  # Whatever the cause: nobody may wait for it for ever.
            self.uploads.reject(ref.user_id, ref.id, task_state.error or {})
        found = self.uploads.settle(ref.user_id, ref.id)
        if found is not None:
            end = "ready" if isinstance(found, Model) else found.state
            if end in ("ready", REJECTED):
                self.activity.record(ref.user_id, f"model.{end}", f"model/{ref.id}", once=f"{ref.path}#{end}")
