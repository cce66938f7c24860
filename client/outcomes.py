"""Define the errors that stand for a bad outcome; each holds the record that says why.

They are apart from `errors.py`, which the records themselves import.
"""

from __future__ import annotations

from .errors import NoBrainsError
from .types.datasets import Dataset
from .types.jobs import Job
from .types.predictions import StoredPrediction


class DatasetRejected(NoBrainsError):
    """The CSV cannot be used."""

    def __init__(self, dataset: Dataset) -> None:
        super().__init__(f"Dataset {dataset.id} was rejected: {dataset.error or 'no reason given'}")
        self.dataset = dataset


class PredictionFailed(NoBrainsError):
    """A stored prediction ended without a result."""

    def __init__(self, prediction: StoredPrediction) -> None:
        why = prediction.error or "no reason given"
        super().__init__(f"Prediction {prediction.id} {prediction.state}: {why}")
        self.prediction = prediction


class JobFailed(NoBrainsError):
    """The job ended without a model."""

    def __init__(self, job: Job) -> None:
        super().__init__(f"Job {job.id} {job.state}: {job.error or 'no reason given'}")
        self.job = job


class JobCancelled(JobFailed):
    """The job was cancelled before it had a model."""
