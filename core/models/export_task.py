"""The kind of task that writes a model in another format."""

from __future__ import annotations

from core.domain.records import Json, TaskRef, TaskState
from core.models.exports import EXPORT, SERVING, Exports
from core.models.models import Models, model_deleted
from core.tasks.kinds import TaskKind


class ExportTask(TaskKind):
    """Export a model. Whoever waits for the file, or still has none to serve, enqueues it again if it is lost."""

    name = EXPORT
    row_kinds = ("export",)

    def __init__(self, exports: Exports, models: Models) -> None:
        self.exports = exports
        self.models = models

    def missing_input(self, ref: TaskRef) -> Json | None:
        """Return an error if the model was deleted."""
        spec = self.exports.spec_of(ref)
        return None if spec and self.models.find(ref.user_id, spec.model_id) else model_deleted()

    def on_finished(self, ref: TaskRef, task_state: TaskState) -> None:
        """Delete the rows of a serving file that was requested while its model was being deleted: nobody reads them."""
        spec = self.exports.spec_of(ref)
        if spec and spec.format == SERVING and self.models.find(ref.user_id, spec.model_id) is None:
            self.exports.delete_rows(ref.user_id, spec.model_id)
