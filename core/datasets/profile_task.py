"""The kind of task that profiles one revision of a dataset."""

from __future__ import annotations

from collections.abc import Callable

from core.datasets.datasets import PROFILE, Datasets
from core.datasets.states import READY, REJECTED, UPLOADED, dataset_deleted
from core.domain import states
from core.domain.records import Dataset, Json, TaskRef, TaskState
from core.history.activity_log import ActivityLog
from core.notifications.notifications import Notifications
from core.storage import rows
from core.tasks.kinds import TaskKind


class ProfileTask(TaskKind):
    """Profile a dataset. The tasks that use the dataset wait for it.

    Attributes:
        when_ready: called with a dataset that is ready; it may be called twice.
    """

    name = PROFILE

    def __init__(self, datasets: Datasets, activity: ActivityLog, notifications: Notifications) -> None:
        self.datasets = datasets
        self.activity = activity
        self.notifications = notifications
        self.when_ready: list[Callable[[Dataset], None]] = []

    def missing_input(self, ref: TaskRef) -> Json | None:
        """Return an error if the dataset was deleted."""
        return None if self._find(ref) else dataset_deleted()

    def exists(self, ref: TaskRef) -> bool:
        """Return whether the dataset still has that revision."""
        dataset = self._find(ref)
        return dataset is not None and dataset.revision == ref.dataset_revision()[1]

    def is_ready(self, ref: TaskRef) -> bool:
        """Return whether there is a file; whatever makes it notifies the workers again."""
        dataset = self._find(ref)
        return dataset is not None and bool(dataset.blob)

    def on_finished(self, ref: TaskRef, task_state: TaskState) -> None:
        """Tell the user of the end, and notify the workers of the tasks that waited for the profile."""
        if task_state.state == states.FAILED:  # Whatever the cause: no task may wait for it for ever.
            self.datasets.record_profile(ref, None, task_state.error)
        raw = self.datasets.tables.get(rows.key("dataset", ref.user_id, ref.dataset_revision()[0]))
        if raw is None:
            return
        dataset = rows.load(Dataset, raw)
        if dataset.state != UPLOADED:
            once = f"{ref.path}#{dataset.state}"
            self.activity.record(ref.user_id, f"dataset.{dataset.state}", f"dataset/{dataset.id}", once=once)
        if dataset.state in (READY, REJECTED):
            data = {
                "dataset_id": dataset.id, "name": dataset.name, "state": dataset.state, "revision": dataset.revision,
                "rows": (dataset.profile or {}).get("rows"), "error": dataset.error,
            }  # fmt: skip
            id = f"dataset/{dataset.id}/{dataset.revision}"
            self.notifications.emit(ref.user_id, f"dataset.{dataset.state}", data, id=id)
        for tell in self.when_ready if dataset.state == READY else ():
            tell(dataset)
        for waiting in self.datasets.tasks_using(dataset):
            self.datasets.work.notify(waiting)

    def retry(self, ref: TaskRef) -> str:
        """Profile the dataset as a new revision."""
        dataset = self.datasets.update(ref.user_id, ref.dataset_revision()[0], {"types": {}})
        return f"dataset {dataset.id} is profiled anew"

    def _find(self, ref: TaskRef) -> Dataset | None:
        return self.datasets.find(ref.user_id, ref.dataset_revision()[0])
