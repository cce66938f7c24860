"""Datasets that tasks read."""

from __future__ import annotations

from core.datasets.states import dataset_deleted
from core.domain.records import Dataset
from worker.errors import TaskFailed


def existing_dataset(dataset: Dataset | None) -> Dataset:
    """Return the dataset; raises TaskFailed if it was deleted."""
    if dataset is None:
        raise TaskFailed(dataset_deleted())
    return dataset
