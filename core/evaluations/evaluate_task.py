"""The kind of task that evaluates a model on a labelled dataset."""

from __future__ import annotations

from core.domain.records import Json, TaskRef, TaskState
from core.domain.states import SUCCEEDED
from core.evaluations.evaluations import Evaluations
from core.evaluations.measurement_task import MeasurementTask
from core.history.activity_log import ActivityLog
from core.models.models import model_deleted
from core.notifications.notifications import Notifications


class EvaluateTask(MeasurementTask):
    """Evaluate a model."""

    def __init__(self, evaluations: Evaluations, activity: ActivityLog, notifications: Notifications) -> None:
        super().__init__(evaluations, activity)
        self.evaluations = evaluations
        self.notifications = notifications

    def missing_input(self, ref: TaskRef) -> Json | None:
        """Return why the model cannot be evaluated, None if it can."""
        if error := super().missing_input(ref):
            return error
        return None if self.evaluations.model_of(ref) else model_deleted()

    def on_finished(self, ref: TaskRef, task_state: TaskState) -> None:
        """Tell the user of the end."""
        super().on_finished(ref, task_state)
        evaluation = self.evaluations.find(ref.user_id, ref.id)
        if evaluation is None:  # Deleted already.
            return
        state = "ready" if task_state.state == SUCCEEDED else task_state.state
        data = {
            "evaluation_id": ref.id, "state": state, "name": evaluation.name, "model_id": evaluation.model_id,
            "version": evaluation.version, "dataset_id": evaluation.dataset_id,
            "headline": (task_state.result or {}).get("headline"), "error": task_state.error,
        }  # fmt: skip
        self.notifications.emit(
            ref.user_id, f"evaluation.{state}", data, id=f"evaluation/{ref.id}", endpoint=evaluation.endpoint
        )
