"""Build the messages that request a child's work."""

from __future__ import annotations

from core.domain.records import Dataset
from core.domain.trainings import Job
from worker.messages.to_child import CsvOptions, TrainRequest
from worker.resource_limits import child_threads
from worker.supervisor import TaskSupervisor

MIN_BUDGET_S = 5.0


def csv_options(dataset: Dataset) -> CsvOptions:
    """Return the options for reading the dataset's CSV."""
    return CsvOptions(dataset.dialect, dataset.column_types, dataset.column_options)


def train_request(supervisor: TaskSupervisor, job: Job, dataset: Dataset, memory_scale: float) -> TrainRequest:
    """Return the request that every process working on the job gets."""
    return TrainRequest(
        spec=job.spec,
        csv=csv_options(dataset),
        threads=child_threads(supervisor.service.settings),
        memory_limit_bytes=supervisor.context.memory_bytes,
        memory_scale=memory_scale,
        budget_s=job.spec["time_budget_s"],
    )


def remaining_s(budget_s: float, spent_s: float) -> float:
    """Return the part of the budget that earlier attempts left: enough to end well, in any case."""
    return max(budget_s - spent_s, min(budget_s, MIN_BUDGET_S))
