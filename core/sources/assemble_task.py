"""The kind of task that puts a dataset together."""

from __future__ import annotations

from core.datasets.datasets import profile_ref
from core.datasets.profile_task import ProfileTask
from core.datasets.states import UPLOADED, dataset_deleted, missing_dataset
from core.domain import states
from core.domain.records import Json, TaskRef, TaskState
from core.sources.assemblies import ASSEMBLE, Assemblies, is_awaited
from core.tasks.kinds import TaskKind


class AssembleTask(TaskKind):
    """Put a dataset together; then it is profiled as an upload is. It waits for the profiles of its parts."""

    name = ASSEMBLE
    row_kinds = ("assembly",)

    def __init__(self, assemblies: Assemblies, profile: ProfileTask) -> None:
        self.assemblies = assemblies
        self.profile = profile

    def missing_input(self, ref: TaskRef) -> Json | None:
        """Return an error if the dataset, or one that it is made of, was deleted or cannot be read."""
        if self.assemblies.dataset_of(ref) is None:
            return dataset_deleted()
        assembly = self.assemblies.find(ref)
        for id in assembly.dataset_ids if assembly else ():
            if error := missing_dataset(self.assemblies.datasets.find(ref.user_id, id)):
                return error
        return None

    def exists(self, ref: TaskRef) -> bool:
        """Return whether the dataset waits for its rows."""
        dataset = self.assemblies.dataset_of(ref)
        return dataset is not None and is_awaited(dataset)

    def is_ready(self, ref: TaskRef) -> bool:
        """Return whether all datasets among the parts are profiled; each profile's end notifies the workers."""
        assembly = self.assemblies.find(ref)
        found = (self.assemblies.datasets.find(ref.user_id, id) for id in (assembly.dataset_ids if assembly else ()))
        return all(dataset is not None and dataset.state != UPLOADED for dataset in found)

    def on_finished(self, ref: TaskRef, task_state: TaskState) -> None:
        """Have the dataset profiled; without rows it is as if that had failed. The parts are no longer needed."""
        dataset = self.assemblies.dataset_of(ref)
        if dataset is not None and task_state.state == states.FAILED:
            self.profile.on_finished(profile_ref(dataset), task_state)
        elif dataset is not None and dataset.state == UPLOADED:
            self.assemblies.work.enqueue(profile_ref(dataset))
        self.assemblies.delete_parts(ref.user_id, ref.id)
