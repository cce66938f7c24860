"""The kinds of task that measure models on a labelled dataset."""

from __future__ import annotations

from typing import Any

from core.datasets.states import UPLOADED, missing_dataset
from core.domain.records import Json, TaskRef, TaskState
from core.evaluations.measurements import DOCUMENTS, Measurements
from core.history.activity_log import ActivityLog
from core.storage import blob_intents
from core.tasks.kinds import TaskKind


class MeasurementTask(TaskKind):
    """Measure models on a dataset, once that is profiled: it is read as its profile says."""

    def __init__(self, measurements: Measurements[Any], activity: ActivityLog) -> None:
        self.name = measurements.kind.task
        self.row_kinds = (measurements.kind.noun, "modelwork")
        self.measurements = measurements
        self.activity = activity

    def missing_input(self, ref: TaskRef) -> Json | None:
        """Return why the dataset cannot be used, None if it can."""
        return missing_dataset(self.measurements.dataset_of(ref))

    def exists(self, ref: TaskRef) -> bool:
        """Return whether the request is stored."""
        return self.measurements.find(ref.user_id, ref.id) is not None

    def is_ready(self, ref: TaskRef) -> bool:
        """Return whether the dataset is profiled; the end of the profile notifies the workers again."""
        dataset = self.measurements.dataset_of(ref)
        return dataset is not None and dataset.state != UPLOADED

    def on_finished(self, ref: TaskRef, task_state: TaskState) -> None:
        """Record the end in the user's activity; the documents have an owner now."""
        for name in DOCUMENTS:
            if intent := (task_state.result or {}).get(f"{name}_intent"):
                blob_intents.confirm(self.measurements.tables, intent)
        noun = self.measurements.kind.noun
        self.activity.record(ref.user_id, f"{noun}.{task_state.state}", f"{noun}/{ref.id}", once=ref.path)
