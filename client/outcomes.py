"""Define the errors that stand for a bad outcome; each holds the record that says why.

They are apart from `errors.py` because the records import that module.
"""

from __future__ import annotations

from .errors import NoBrainsError
from .types.comparisons import Comparison
from .types.datasets import Dataset
from .types.evaluations import Evaluation
from .types.jobs import Job
from .types.models import Model
from .types.pipelines.runs import Run
from .types.predictions import StoredPrediction
from .types.sources import Fetch


class DatasetRejected(NoBrainsError):
    """Signal that the CSV cannot be used; `dataset.error` says where and why."""

    def __init__(self, dataset: Dataset) -> None:
        """Hold the rejected dataset."""
        super().__init__(f"Dataset {dataset.id} was rejected: {dataset.error or 'no reason given'}")
        self.dataset = dataset


class ModelRejected(NoBrainsError):
    """Signal that an uploaded model cannot be served; `model.error` says why."""

    def __init__(self, model: Model) -> None:
        """Hold the rejected model."""
        super().__init__(f"Model {model.id} was rejected: {model.error or 'no reason given'}")
        self.model = model


class PredictionFailed(NoBrainsError):
    """Signal that a stored prediction ended without a result; `prediction.error` says why."""

    def __init__(self, prediction: StoredPrediction) -> None:
        """Hold the failed prediction."""
        why = prediction.error or "no reason given"
        super().__init__(f"Prediction {prediction.id} {prediction.state}: {why}")
        self.prediction = prediction


class ComparisonFailed(NoBrainsError):
    """Signal that a comparison ended without a result; `comparison.error` says why."""

    def __init__(self, comparison: Comparison) -> None:
        """Hold the failed comparison."""
        super().__init__(f"Comparison {comparison.id} {comparison.state}: {comparison.error or 'no reason given'}")
        self.comparison = comparison


class EvaluationFailed(NoBrainsError):
    """Signal that an evaluation ended without a result; `evaluation.error` says why."""

    def __init__(self, evaluation: Evaluation) -> None:
        """Hold the failed evaluation."""
        why = evaluation.error or "no reason given"
        super().__init__(f"Evaluation {evaluation.id} {evaluation.state}: {why}")
        self.evaluation = evaluation


class FetchFailed(NoBrainsError):
    """Signal that a source could not be fetched; `fetch.error` says why."""

    def __init__(self, fetch: Fetch) -> None:
        """Hold the failed fetch."""
        super().__init__(f"Fetch {fetch.number} failed: {fetch.error or 'no reason given'}")
        self.fetch = fetch


class RunFailed(NoBrainsError):
    """Signal that a run of a pipeline failed or was cancelled; `run.error` and `run.why` say why."""

    def __init__(self, run: Run) -> None:
        """Hold the run."""
        super().__init__(f"Run {run.number} {run.state}: {run.error or run.why or 'no reason given'}")
        self.run = run


class JobFailed(NoBrainsError):
    """Signal that a job ended without a model; `job.error` says why."""

    def __init__(self, job: Job) -> None:
        """Hold the job."""
        super().__init__(f"Job {job.id} {job.state}: {job.error or 'no reason given'}")
        self.job = job


class JobCancelled(JobFailed):
    """Signal that a job was cancelled before it had a model."""
