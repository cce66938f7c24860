"""The states of a dataset, and the errors for one that cannot be used."""

from __future__ import annotations

from core.domain.records import Dataset, Json
from core.errors import Conflict, failure

UPLOADED, READY, REJECTED, DELETING = "uploaded", "ready", "rejected", "deleting"


def check_usable(dataset: Dataset) -> None:
    """Raise Conflict if the file of the dataset could not be read."""
    if dataset.state == REJECTED:
        raise Conflict("DATASET_REJECTED", f"This dataset cannot be used: {_reason(dataset)}")


def missing_dataset(dataset: Dataset | None) -> Json | None:
    """Return why a task that reads the dataset cannot begin, None if it can."""
    if dataset is None:
        return dataset_deleted()
    if dataset.state != REJECTED:
        return None
    detail = f"The dataset cannot be used: {_reason(dataset)}"
    return failure("DATASET_REJECTED", detail, "Fix the file and upload it again.")


def dataset_deleted() -> Json:
    """Return the error of a task whose dataset was deleted."""
    return failure("DATASET_DELETED", "The dataset was deleted.", "Upload it again.")


def dataset_in_use() -> Conflict:
    """Return the error of deleting a dataset that tasks still read."""
    return Conflict(
        "DATASET_IN_USE",
        "The dataset is in use by jobs, predictions or evaluations: wait for them or cancel them first.",
    )


def _reason(dataset: Dataset) -> str:
    return str((dataset.error or {}).get("detail", "its file could not be read."))
