"""The kind of task that gathers requests for a dataset."""

from __future__ import annotations

from core.datasets.datasets import profile_ref
from core.datasets.profile_task import ProfileTask
from core.datasets.states import UPLOADED, dataset_deleted
from core.domain import states
from core.domain.records import Json, TaskRef, TaskState
from core.errors import failure
from core.requests.gatherings import GATHER, Gatherings, is_awaited
from core.tasks.kinds import TaskKind


class GatherTask(TaskKind):
    """Gather requests; then the dataset is profiled as an upload is."""

    name = GATHER

    def __init__(self, gatherings: Gatherings, profile: ProfileTask) -> None:
        self.gatherings = gatherings
        self.profile = profile

    def missing_input(self, ref: TaskRef) -> Json | None:
        """Return an error if the dataset or the endpoint was deleted."""
        dataset = self.gatherings.find(ref)
        if dataset is None:
            return dataset_deleted()
        return None if self.gatherings.endpoint_of(dataset) else endpoint_deleted()

    def exists(self, ref: TaskRef) -> bool:
        """Return whether the dataset waits for its rows."""
        dataset = self.gatherings.find(ref)
        return dataset is not None and is_awaited(dataset)

    def on_finished(self, ref: TaskRef, task_state: TaskState) -> None:
        """Have the dataset profiled; without rows it is as if that had failed."""
        dataset = self.gatherings.find(ref)
        if dataset is None:
            return
        if task_state.state == states.FAILED:
            self.profile.on_finished(profile_ref(dataset), task_state)
        elif dataset.state == UPLOADED:
            self.gatherings.work.enqueue(profile_ref(dataset))


def endpoint_deleted() -> Json:
    """Return the error of a task whose endpoint was deleted."""
    return failure("ENDPOINT_DELETED", "The endpoint was deleted, and its requests with it.")
