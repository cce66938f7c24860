"""Deletion of a model with its stored predictions and exports, so that a crash in between leaves nothing."""

from __future__ import annotations

from core.domain.records import Model
from core.models.exports import Exports
from core.models.models import Models
from core.models.stored_predictions import Predictions
from core.models.uploaded_models import UploadedModels
from core.ports import Tables
from core.storage import rows


class ModelDeletion:
    """Deletes models. Every step may be done twice."""

    def __init__(
        self, tables: Tables, models: Models, predictions: Predictions, exports: Exports, uploads: UploadedModels
    ) -> None:
        self.tables = tables
        self.models = models
        self.predictions = predictions
        self.exports = exports
        self.uploads = uploads

    def check_exists(self, user_id: str, id: str) -> None:
        """Raise NotFound if there is no such model, checked or not."""
        self.uploads.get(user_id, id)

    def run(self, user_id: str, id: str) -> None:
        """Delete what belongs to the model, then the model."""
        self.uploads.mark_deleted(user_id, id)
        self.models.mark_deleted(user_id, id)
        start = rows.prefix("modelwork", user_id, id)
        for row in rows.scan_all(self.tables, start):
            if prediction := self.predictions.find(user_id, row.key.removeprefix(start)):
                self.predictions.delete_rows(prediction)
            self.tables.delete(row.key)
        self.exports.delete_rows(user_id, id)
        raw = self.tables.get(rows.key("model", user_id, id))
        self.uploads.delete_rows(user_id, id)
        if raw is not None:
            self.models.delete_rows(rows.load(Model, raw))
