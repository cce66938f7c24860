"""Checks of a dataset against a target, before any training time is spent: done by a worker, awaited by the request.

The api carries no engine, so a check is a short task like any other. Its id follows from the dataset's revision and the
target, so that repeating the request finds the result.
"""

from __future__ import annotations

from core.datasets.datasets import Datasets
from core.datasets.states import check_usable
from core.domain.records import Dataset, Json, TaskRef
from core.domain.states import SUCCEEDED
from core.errors import Invalid, Unavailable, column_not_found
from core.ports import Tables
from core.storage import rows
from core.tasks.lifecycle import TaskLifecycle
from core.tasks.on_demand import OnDemandTasks

CHECK = "check"
"""Name of the kind of task that checks a dataset."""
WAIT_S = 20.0


class TargetChecks:
    """Target checks of a user's datasets."""

    def __init__(self, tables: Tables, work: TaskLifecycle, datasets: Datasets) -> None:
        self.datasets = datasets
        self.tasks = OnDemandTasks(tables, work, CHECK)

    def run(self, user_id: str, dataset_id: str, target: str, wait_s: float = WAIT_S) -> Json:
        """Return {task, metric, why, findings} for this target; raises Unavailable if no worker finished it in time."""
        dataset = self.datasets.get(user_id, dataset_id)
        check_usable(dataset)
        if not dataset.is_converted:
            raise Unavailable("the file is still being converted; ask again")
        if target not in dataset.columns:
            raise column_not_found(target, dataset.columns, ["target"], "TARGET_NOT_FOUND")
        ref = check_ref(dataset, target)
        task_state = self.tasks.run(ref, {"dataset_id": dataset.id, "target": target}, wait_s)
        if task_state is None:
            raise Unavailable("the check is still queued or running; try again")
        if task_state.state != SUCCEEDED:
            error = task_state.error or {}
            raise Invalid(error.get("reason", "CHECK_FAILED"), error.get("detail", "The check failed."))
        return task_state.result or {}

    def request_of(self, ref: TaskRef) -> tuple[str, str] | None:
        """Return the dataset's id and the target of a check."""
        request = self.tasks.request_of(ref)
        return (request["dataset_id"], request["target"]) if request else None

    def dataset_of(self, ref: TaskRef) -> Dataset | None:
        """Return the dataset of a check, None if it was deleted."""
        request = self.request_of(ref)
        return self.datasets.find(ref.user_id, request[0]) if request else None

    def delete_rows(self, user_id: str, dataset_id: str) -> None:
        """Delete every check of a dataset."""
        self.tasks.delete(user_id, f"{dataset_id}-")


def check_ref(dataset: Dataset, target: str) -> TaskRef:
    """Return the reference of the task that checks this revision of the dataset against the target."""
    return TaskRef(CHECK, dataset.user_id, f"{dataset.id}-r{dataset.revision}-{rows.digest(target)[:16]}")
