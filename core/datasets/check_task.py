"""The kind of task that checks a dataset against a target."""

from __future__ import annotations

from core.datasets.states import missing_dataset
from core.datasets.target_checks import CHECK, TargetChecks
from core.domain.records import Json, TaskRef
from core.tasks.kinds import TaskKind


class CheckTask(TaskKind):
    """Check a dataset against a target. The waiting request enqueues it again if it is lost."""

    name = CHECK
    row_kinds = ("check",)

    def __init__(self, checks: TargetChecks) -> None:
        self.checks = checks

    def missing_input(self, ref: TaskRef) -> Json | None:
        """Return why the dataset cannot be checked, None if it can."""
        return missing_dataset(self.checks.dataset_of(ref))
