"""Deletion of a model with its predictions, exports and measurements, so that a crash in between leaves nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.domain.records import Model
from core.endpoints.model_use import MARK, ModelUse
from core.errors import Conflict
from core.evaluations.measurements import Measurements
from core.models.exports import Exports
from core.models.models import Models
from core.models.stored_predictions import Predictions
from core.models.uploaded_models import UploadedModels
from core.ports import Tables
from core.storage import rows


class ModelDeletion:
    """Deletes models. Every step may be done twice."""

    def __init__(
        self,
        tables: Tables,
        models: Models,
        predictions: Predictions,
        exports: Exports,
        uploads: UploadedModels,
        use: ModelUse,
        measurements: Mapping[str, Measurements[Any]],
    ) -> None:
        self.tables = tables
        self.models = models
        self.predictions = predictions
        self.exports = exports
        self.uploads = uploads
        self.use = use
        self.measurements = {each.kind.task: each for each in measurements.values()}

    def check_deletable(self, user_id: str, id: str) -> None:
        """Raise NotFound if there is no such model, checked or not, Conflict MODEL_IN_USE if it is a version."""
        self.uploads.get(user_id, id)
        self.use.check_unused(user_id, id)

    def mark_deleted(self, user_id: str, id: str) -> None:
        """Set the tombstone that every registration re-reads; raises Conflict, and takes it back, if one was first."""
        self.uploads.mark_deleted(user_id, id)
        tombstone = self.models.mark_deleted(user_id, id)
        try:
            self.use.check_unused(user_id, id)
        except Conflict:
            if tombstone is not None:
                self.models.restore(tombstone)
            raise

    def run(self, user_id: str, id: str) -> None:
        """Delete what belongs to a model that has its tombstone, then the model."""
        start = rows.prefix("modelwork", user_id, id)
        for row in rows.scan_all(self.tables, start):
            name = row.key.removeprefix(start)
            kind, _, measured = name.partition(":")
            if kind in self.measurements:
                self.measurements[kind].delete_with(user_id, measured, row.key)
            elif not name.startswith(MARK) and (prediction := self.predictions.find(user_id, name)):
                self.predictions.delete_rows(prediction)
            self.tables.delete(row.key)
        self.exports.delete_rows(user_id, id)
        raw = self.tables.get(rows.key("model", user_id, id))
        self.uploads.delete_rows(user_id, id)
        if raw is not None:
            self.models.delete_rows(rows.load(Model, raw))
