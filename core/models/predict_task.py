"""The kind of task that predicts a whole dataset and stores the predictions."""

from __future__ import annotations

from core.datasets.states import missing_dataset
from core.domain.records import Json, TaskRef, TaskState
from core.domain.states import SUCCEEDED
from core.history.activity_log import ActivityLog
from core.models.stored_predictions import PREDICT, Predictions
from core.notifications.notifications import Notifications
from core.tasks.kinds import TaskKind


class PredictTask(TaskKind):
    """Predict a dataset with a model."""

    name = PREDICT
    row_kinds = ("prediction", "modelwork")

    def __init__(self, predictions: Predictions, activity: ActivityLog, notifications: Notifications) -> None:
        self.predictions = predictions
        self.activity = activity
        self.notifications = notifications

    def missing_input(self, ref: TaskRef) -> Json | None:
        """Return why the dataset cannot be predicted, None if it can."""
        return missing_dataset(self.predictions.dataset_of(ref))

    def exists(self, ref: TaskRef) -> bool:
        """Return whether the request for the predictions is stored."""
        return self.predictions.find(ref.user_id, ref.id) is not None

    def is_ready(self, ref: TaskRef) -> bool:
        """Return whether there is a CSV to predict; the end of the profile notifies the workers again."""
        dataset = self.predictions.dataset_of(ref)
        return dataset is not None and dataset.is_converted

    def on_finished(self, ref: TaskRef, task_state: TaskState) -> None:
        """Tell the user of the end."""
        self.activity.record(ref.user_id, f"prediction.{task_state.state}", f"prediction/{ref.id}", once=ref.path)
        prediction = self.predictions.find(ref.user_id, ref.id)
        if prediction is None:  # Deleted already.
            return
        state = "ready" if task_state.state == SUCCEEDED else task_state.state
        data = {
            "prediction_id": ref.id, "state": state, "model_id": prediction.model_id,
            "dataset_id": prediction.dataset_id, "rows": (task_state.result or {}).get("rows"),
            "error": task_state.error,
        }  # fmt: skip
        self.notifications.emit(ref.user_id, f"prediction.{state}", data, id=f"prediction/{ref.id}")
