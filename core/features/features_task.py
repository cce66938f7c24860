"""The kind of task that writes the rows of a dataset, one for each of its keys."""

from __future__ import annotations

from core.domain.records import Json, TaskRef
from core.errors import failure
from core.features.features import FEATURES, Features
from core.tasks.kinds import TaskKind


class FeaturesTask(TaskKind):
    """Write features. What wants them requests them again: a fetch of the source, or a change of an endpoint."""

    name = FEATURES
    row_kinds = (FEATURES, "feature_set", "feature")

    def __init__(self, features: Features) -> None:
        self.features = features

    def missing_input(self, ref: TaskRef) -> Json | None:
        """Return an error if the source was deleted."""
        return None if self.features.request_of(ref) else source_deleted()

    def exists(self, ref: TaskRef) -> bool:
        """Return whether the request is stored."""
        return self.features.request_of(ref) is not None


def source_deleted() -> Json:
    """Return the error of a task whose source was deleted."""
    return failure("SOURCE_DELETED", "The source was deleted, and its rows with it.")
