"""The kind of task that writes a model in another format."""

from __future__ import annotations

from core.domain.records import Json, TaskRef
from core.models.exports import EXPORT, Exports
from core.models.models import Models, model_deleted
from core.tasks.kinds import TaskKind


class ExportTask(TaskKind):
    """Export a model. The waiting request enqueues it again if it is lost."""

    name = EXPORT
    row_kinds = ("export",)

    def __init__(self, exports: Exports, models: Models) -> None:
        self.exports = exports
        self.models = models

    def missing_input(self, ref: TaskRef) -> Json | None:
        """Return an error if the model was deleted."""
        request = self.exports.request_of(ref)
        return None if request and self.models.find(ref.user_id, request[0]) else model_deleted()
